from __future__ import annotations

import gzip
import re
from urllib.parse import urljoin, urlsplit

import azure.functions as func
import pytest

from sentiment.api.docs import DOCS
from sentiment.api.pages import Page, Site
from sentiment.api.problems import ProblemError
from sentiment.api.ui import UI

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


def show(site: Site, name: str | None = None, url: str = "/api/page") -> func.HttpResponse:
    """Ask for the page of a site, or for one of its files."""
    route = {} if name is None else {"file": name}
    request = func.HttpRequest("GET", url, route_params=route, body=b"")
    return site.show_page(request) if name is None else site.show_file(request)


FILES = [(site, name) for site in (UI, DOCS) for name in (None, *site.files)]


@pytest.mark.parametrize(("site", "name"), FILES)
def test_each_file_is_sent_with_its_type_and_shut_off_from_other_origins(
    site: Site, name: str | None
) -> None:
    response = show(site, name)
    assert response.get_body()
    assert response.mimetype == ("text/html" if name is None else site.files[name])
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("site", [UI, DOCS])
@pytest.mark.parametrize(
    "name", ["", "index.html", "docs.html", "../settings.py", "..", "/etc/passwd", "APP.JS", "a\0"]
)
def test_no_other_file_is_sent(site: Site, name: str) -> None:
    with pytest.raises(ProblemError, match="nothing at this path"):
        show(site, name)


def test_a_slash_at_the_end_is_redirected_below_any_path() -> None:
    response = show(DOCS, url="https://example.org/shop/api/docs/")
    assert (response.status_code, response.headers["Location"]) == (308, "../docs")


@pytest.mark.parametrize("prefix", ["/api", "/shop/v1/api", "/another", ""])
@pytest.mark.parametrize(("site", "path", "more"), [(UI, "ui", ""), (DOCS, "docs", "openapi.json")])
def test_a_page_finds_its_files_below_any_path(
    prefix: str, site: Site, path: str, more: str
) -> None:
    named = re.findall(r'(?:src|href)="([^"]+)"', show(site).get_body().decode())
    if more:
        script = show(site, "docs.js").get_body().decode()
        named += re.findall(r'url: "([^"]+)"', script)
    found = {urlsplit(urljoin(f"https://example.org{prefix}/{path}", each)).path for each in named}
    expected = {f"{path}/{name}" for name in site.files} | {more} - {""}
    assert found == {f"{prefix}/{name}" for name in expected}


def test_the_web_page_holds_no_code_and_names_no_other_origin() -> None:
    html = show(UI).get_body().decode()
    assert not re.search(r"<script(?![^>]*src=)|<style|\son\w+=|\sstyle=", html)
    for name in (None, *UI.files):
        content = show(UI, name).get_body().decode().replace("http://www.w3.org/2000/svg", "")
        assert "://" not in content
