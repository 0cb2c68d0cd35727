"""The WSGI app that stands in for Azure's host: it routes, checks keys and calls functions."""

from __future__ import annotations

import asyncio
import hmac
import inspect
import logging
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import azure.functions as func
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from local_host.adapter import empty, from_azure, to_azure
from local_host.context import invocation
from local_host.functions import CONTEXT, HttpFunction, web_page

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_logger = logging.getLogger("local_host")

ROUTE = "local_host.route"
"""The list in a request's environment that takes its route: the log tells that, not the path."""


class Host:
    """Answers as Azure's host does; what it refuses has an empty body.

    Where Azure's own host shows a home page, at ``/``, this one sends to the app's web page.

    Args:
        functions: What the app offers.
        key: What a caller of a protected function must show; None where keys are not enforced.
    """

    def __init__(self, functions: Iterable[HttpFunction], key: str | None = None) -> None:
        self._functions = sorted(functions, key=lambda each: each.route.precedence)
        self._key = key
        self._page = web_page(self._functions)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one WSGI request."""
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        for function in self._functions:
            parameters = function.route.match(request.method, request.path)
            if parameters is not None:
                break
        else:
            return self._outside(request)
        request.environ.get(ROUTE, []).append(f"/{function.route.template}")
        if function.protected and not self._admits(request):
            return empty(401)
        try:
            converted = to_azure(request, parameters)
        except HTTPException as error:
            return empty(error.code or 400)
        return _invoke(function, converted, request.headers.get("traceparent", ""))

    def _outside(self, request: Request) -> Response:
        if self._page is None or request.path != "/" or request.method not in {"GET", "HEAD"}:
            return empty(404)
        response = empty(302)
        response.headers["Location"] = self._page
        return response

    def _admits(self, request: Request) -> bool:
        if self._key is None:
            return True
        shown = request.headers.get("x-functions-key") or request.args.get("code", "")
        return hmac.compare_digest(shown.encode(), self._key.encode())


def _invoke(function: HttpFunction, request: func.HttpRequest, traceparent: str) -> Response:
    arguments: dict[str, object] = {function.parameter: request}
    if function.contextual:
        arguments[CONTEXT] = invocation(function.name, traceparent)
    try:
        answer = function.call(**arguments)
        return from_azure(asyncio.run(answer) if inspect.iscoroutine(answer) else answer)
    except Exception as error:
        # The message is not logged: it may quote the request.
        _logger.error("%s raised %s in %s.", function.name, type(error).__name__, _place(error))
        return empty(500)


def _place(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
