from __future__ import annotations

import pytest

from local_host.context import invocation
from sentiment.telemetry.tracing import ParentSpan, read_parent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("header", "flags"), [(f"00-{TRACE}-{SPAN}-00", 0), (f"01-{TRACE}-{SPAN}-01-more", 1)]
)
def test_the_hosts_span_is_read_from_the_context(header: str, flags: int) -> None:
    parent = read_parent(invocation("predict", header))
    assert parent == ParentSpan(int(TRACE, 16), int(SPAN, 16), flags)


@pytest.mark.parametrize(
    "header",
    [
        "x",
        "00-1-2-3",
        f"00-{TRACE}-{SPAN}",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
    ],
)
def test_what_is_malformed_is_no_span(header: str) -> None:
    assert read_parent(invocation("predict", header)) is None


def test_an_invocation_without_a_trace_begins_one_of_its_own() -> None:
    first, second = (read_parent(invocation("predict")) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.trace_id != second.trace_id
