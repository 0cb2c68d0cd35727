from __future__ import annotations

import gzip

import azure.functions as func
import pytest

from sentiment.api.pages import Page

PAGE = Page(b"good news " * 100, "text/plain", {"X-Own": "yes"})


def get(**headers: str) -> func.HttpResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return PAGE.respond(func.HttpRequest("GET", "/", headers=named, body=b""))


def test_a_page_is_sent_with_its_own_headers() -> None:
    answer = get()
    assert (answer.status_code, answer.get_body()) == (200, PAGE.content)
    assert answer.headers["X-Own"] == "yes"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP", "gzip;q=0.5", "deflate, gzip; q=1"])
def test_a_client_that_takes_gzip_gets_it(accepted: str) -> None:
    answer = get(accept_encoding=accepted)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.get_body()) == PAGE.content
    assert len(answer.get_body()) < len(PAGE.content)


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip;q=0.0", "gzipped", "identity"])
def test_a_client_that_does_not_gets_it_as_it_is(accepted: str) -> None:
    answer = get(accept_encoding=accepted)
    assert "Content-Encoding" not in answer.headers
    assert answer.get_body() == PAGE.content


def test_a_client_that_holds_the_page_is_not_sent_it_again() -> None:
    etag = get().headers["ETag"]
    for held in (etag, f'"other", {etag}', etag.removeprefix("W/"), "*"):
        answer = get(if_none_match=held)
        assert (answer.status_code, answer.get_body()) == (304, b"")
        assert answer.headers["ETag"] == etag
    assert get(if_none_match='"other"').status_code == 200


def test_another_content_has_another_etag() -> None:
    assert Page(b"a", "text/plain").etag != Page(b"b", "text/plain").etag
