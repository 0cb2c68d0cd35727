"""The operation that a request belongs to, as the Functions host hands it over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import azure.functions as func

# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(frozen=True)
class Parent:
    """A span by its numbers; Application Insights calls ``trace_id`` the operation id."""

    trace_id: int
    span_id: int
    flags: int


def read_parent(context: func.Context) -> Parent | None:
    """Return the host's span of an invocation, or None where it tells none."""
    told = getattr(context.trace_context, "trace_parent", None)
    match = _TRACEPARENT.fullmatch(told) if isinstance(told, str) else None
    if match is None:
        return None
    trace_id, span_id, flags = (int(match[group], 16) for group in (1, 2, 3))
    return Parent(trace_id, span_id, flags) if trace_id and span_id else None


class Answered:
    """What a tracer tells of a request; ``status`` is set when the answer is there."""

    status: int = 0


class Tracer(Protocol):
    """Traces requests. Neither raises nor waits for a network."""

    def request(self, context: func.Context) -> AbstractContextManager[Answered]:
        """Trace what happens within as a part of the operation that the host began."""


class NoTracer:
    """Traces nothing."""

    @contextmanager
    def request(self, _context: func.Context) -> Iterator[Answered]:
        """Do nothing."""
        yield Answered()
