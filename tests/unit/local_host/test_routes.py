from __future__ import annotations

import pytest

from local_host.errors import StartError
from local_host.routes import compile_route

GUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("orders", "/api/orders", {}),
        ("orders", "/api/orders/", {}),
        ("/orders", "/api/orders", {}),
        ("orders", "/API/Orders", {}),
        ("orders", "/orders", None),
        ("orders", "/api/orders/7", None),
        ("orders", "/api//orders", None),
        ("a.b", "/api/axb", None),
        ("orders/{id}", "/api/orders/Seven", {"id": "Seven"}),
        ("orders/{id}", "/api/orders", None),
        ("orders/{id}", "/api/orders/7/8", None),
        ("orders/{id}/lines/{line}", "/api/orders/7/lines/8", {"id": "7", "line": "8"}),
        ("orders/{id?}", "/api/orders", {}),
        ("orders/{id?}", "/api/orders/7", {"id": "7"}),
        ("orders/{id:int?}", "/api/orders", {}),
        ("orders/{id:int?}", "/api/orders/x", None),
        ("{file}.{kind}", "/api/ui.css", {"file": "ui", "kind": "css"}),
        ("v{major:int}", "/api/v2", {"major": "2"}),
        ("v{major:int}", "/api/vx", None),
        ("{*path}", "/api", {}),
        ("{*path}", "/api/", {}),
        ("{*path}", "/api/a/b c", {"path": "a/b c"}),
        ("{**path}", "/api/a/b", {"path": "a/b"}),
        ("{*path}", "/apix", None),
        ("{*path}", "/", None),
        ("ui/{*path}", "/api/ui/a/b.js", {"path": "a/b.js"}),
        ("ui/{*path}", "/api/uix", None),
    ],
)
def test_a_template_matches_the_paths_that_azure_gives_it(
    template: str, path: str, expected: dict[str, str] | None
) -> None:
    assert compile_route(template, "api").match("GET", path) == expected


@pytest.mark.parametrize(
    ("constraint", "held", "failed"),
    [
        ("int", ["0", "-5", "2147483647"], ["x", "1.5", "2147483648", "1_000", "٣"]),
        ("long", ["9223372036854775807"], ["9223372036854775808"]),
        ("bool", ["true", "FALSE"], ["yes", "truest"]),
        ("guid", [GUID, GUID.upper()], [GUID[:-1], "x"]),
        ("alpha", ["abC"], ["a1", "ä"]),
        ("decimal", ["1.5", "-2"], ["x"]),
        ("double", ["1e3"], ["x"]),
        ("float", ["1.5"], ["x"]),
        ("datetime", ["2026-01-31", "2026-01-31T12:00:00"], ["2026-02-31", "x"]),
        ("min(18)", ["18"], ["17", "x"]),
        ("max(120)", ["120"], ["121"]),
        ("range(1, 5)", ["1", "5"], ["0", "6"]),
        ("length(3)", ["abc"], ["ab", "abcd"]),
        ("length(1,2)", ["a", "ab"], ["abc"]),
        ("minlength(2)", ["ab"], ["a"]),
        ("maxlength(2)", ["ab"], ["abc"]),
        ("regex(^\\d{{2}}-[a-z,:]+$)", ["12-a:b"], ["1-a", "12-"]),
        ("int:min(5)", ["5"], ["4"]),
        ("required", ["x"], []),
        ("INT", ["5"], ["x"]),
    ],
)
def test_a_constraint_lets_only_its_values_through(
    constraint: str, held: list[str], failed: list[str]
) -> None:
    route = compile_route(f"{{value:{constraint}}}")
    assert [route.match("GET", f"/{value}") for value in held] == [{"value": v} for v in held]
    assert [route.match("GET", f"/{value}") for value in failed] == [None] * len(failed)


@pytest.mark.parametrize(
    "template",
    [
        *["{", "a{b", "{}", "{a/b}", "{a=5}", "{a?}/b", "{*a}/b"],
        *["{a:unknown}", "{a:min}", "{a:min(x)}", "{a:int(}", "{a:regex([)}"],
    ],
)
def test_a_template_that_cannot_be_understood_is_refused_by_its_name(template: str) -> None:
    with pytest.raises(StartError) as error:
        compile_route(template, "api")
    assert f"api/{template}" in str(error.value)


@pytest.mark.parametrize(
    ("prefix", "path"), [("", "/orders"), ("api/v1", "/api/v1/orders"), ("/x/", "/x/orders")]
)
def test_the_prefix_comes_before_every_route(prefix: str, path: str) -> None:
    assert compile_route("orders", prefix).match("GET", path) == {}


def test_an_empty_route_without_a_prefix_is_the_root() -> None:
    assert compile_route("").match("GET", "/") == {}
    assert compile_route("").match("GET", "/x") is None


def test_only_registered_methods_match_and_none_registered_means_all() -> None:
    assert compile_route("a", "", ["get", "POST"]).match("GET", "/a") == {}
    assert compile_route("a", "", ["GET", "POST"]).match("HEAD", "/a") is None
    assert compile_route("a").match("PATCH", "/a") == {}


def test_literals_come_before_parameters_and_catch_alls_come_last() -> None:
    templates = ["{*all}", "{*all:alpha}", "{a}", "{a:int}", "v{a}", "a/{b}", "a/b", "a", "a/{*b}"]
    routes = sorted((compile_route(each) for each in templates), key=lambda each: each.precedence)
    assert [route.template for route in routes] == [
        *["a", "a/b", "a/{b}", "a/{*b}", "{a:int}", "v{a}", "{a}", "{*all:alpha}", "{*all}"]
    ]
