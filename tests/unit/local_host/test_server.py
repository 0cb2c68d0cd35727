from __future__ import annotations

import logging
import re
from collections.abc import Callable

import azure.functions as func
import pytest
from werkzeug.test import Client

from local_host.functions import HttpFunction
from local_host.server import Host

KEY = "the right key"


def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(f"hello {dict(req.route_params)}")


def function(
    template: str = "api/a",
    call: Callable[..., object] = hello,
    name: str = "a",
    protected: bool = False,
    contextual: bool = False,
) -> HttpFunction:
    return HttpFunction(name, template, ("GET", "POST"), protected, "req", call, contextual)


def test_a_function_gets_what_the_path_holds() -> None:
    response = Client(Host([function("api/{file}")])).get("/api/app.js")
    assert (response.status_code, response.text) == (200, "hello {'file': 'app.js'}")


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/x"), ("PUT", "/api/a")])
def test_an_unknown_path_or_method_is_an_empty_404(method: str, path: str) -> None:
    response = Client(Host([function()])).open(path, method=method)
    assert (response.status_code, response.data) == (404, b"")
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_root_leads_to_the_apps_web_page(method: str) -> None:
    client = Client(Host([function("pages/start", name="ui")]))
    response = client.open("/?code=key", method=method)
    assert (response.status_code, response.data) == (302, b"")
    assert response.headers["Location"] == "/pages/start"
    assert client.post("/").status_code == 404


@pytest.mark.parametrize(
    ("header", "query", "status"),
    [
        (None, None, 401),
        ("wrong", None, 401),
        (None, "wrong", 401),
        ("", "", 401),
        ("ключ", None, 401),
        (KEY, None, 200),
        (None, KEY, 200),
        (KEY, "wrong", 200),
        ("wrong", KEY, 401),
    ],
)
def test_a_protected_function_needs_the_key(
    header: str | None, query: str | None, status: int
) -> None:
    response = Client(Host([function(protected=True)], KEY)).get(
        "/api/a",
        headers={} if header is None else {"x-functions-key": header},
        query_string={} if query is None else {"code": query},
    )
    assert response.status_code == status
    assert (response.data == b"") is (status == 401)


@pytest.mark.parametrize(("protected", "key"), [(False, KEY), (True, None)])
def test_no_key_is_needed_where_the_function_is_open_or_none_is_enforced(
    protected: bool, key: str | None
) -> None:
    host = Host([function(protected=protected)], key)
    assert Client(host).get("/api/a").status_code == 200


def test_an_answer_of_another_type_is_an_empty_500() -> None:
    response = Client(Host([function(call=lambda req: {"a": 1})])).get("/api/a")
    assert (response.status_code, response.data) == (500, b"")


def test_an_asynchronous_function_is_awaited() -> None:
    async def later(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(req.get_body())

    assert Client(Host([function(call=later)])).post("/api/a", data="body").text == "body"


def test_a_function_that_raises_is_an_empty_500_whose_log_line_has_only_type_and_place(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(req: func.HttpRequest) -> func.HttpResponse:
        raise LookupError(f"nothing for {req.get_body().decode()}")

    response = Client(Host([function(call=broken)])).post("/api/a", data="private words")
    assert (response.status_code, response.data) == (500, b"")
    assert "a raised LookupError in test_server.py:" in caplog.text
    assert "private" not in caplog.text


def test_a_request_is_logged_by_its_route_and_not_by_what_it_holds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "local_host")
    client = Client(Host([function("api/{file}")]))
    client.get("/api/secret?code=secret")
    client.get("/secret/secret")
    assert re.fullmatch(r"GET /api/\{file\} 200 [\d.]+ ms", caplog.messages[0])
    assert re.fullmatch(r"GET - 404 [\d.]+ ms", caplog.messages[1])


def test_a_function_that_takes_the_context_gets_its_name_and_the_callers_trace() -> None:
    def traced(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        return func.HttpResponse(f"{context.function_name} {context.trace_context.trace_parent}")

    client = Client(Host([function(call=traced, contextual=True)]))
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    assert client.get("/api/a", headers={"traceparent": trace}).text == f"a {trace}"
    own = {client.get("/api/a").text for _ in range(2)}
    assert len(own) == 2
    assert all(re.fullmatch("a 00-[0-9a-f]{32}-[0-9a-f]{16}-01", text) for text in own)
