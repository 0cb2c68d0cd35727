"""Prints, after the tests, how often the shipped model behaved, and each case where it did not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

FINDING = "behaviour"
"""The property of a test under which it leaves its lines for the summary."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    lines = list(_found(terminalreporter.stats))
    if lines:
        terminalreporter.section("behaviour of the shipped model")
        terminalreporter.write("\n".join(lines) + "\n")


def _found(stats: dict[str, list[Any]]) -> Iterator[str]:
    for report in (*stats.get("passed", ()), *stats.get("failed", ())):
        for name, value in getattr(report, "user_properties", ()):
            if name == FINDING and report.when == "call":
                yield str(value)
