"""Serves a function app with Microsoft's engine, without a host: ``python engine.py FOLDER``.

The engine is the worker's own code; this script takes the place of the host and of its protocol.
The first line on standard output holds the name, route, methods and authorisation level of each
function. Then each line on standard input names a command and is answered by one line; all is JSON:

- ``{"command": "invoke", "requests": [{function, method, url, headers, query, params, body}]}``:
  the status, headers and body of each; all are running at once. Bodies are in base64.
- ``{"command": "modules"}``: the names of the modules that the app has brought in so far.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
import uuid
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as engine


class Message(SimpleNamespace):
    """A protobuf message as far as the engine looks: fields, one of which may be a choice."""

    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802
        """Return the name of the field that is set."""
        return next((field for field in vars(self) if field != "name"), None)


class Protocol:
    """The module of generated messages, any of which is a ``Message``."""

    class BindingInfo(Message):
        """A binding of a function."""

        undefined = 0
        out, inout = 1, 2

    class StatusResult(Message):
        """How a request to the engine ended."""

        Failure, Success = 0, 1

    def __getattr__(self, _name: str) -> type[Message]:
        return Message


class App:
    """An indexed function app."""

    def __init__(self, functions: list[Message], modules: frozenset[str]) -> None:
        self.functions = [_describe(function) for function in functions]
        self._ids = {function.name: function.function_id for function in functions}
        self._modules_before = modules

    def modules(self) -> list[str]:
        """Return the names of the modules imported since the start."""
        return sorted(sys.modules.keys() - self._modules_before)

    async def invoke(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer a request."""
        invocation = Message(
            invocation_id=str(uuid.uuid4()),
            function_id=self._ids[request["function"]],
            input_data=[Message(name="req", data=_http(request))],
            trigger_metadata={},
            trace_context=Message(
                trace_parent=request["headers"].get("traceparent", ""),
                trace_state="",
                attributes={},
            ),
            retry_context=Message(retry_count=0, max_retry_count=0, exception=None),
        )
        answer = await engine.invocation_request(_envelope(invocation_request=invocation))
        _check(answer.result)
        http = answer.return_value.http
        body = base64.b64encode(http.body.bytes).decode()
        return {"status": int(http.status_code), "headers": http.headers, "body": body}


async def load(folder: str) -> App:
    """Return the app of a folder, indexed by the engine."""
    before = frozenset(sys.modules)
    engine.start_threadpool_executor()
    start = Message(capabilities={}, function_app_directory=folder)
    _check((await engine.worker_init_request(_envelope(worker_init_request=start))).result)
    metadata = await engine.functions_metadata_request(_envelope())
    return App(metadata.function_metadata_results or [], before)


async def serve(folder: str) -> None:
    """Answer lines of requests on standard input until it ends."""
    # What the app prints must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    app = await load(folder)
    print(json.dumps(app.functions), file=answers, flush=True)
    for line in sys.stdin:
        print(json.dumps(await _answer(app, **json.loads(line))), file=answers, flush=True)
    engine.stop_threadpool_executor()


async def _answer(app: App, command: str, requests: list[dict[str, Any]] | None = None) -> object:
    if command == "modules":
        return app.modules()
    return await asyncio.gather(*map(app.invoke, requests or []))


def _envelope(**request: Message) -> Message:
    properties = {"protos": Protocol(), "host": "127.0.0.1"}
    return Message(request=Message(**request), properties=properties)


def _http(request: dict[str, Any]) -> Message:
    body = base64.b64decode(request["body"])
    fields = {name: request[name] for name in ("method", "url", "headers", "query", "params")}
    # The host leaves the body of a request that has none unset.
    return Message(http=Message(**fields, body=Message(bytes=body) if body else Message()))


def _describe(function: Message) -> dict[str, Any]:
    bindings = [json.loads(binding) for binding in function.raw_bindings]
    (trigger,) = (binding for binding in bindings if binding["type"] == "httpTrigger")
    shown = {name: trigger[name] for name in ("route", "methods", "authLevel")}
    return {"name": function.name, **shown}


def _check(result: Message) -> None:
    if result.status != Protocol.StatusResult.Success:
        sys.exit(f"{result.exception.message}\n{result.exception.stack_trace}")


if __name__ == "__main__":
    sys.path[0] = sys.argv[1]
    asyncio.run(serve(sys.argv[1]))
