from __future__ import annotations

import pytest

from local_host.functions import HttpFunction
from local_host.routes import Routes


def routes(*templates: str, methods: tuple[str, ...] = ()) -> Routes:
    return Routes([HttpFunction(each, each, methods, False, "req", print) for each in templates])


def found(routes: Routes, path: str, method: str = "GET") -> tuple[str, dict[str, str]] | None:
    function, values = routes.find(method, path)
    return function and (function.template, values)


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("api/orders", "/api/orders", {}),
        ("api/orders", "/api/orders/", {}),
        ("api/Orders", "/API/orders", {}),
        ("api/orders", "/orders", None),
        ("api/orders", "/api/orders/7", None),
        ("api/orders", "/api//orders", None),
        ("api/a.b", "/api/axb", None),
        ("api/orders/{id}", "/api/orders/Seven", {"id": "Seven"}),
        ("api/orders/{id}", "/api/orders", None),
        ("api/orders/{id}", "/api/orders/7/8", None),
        ("orders/{id}/lines/{line}", "/orders/7/lines/8", {"id": "7", "line": "8"}),
        ("{file}.{kind}", "/ui.css", {"file": "ui", "kind": "css"}),
        ("api/{*path}", "/api", {}),
        ("api/{*path}", "/api/", {}),
        ("api/{*path}", "/api/A/b c", {"path": "A/b c"}),
        ("api/{*path}", "/apix", None),
        ("{*path}", "/", {}),
        ("", "/", {}),
    ],
)
def test_a_template_matches_the_paths_that_azure_gives_it(
    template: str, path: str, expected: dict[str, str] | None
) -> None:
    assert found(routes(template), path) == (None if expected is None else (template, expected))


@pytest.mark.parametrize("order", [1, -1])
def test_the_most_specific_route_answers_whatever_the_order(order: int) -> None:
    every = routes(*["api/{*path}", "api/orders/{name}", "api/orders/new"][::order])
    assert found(every, "/api/orders/new") == ("api/orders/new", {})
    assert found(every, "/api/orders/x") == ("api/orders/{name}", {"name": "x"})
    assert found(every, "/api/orders/x/y") == ("api/{*path}", {"path": "orders/x/y"})


def test_only_registered_methods_match_and_none_registered_means_all() -> None:
    assert found(routes("a", methods=("get", "POST")), "/a") == ("a", {})
    assert found(routes("a", methods=("GET", "POST")), "/a", "PUT") is None
    assert found(routes("a"), "/a", "PATCH") == ("a", {})


@pytest.mark.parametrize("template", ["{", "a{b", "{}", "{a?}", "{a=5}", "{a:int}", "{**a}", "<a>"])
def test_a_template_that_cannot_be_understood_is_refused_by_its_name(template: str) -> None:
    with pytest.raises(SystemExit) as refusal:
        routes(f"api/{template}")
    assert f"The route 'api/{template}' cannot be served here" in str(refusal.value)
