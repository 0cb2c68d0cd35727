from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace

import azure.functions as func
import pytest
from werkzeug.test import Client

from local_host.functions import HttpFunction
from local_host.routes import compile_route
from local_host.server import Host

KEY = "the right key"


def function(
    template: str,
    call: Callable[[func.HttpRequest], object] | None = None,
    methods: tuple[str, ...] = (),
    protected: bool = False,
) -> HttpFunction:
    def told(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(f"{template} {dict(req.route_params)}")

    return HttpFunction(
        template, compile_route(template, "api", methods), protected, "req", call or told
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/orders/new", "orders/new {}"),
        ("/api/orders/7", "orders/{id:int} {'id': '7'}"),
        ("/api/orders/x", "orders/{name} {'name': 'x'}"),
        ("/api/orders/x/y", "{*path} {'path': 'orders/x/y'}"),
        ("/api", "{*path} {}"),
    ],
)
def test_the_most_specific_route_answers_whatever_the_order(path: str, expected: str) -> None:
    templates = ["{*path}", "orders/{name}", "orders/{id:int}", "orders/new"]
    for order in (templates, templates[::-1]):
        client = Client(Host(function(each) for each in order))
        assert client.get(path).text == expected


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/x"), ("PUT", "/api/orders")])
def test_an_unknown_path_or_method_is_an_empty_404(method: str, path: str) -> None:
    response = Client(Host([function("orders", methods=("GET", "POST"))])).open(path, method=method)
    assert (response.status_code, response.data) == (404, b"")
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_root_leads_to_the_apps_web_page(method: str) -> None:
    page = replace(function("pages/start"), name="ui")
    response = Client(Host([function("orders"), page])).open("/?code=key", method=method)
    assert (response.status_code, response.data) == (302, b"")
    assert response.headers["Location"] == "/api/pages/start"


@pytest.mark.parametrize(("method", "path"), [("POST", "/"), ("GET", "/index.html")])
def test_nothing_else_outside_leads_there(method: str, path: str) -> None:
    response = Client(Host([replace(function("ui"), name="ui")])).open(path, method=method)
    assert (response.status_code, response.data) == (404, b"")


def test_an_app_may_answer_at_the_root_itself() -> None:
    root = HttpFunction("home", compile_route("{*path}"), False, "req", lambda req: "mine")
    response = Client(Host([replace(function("ui"), name="ui"), root])).get("/")
    assert (response.status_code, response.text) == (200, "mine")


def test_a_method_that_a_route_lacks_may_belong_to_a_catch_all() -> None:
    client = Client(Host([function("orders", methods=("GET",)), function("{*path}")]))
    assert client.post("/api/orders").text == "{*path} {'path': 'orders'}"


@pytest.mark.parametrize(
    ("header", "query", "status"),
    [
        (None, None, 401),
        ("wrong", None, 401),
        (None, "wrong", 401),
        ("", "", 401),
        ("ключ", None, 401),
        (None, "ключ", 401),
        (KEY, None, 200),
        (None, KEY, 200),
        (KEY, "wrong", 200),
        ("wrong", KEY, 401),
    ],
)
def test_a_protected_function_needs_the_key(
    header: str | None, query: str | None, status: int
) -> None:
    client = Client(Host([function("a", protected=True)], KEY))
    headers = {} if header is None else {"x-functions-key": header}
    response = client.get(
        "/api/a", headers=headers, query_string={} if query is None else {"code": query}
    )
    assert response.status_code == status
    assert (response.data == b"") is (status == 401)


def test_an_open_function_needs_no_key() -> None:
    assert Client(Host([function("a")], KEY)).get("/api/a").status_code == 200


def test_no_key_is_needed_where_none_is_enforced() -> None:
    assert Client(Host([function("a", protected=True)])).get("/api/a").status_code == 200


def test_an_asynchronous_function_is_awaited() -> None:
    async def later(req: func.HttpRequest) -> func.HttpResponse:
        return func.HttpResponse(req.get_body())

    assert Client(Host([function("a", later)])).post("/api/a", data="body").text == "body"


def test_a_function_that_raises_is_an_empty_500_whose_log_line_has_only_type_and_place(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(req: func.HttpRequest) -> func.HttpResponse:
        raise LookupError(f"nothing for {req.get_body().decode()}")

    with caplog.at_level(logging.INFO):
        response = Client(Host([function("a", broken)])).post("/api/a", data="private words")
    assert (response.status_code, response.data) == (500, b"")
    assert "a raised LookupError in test_server.py:" in caplog.text
    assert "private" not in caplog.text


def test_a_function_that_answers_something_else_is_an_empty_500() -> None:
    response = Client(Host([function("a", lambda req: {"a": 1})])).get("/api/a")
    assert (response.status_code, response.data) == (500, b"")


def test_a_function_that_takes_the_context_gets_its_name_and_the_callers_trace() -> None:
    def told(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
        return func.HttpResponse(f"{context.function_name} {context.trace_context.trace_parent}")

    contextual = replace(function("orders", told), contextual=True)
    client = Client(Host([contextual]))
    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    assert client.get("/api/orders", headers={"traceparent": trace}).text == f"orders {trace}"
    own = {client.get("/api/orders").text for _ in range(2)}
    assert len(own) == 2
    assert all(re.fullmatch("orders 00-[0-9a-f]{32}-[0-9a-f]{16}-01", text) for text in own)
