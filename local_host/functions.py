"""The functions of an app, read from the app itself."""

from __future__ import annotations

import importlib
import inspect
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import azure.functions as func

from local_host.errors import StartError
from local_host.routes import Route, compile_route

CONTEXT = "context"
"""The name of the parameter that takes the context, as in Azure."""

_MODULE = "function_app"


@dataclass(frozen=True)
class HttpFunction:
    """A function that answers HTTP requests.

    Attributes:
        name: The function's name in the app.
        route: The requests it answers.
        protected: Whether a caller needs a key.
        parameter: The name by which it takes the request.
        call: The function itself.
        contextual: Whether it takes the context of the invocation, too.
    """

    name: str
    route: Route
    protected: bool
    parameter: str
    call: Callable[..., object]
    contextual: bool = False


def load_functions(folder: Path, prefix: str) -> tuple[HttpFunction, ...]:
    """Import the app in a folder and return its HTTP functions; other triggers are left out.

    May be called once in a process, since an app lists its functions only once.

    Args:
        folder: Where ``function_app.py`` lies.
        prefix: What every route begins with.

    Raises:
        StartError: The app cannot be imported or has no HTTP function.
    """
    module = _import(folder)
    try:
        listed = [each for app in _apps(module) for each in app.get_functions()]
    except Exception as error:
        raise StartError(f"The functions of the app cannot be listed: {error}") from error
    found = [(each, _http_trigger(each.get_bindings_dict())) for each in listed]
    functions = tuple(
        _http_function(str(each.get_function_name()), each.get_user_function(), trigger, prefix)
        for each, trigger in found
        if trigger is not None
    )
    if not functions:
        raise StartError(
            f"{_MODULE}.py has no HTTP function. Give it an azure.functions.FunctionApp with at"
            " least one function under @app.route."
        )
    return functions


def web_page(functions: Iterable[HttpFunction]) -> str | None:
    """Return the path of the app's web page, which is its function ``ui``, or None."""
    return next((f"/{each.route.template}" for each in functions if each.name == "ui"), None)


def _import(folder: Path) -> ModuleType:
    if not (folder / f"{_MODULE}.py").is_file():
        raise StartError(
            f"There is no {_MODULE}.py in {folder}. Start in the app's folder, or name it with"
            " --app."
        )
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(_MODULE)
    except Exception as error:
        shown = "".join(traceback.format_exception(error)).rstrip()
        raise StartError(
            f"{_MODULE}.py cannot be imported. Mend this and start again:\n\n{shown}"
        ) from error


def _apps(module: ModuleType) -> list[func.FunctionRegister]:
    # By identity, since two names may stand for one app.
    found = {id(each): each for each in vars(module).values()}
    return [each for each in found.values() if isinstance(each, func.FunctionRegister)]


def _http_trigger(bindings: Mapping[str, Any]) -> Mapping[str, Any] | None:
    triggers = (each for each in bindings["bindings"] if each["type"] == "httpTrigger")
    return next(triggers, None)


def _http_function(
    name: str, call: Callable[..., object], trigger: Mapping[str, Any], prefix: str
) -> HttpFunction:
    methods = [str(method) for method in trigger.get("methods") or ()]
    level = str(trigger.get("authLevel", func.AuthLevel.FUNCTION)).upper()
    return HttpFunction(
        name=name,
        route=compile_route(trigger.get("route", name), prefix, methods),
        protected=level != func.AuthLevel.ANONYMOUS.name,
        parameter=trigger["name"],
        call=call,
        contextual=CONTEXT in inspect.signature(call).parameters,
    )
