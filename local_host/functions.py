"""The functions of an app, read from the app itself."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import azure.functions as func

CONTEXT = "context"
"""The name of the parameter that takes the context, as in Azure."""


@dataclass(frozen=True)
class HttpFunction:
    """A function that answers HTTP requests.

    Attributes:
        name: The function's name in the app.
        template: Its route with the prefix, such as ``api/ui/{file}``.
        methods: What the route registered; empty stands for every method.
        protected: Whether a caller needs a key.
        parameter: The name by which it takes the request.
        call: The function itself.
        contextual: Whether it takes the context of the invocation, too.
    """

    name: str
    template: str
    methods: tuple[str, ...]
    protected: bool
    parameter: str
    call: Callable[..., object]
    contextual: bool = False


def load_functions(folder: Path, prefix: str) -> tuple[HttpFunction, ...]:
    """Import the app in the current folder and return its HTTP functions.

    Args:
        folder: Where ``function_app.py`` lies; it must be on the path of modules.
        prefix: What every route begins with.

    Raises:
        SystemExit: There is no app.
    """
    if not (folder / "function_app.py").is_file():
        raise SystemExit(f"There is no function_app.py in {folder}. Start in the app's folder.")
    return list_functions(importlib.import_module("function_app").app, prefix)


def list_functions(app: func.FunctionApp, prefix: str) -> tuple[HttpFunction, ...]:
    """Return the HTTP functions of an app; other triggers are left out."""
    return tuple(
        _http_function(each, binding, prefix)
        for each in app.get_functions()
        for binding in each.get_bindings_dict()["bindings"]
        if binding["type"] == "httpTrigger"
    )


def web_page(functions: Iterable[HttpFunction]) -> str | None:
    """Return the path of the app's web page, which is its function ``ui``, or None."""
    return next((f"/{each.template}" for each in functions if each.name == "ui"), None)


def _http_function(function: Any, trigger: Mapping[str, Any], prefix: str) -> HttpFunction:
    name, call = function.get_function_name(), function.get_user_function()
    template = f"{prefix.strip('/')}/{trigger.get('route', name).strip('/')}"
    level = str(trigger.get("authLevel", func.AuthLevel.FUNCTION))
    return HttpFunction(
        name=name,
        template=template.strip("/"),
        methods=tuple(str(method) for method in trigger.get("methods") or ()),
        protected=level.upper() != func.AuthLevel.ANONYMOUS.name,
        parameter=trigger["name"],
        call=call,
        contextual=CONTEXT in inspect.signature(call).parameters,
    )
