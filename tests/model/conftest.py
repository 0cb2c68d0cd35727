"""Prints, after the tests, how often the shipped model behaved, and each case where it did not."""

from __future__ import annotations

from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Finding:
    """How the shipped model did on the cases of one behaviour."""

    name: str
    minimum: float
    cases: int
    failures: tuple[str, ...]

    @property
    def rate(self) -> float:
        return 1 - len(self.failures) / self.cases


FINDINGS = pytest.StashKey[list[Finding]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FINDINGS] = []


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    findings = config.stash[FINDINGS]
    if not findings:
        return
    terminalreporter.section("behaviour of the shipped model")
    for finding in findings:
        passed = finding.cases - len(finding.failures)
        terminalreporter.line(
            f"{finding.name:<28} {passed:>3} of {finding.cases:>3}  {finding.rate:7.1%}"
            f"  (at least {finding.minimum:.0%})"
        )
        for failure in finding.failures:
            terminalreporter.line(f"    {failure}")
