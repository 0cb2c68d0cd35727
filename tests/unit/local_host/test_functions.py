from __future__ import annotations

from pathlib import Path

import azure.functions as func
import pytest

from local_host.functions import list_functions, load_functions


def test_the_app_itself_gives_routes_methods_keys_and_parameters() -> None:
    app = func.FunctionApp(http_auth_level=func.AuthLevel.ADMIN)

    @app.route(route="orders/{id}", methods=["GET", "DELETE"], auth_level=func.AuthLevel.FUNCTION)
    def order(req: func.HttpRequest) -> func.HttpResponse: ...

    @app.function_name("renamed")
    @app.route(trigger_arg_name="asked")
    def plain(asked: func.HttpRequest, context: func.Context) -> func.HttpResponse: ...

    @app.route(route="open", auth_level="anonymous")
    def public(req: func.HttpRequest) -> func.HttpResponse: ...

    @app.timer_trigger(schedule="0 0 * * * *", arg_name="timer")
    def hourly(timer: func.TimerRequest) -> None: ...

    assert [
        (each.name, each.template, each.methods, each.protected, each.parameter, each.contextual)
        for each in list_functions(app, "v1")
    ] == [
        ("order", "v1/orders/{id}", ("GET", "DELETE"), True, "req", False),
        ("renamed", "v1/renamed", (), True, "asked", True),
        ("public", "v1/open", (), False, "req", False),
    ]


def test_a_folder_without_an_app_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no function_app\.py in .* Start in the app's folder"):
        load_functions(tmp_path, "api")
