"""The context of an invocation, as a function takes it from Azure's worker."""

from __future__ import annotations

import secrets
import threading
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import azure.functions as func


@dataclass(frozen=True)
class _Trace:
    trace_parent: str  # see https://www.w3.org/TR/trace-context
    trace_state: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Context:
    function_name: str
    trace_context: _Trace
    function_directory: str
    invocation_id: str
    thread_local_storage: threading.local = field(default_factory=threading.local)
    retry_context: None = None  # an HTTP function is never retried


def invocation(function: str, traceparent: str = "") -> func.Context:
    """Return the context of a new invocation.

    Args:
        function: The function's name.
        traceparent: The header of the request; where it has none, a new trace begins.
    """
    started = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    trace = _Trace(traceparent or started)
    return cast(func.Context, _Context(function, trace, str(Path.cwd()), str(uuid.uuid4())))
