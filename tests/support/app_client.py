"""Calls the real function_app in this process, as the worker would, without a host."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import azure.functions as func

from deployment.proof import Answer
from local_host.context import invocation
from local_host.functions import CONTEXT


class Client:
    """Sends requests to the functions of a freshly imported function_app."""

    def __init__(self, module: Any) -> None:
        self.module = module

    def call(
        self,
        function: str,
        method: str = "POST",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        request = func.HttpRequest(
            method=method, url=f"http://localhost/api/{function}", headers=headers or {}, body=body
        )
        called = getattr(self.module, function)
        takes_context = (
            CONTEXT in inspect.signature(called._function.get_user_function()).parameters
        )
        response = called(request, *([invocation(function)] if takes_context else []))
        content_type = response.mimetype
        return Answer(
            response.status_code,
            {**response.headers, "content-type": content_type},
            response.get_body(),
        )

    def post(self, function: str, content: Any) -> Answer:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        return self.call(function, body=body, headers={"content-type": "application/json"})

    def get(self, function: str) -> Answer:
        return self.call(function, "GET")


@contextmanager
def running_app(**environment: str) -> Iterator[Client]:
    """Import function_app anew under an environment; the import is undone afterwards."""
    with patch.dict(os.environ, environment):
        sys.modules.pop("function_app", None)
        try:
            yield Client(importlib.import_module("function_app"))
        finally:
            sys.modules.pop("function_app", None)
