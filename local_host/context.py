"""The context of an invocation, as a function takes it from Azure's worker."""

from __future__ import annotations

import secrets
import threading
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import azure.functions as func


@dataclass(frozen=True)
class Trace:
    """Which trace an invocation belongs to, see https://www.w3.org/TR/trace-context."""

    trace_parent: str
    trace_state: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Retry:
    """An HTTP function is never retried."""

    retry_count: int = 0
    max_retry_count: int = 0
    exception: None = None


class Context(func.Context):
    """What the local host tells a function of its invocation."""

    _local: type[threading.local] = threading.local

    def __init__(self, name: str, trace: Trace) -> None:
        self._name, self._trace = name, trace
        self._id = str(uuid.uuid4())

    @property
    def invocation_id(self) -> str:
        """A number of its own."""
        return self._id

    @property
    def thread_local_storage(self) -> type[threading.local]:
        """What is kept for each thread."""
        return self._local

    @property
    def function_name(self) -> str:
        """The name of the function."""
        return self._name

    @property
    def function_directory(self) -> str:
        """The folder of the app."""
        return str(Path.cwd())

    @property
    def trace_context(self) -> Trace:  # type: ignore[override]  # an abstract class there, too
        """Which trace the invocation belongs to."""
        return self._trace

    @property
    def retry_context(self) -> Retry:  # type: ignore[override]
        """That this is the first attempt."""
        return Retry()


def invocation(function: str, traceparent: str = "") -> Context:
    """Return the context of a new invocation.

    Args:
        function: The function's name.
        traceparent: The header of the request; where it has none, a new trace begins.
    """
    started = f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
    return Context(function, Trace(traceparent or started))
