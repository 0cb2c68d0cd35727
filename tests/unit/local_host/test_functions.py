from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_host.errors import StartError
from local_host.functions import load_functions

APP = """
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ADMIN)
same = app


@app.route(route="orders/{id:int}", methods=["GET", "DELETE"], auth_level=func.AuthLevel.FUNCTION)
def order(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("order")


@app.function_name("renamed")
@app.route(trigger_arg_name="asked")
def plain(asked: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    return func.HttpResponse("plain")


@app.route(route="open", auth_level="anonymous")
def public(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("open")


@app.timer_trigger(schedule="0 0 * * * *", arg_name="timer")
def hourly(timer: func.TimerRequest) -> None: ...
"""


@pytest.fixture(autouse=True)
def _clean_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = sys.modules.pop("function_app", None)
    yield
    sys.modules.pop("function_app", None)
    if before is not None:
        sys.modules["function_app"] = before


def write(folder: Path, source: str) -> Path:
    (folder / "function_app.py").write_text(source, encoding="utf-8")
    return folder


def test_the_app_itself_says_routes_methods_keys_and_parameters(tmp_path: Path) -> None:
    functions = load_functions(write(tmp_path, APP), "v1")
    assert [
        (each.name, each.route.template, each.route.methods, each.protected, each.parameter)
        for each in functions
    ] == [
        ("order", "v1/orders/{id:int}", ("GET", "DELETE"), True, "req"),
        ("renamed", "v1/renamed", (), True, "asked"),
        ("public", "v1/open", (), False, "req"),
    ]
    assert [each.contextual for each in functions] == [False, True, False]


def test_an_app_may_have_any_name_in_its_module(tmp_path: Path) -> None:
    source = APP.replace("same = app", "").replace("app", "service")
    assert len(load_functions(write(tmp_path, source), "")) == 3


def test_an_import_that_fails_is_shown_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(StartError) as error:
        load_functions(write(tmp_path, "x = 1\nimport no_such_module\n"), "api")
    assert "No module named 'no_such_module'" in str(error.value)
    assert 'function_app.py", line 2' in str(error.value)


def test_a_syntax_error_is_shown_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"SyntaxError") as error:
        load_functions(write(tmp_path, "def broken(:\n"), "api")
    assert "def broken(:" in str(error.value)


def test_a_folder_without_an_app_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"There is no function_app\.py in .* --app"):
        load_functions(tmp_path, "api")


def test_an_app_without_http_functions_is_refused_rather_than_served_empty(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="has no HTTP function"):
        load_functions(write(tmp_path, "x = 1\n"), "api")


def test_two_functions_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"cannot be listed.*public"):
        load_functions(write(tmp_path, APP + APP[APP.index('@app.route(route="open"') :]), "api")
