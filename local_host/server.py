"""The WSGI app that stands in for Azure's host: it routes, checks keys and calls functions."""

from __future__ import annotations

import asyncio
import hmac
import inspect
import logging
import time
import traceback
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from local_host.adapter import empty, from_azure, to_azure
from local_host.context import invocation
from local_host.cors import Cors
from local_host.functions import CONTEXT, HttpFunction, web_page
from local_host.routes import Routes

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_logger = logging.getLogger("local_host")


class Host:
    """Answers as Azure's host does; what it refuses has an empty body.

    Where Azure's own host shows a home page, at ``/``, this one sends to the app's web page.

    Args:
        functions: What the app offers.
        key: What a caller of a protected function must show; None where keys are not enforced.
        cors: Which pages of other origins may call; None where nothing is configured.
    """

    def __init__(
        self, functions: Sequence[HttpFunction], key: str | None = None, cors: Cors | None = None
    ) -> None:
        self._routes, self._page = Routes(functions), web_page(functions)
        self._key, self._cors = key, cors

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request and log it by its route, since the query may hold a key."""
        started, request = time.perf_counter(), Request(environ)
        function, values = self._routes.find(request.method, request.path)
        if self._cors and self._cors.is_preflight(request):
            response = empty(204)
        elif function is None:
            response = self._answer_outside(request)
        else:
            response = self._answer(request, function, values)
        if self._cors:
            self._cors.add_headers(request, response)
        route = f"/{function.template}" if function else "-"
        milliseconds = (time.perf_counter() - started) * 1000
        _logger.info("%s %s %d %.1f ms", request.method, route, response.status_code, milliseconds)
        return response(environ, start_response)

    def _answer_outside(self, request: Request) -> Response:
        if self._page is None or request.path != "/" or request.method not in {"GET", "HEAD"}:
            return empty(404)
        response = empty(302)
        response.headers["Location"] = self._page
        return response

    def _answer(
        self, request: Request, function: HttpFunction, values: Mapping[str, str]
    ) -> Response:
        if function.protected and not self._admits(request):
            return empty(401)
        arguments: dict[str, object] = {}
        if function.contextual:
            arguments[CONTEXT] = invocation(function.name, request.headers.get("traceparent", ""))
        try:
            arguments[function.parameter] = to_azure(request, values)
            answer = function.call(**arguments)
            return from_azure(asyncio.run(answer) if inspect.iscoroutine(answer) else answer)
        except Exception as error:
            # The message is not logged: it may quote the request.
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(last.filename).name}:{last.lineno}"
            _logger.error("%s raised %s in %s.", function.name, type(error).__name__, where)
            return empty(500)

    def _admits(self, request: Request) -> bool:
        if self._key is None:
            return True
        shown = request.headers.get("x-functions-key") or request.args.get("code", "")
        return hmac.compare_digest(shown.encode(), self._key.encode())
