from __future__ import annotations

import azure.functions as func
import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from local_host.adapter import from_azure, to_azure


def test_a_function_gets_the_request_as_it_was_sent() -> None:
    builder = EnvironBuilder(
        method="POST",
        path="/api/predict",
        query_string="a=1&b=%C3%A9&a=2&empty=",
        headers={"X-One": "1", "Content-Type": "application/json"},
        data='{"text": "naïve 😀"}'.encode(),
    )
    request = to_azure(Request(builder.get_environ()), {"id": "7"})
    assert request.method == "POST"
    assert request.url.startswith("http://localhost/api/predict?a=1")
    assert dict(request.params) == {"a": "1,2", "b": "é", "empty": ""}
    assert dict(request.route_params) == {"id": "7"}
    assert request.headers["x-one"] == "1"
    assert request.get_json() == {"text": "naïve 😀"}


def test_a_response_keeps_status_body_and_repeated_headers() -> None:
    answer = func.HttpResponse(b"\x00\xff", status_code=418, mimetype="image/png")
    answer.headers.add("X-Many", "1")
    answer.headers.add("X-Many", "2")
    response = from_azure(answer)
    assert (response.status_code, response.data) == (418, b"\x00\xff")
    assert response.headers["Content-Type"] == "image/png"
    assert response.headers.getlist("X-Many") == ["1", "2"]


@pytest.mark.parametrize(
    ("answer", "content_type"),
    [
        (func.HttpResponse("a"), "text/plain; charset=utf-8"),
        (func.HttpResponse("a", charset="latin-1"), "text/plain; charset=latin-1"),
        (func.HttpResponse("a", mimetype="application/json"), "application/json"),
        (func.HttpResponse("a", headers={"content-type": "text/css"}), "text/css"),
    ],
)
def test_the_content_type_is_the_one_that_azure_would_send(
    answer: func.HttpResponse, content_type: str
) -> None:
    assert from_azure(answer).headers.getlist("Content-Type") == [content_type]


def test_the_host_alone_decides_on_lengths_and_connections() -> None:
    headers = {"Content-Length": "999", "Connection": "upgrade", "Transfer-Encoding": "chunked"}
    response = from_azure(func.HttpResponse("four", headers=headers))
    sent = response.get_wsgi_headers(EnvironBuilder().get_environ())
    assert sent["Content-Length"] == "4"
    assert "Connection" not in sent
    assert "Transfer-Encoding" not in sent
