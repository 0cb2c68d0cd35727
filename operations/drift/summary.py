"""Findings as a table and sentences."""

from __future__ import annotations

from collections.abc import Mapping

from operations.drift.findings import (
    CONFIDENCE,
    LEAST_FEEDBACKS,
    LENGTH,
    PROBABILITY,
    Comparison,
    Findings,
    NegativeFeedback,
)
from operations.drift.psi import DriftStatus
from operations.terminal import align

_ABSENT = "–"
_SHOWN_VERSIONS = 3
_HEADER = ("measure", "reference", "now", "PSI", "chance", "status")
_NUMBERS = range(1, 5)


def summarize(findings: Findings) -> str:
    """Return the findings as lines of text; the last one is the verdict."""
    lines = [
        f"Model {findings.version}, {findings.period}",
        f"{findings.predictions:,} predictions beside {findings.reference_rows:,} validation"
        " tweets",
        "",
        *align([_HEADER, *map(_row, findings.comparisons)], right=_NUMBERS),
        "",
        _describe_feedback(findings.feedback),
        *_caveats(findings),
        "",
        _verdict(findings),
    ]
    return "\n".join(lines)


def describe_left_out(others: Mapping[str, int], malformed: int) -> list[str]:
    """Return how many events were of which other versions, and how many were malformed."""
    lines = []
    if others:
        frequent = sorted(others.items(), key=lambda each: -each[1])[:_SHOWN_VERSIONS]
        shown = ", ".join(f"{version} ({count:,})" for version, count in frequent)
        rest = len(others) - len(frequent)
        more = f" and {rest} more" if rest else ""
        total = sum(others.values())
        lines.append(f"Events of other versions, not compared: {total:,}, of {shown}{more}.")
    if malformed:
        lines.append(f"Malformed events, passed over: {malformed:,}.")
    return lines


def _row(comparison: Comparison) -> tuple[str, ...]:
    psi = comparison.psi
    return (
        comparison.name,
        _mean(comparison.name, comparison.before),
        _mean(comparison.name, comparison.now),
        _ABSENT if psi is None else f"{psi.index:.3f}",
        _ABSENT if psi is None else f"{psi.chance_level:.3f}",
        comparison.status or _ABSENT,
    )


def _mean(name: str, number: float | None) -> str:
    if number is None:
        return _ABSENT
    if name == LENGTH:
        return f"{number:.1f}"
    return f"{number:.3f}" if name in {PROBABILITY, CONFIDENCE} else f"{number:.1%}"


def _describe_feedback(feedback: NegativeFeedback) -> str:
    rate = feedback.rate
    if rate is None:
        return "Negative feedback: none of either kind was given."
    judged = feedback.status or f"too few to judge, {LEAST_FEEDBACKS} are needed"
    return (
        f"Negative feedback: {feedback.negative:,} of {feedback.total:,}, {rate.value:.1%} (95%"
        f" interval {rate.low:.1%} to {rate.high:.1%}), at most {feedback.limit:.1%} is good:"
        f" {judged}."
    )


def _caveats(findings: Findings) -> list[str]:
    left_out = describe_left_out(findings.others, findings.malformed)
    if findings.is_enough:
        return left_out
    return [
        f"Too few predictions to tell drift from chance: {findings.predictions:,},"
        f" {findings.thresholds.least_events:,} are needed. Choose a longer period.",
        *left_out,
    ]


def _verdict(findings: Findings) -> str:
    drifted, moderate = map(findings.names, (DriftStatus.SIGNIFICANT, DriftStatus.MODERATE))
    verdict = "No drift." if findings.is_enough else "Undecided."
    if drifted:
        verdict = f"Drift: {', '.join(drifted)}."
    return f"{verdict} Moderate: {', '.join(moderate)}." if moderate else verdict
