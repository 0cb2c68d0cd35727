"""The operation that a request belongs to, as the Functions host hands it over."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import azure.functions as func

# https://www.w3.org/TR/trace-context/#traceparent-header
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(frozen=True)
class ParentSpan:
    """A span by its numbers; Application Insights calls ``trace_id`` the operation id."""

    trace_id: int
    span_id: int
    flags: int


def read_parent(context: func.Context) -> ParentSpan | None:
    """Return the host's span of an invocation, or None where there is none."""
    header = getattr(context.trace_context, "trace_parent", None)
    match = _TRACEPARENT.fullmatch(header) if isinstance(header, str) else None
    if match is None:
        return None
    trace_id, span_id, flags = (int(match[group], 16) for group in (1, 2, 3))
    return ParentSpan(trace_id, span_id, flags) if trace_id and span_id else None


class Span:
    """A request that is traced; ``status`` is set when there is a response."""

    status: int = 0


class Tracer(Protocol):
    """Traces requests. Neither raises nor waits for a network."""

    def request(self, context: func.Context) -> AbstractContextManager[Span]:
        """Trace what happens within as a part of the operation that the host began."""
