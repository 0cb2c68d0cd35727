"""Findings as a table and sentences."""

from __future__ import annotations

from operations.drift.findings import (
    CONFIDENCE,
    LEAST_FEEDBACKS,
    LENGTH,
    PROBABILITY,
    Comparison,
    Findings,
)
from operations.drift.psi import DriftStatus
from operations.events import Observed
from operations.terminal import align

_ABSENT = "–"
_SHOWN_VERSIONS = 3
_HEADER = ("measure", "reference", "now", "PSI", "chance", "status")
_NUMBERS = range(1, 5)
_FORMATS = {LENGTH: ".1f", PROBABILITY: ".3f", CONFIDENCE: ".3f"}


def summarize(findings: Findings) -> str:
    """Return the findings as lines of text; the last one is the verdict."""
    observed, least = findings.observed, findings.thresholds.least_events
    count = len(observed.predictions)
    lines = [
        f"Model {findings.version}, {findings.period}",
        f"{count:,} predictions beside {findings.reference_rows:,} validation tweets",
        "",
        *align([_HEADER, *map(_row, findings.comparisons)], right=_NUMBERS),
        "",
        _describe_feedback(findings),
    ]
    if not findings.is_enough:
        lines.append(
            f"Too few predictions to tell drift from chance: {count:,}, {least:,} are needed."
            " Choose a longer period."
        )
    return "\n".join([*lines, *describe_left_out(observed), "", _verdict(findings)])


def describe_left_out(observed: Observed) -> list[str]:
    """Return how many events were of which other versions, and how many were malformed."""
    lines = []
    if observed.others:
        frequent = observed.others.most_common(_SHOWN_VERSIONS)
        shown = ", ".join(f"{version} ({count:,})" for version, count in frequent)
        rest = len(observed.others) - len(frequent)
        more = f" and {rest} more" if rest else ""
        total = observed.others.total()
        lines.append(f"Events of other versions, not compared: {total:,}, of {shown}{more}.")
    if observed.malformed:
        lines.append(f"Malformed events, passed over: {observed.malformed:,}.")
    return lines


def _row(comparison: Comparison) -> tuple[str, ...]:
    form, psi = _FORMATS.get(comparison.name, ".1%"), comparison.psi
    return (
        comparison.name,
        format(comparison.before, form),
        _ABSENT if comparison.now is None else format(comparison.now, form),
        _ABSENT if psi is None else f"{psi.index:.3f}",
        _ABSENT if psi is None else f"{psi.chance_level:.3f}",
        comparison.status or _ABSENT,
    )


def _describe_feedback(findings: Findings) -> str:
    rate, observed = findings.negative_rate, findings.observed
    if rate is None:
        return "Negative feedback: none of either kind was given."
    judged = findings.feedback_status or f"too few to judge, {LEAST_FEEDBACKS} are needed"
    return (
        f"Negative feedback: {observed.negative_feedbacks:,} of {observed.feedbacks:,},"
        f" {rate:.1%} with its 95% interval, at most {findings.thresholds.most_negative:.1%} is"
        f" good: {judged}."
    )


def _verdict(findings: Findings) -> str:
    drifted, moderate = map(findings.names, (DriftStatus.SIGNIFICANT, DriftStatus.MODERATE))
    verdict = "No drift." if findings.is_enough else "Undecided."
    if drifted:
        verdict = f"Drift: {', '.join(drifted)}."
    return f"{verdict} Moderate: {', '.join(moderate)}." if moderate else verdict
