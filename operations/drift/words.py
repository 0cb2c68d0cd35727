"""Findings in words and as an aligned table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from operations.drift.findings import (
    CONFIDENCE,
    LEAST_FEEDBACKS,
    LENGTH,
    PROBABILITY,
    Comparison,
    Findings,
    NegativeFeedback,
)
from operations.drift.stability import CHANCE

ABSENT = "–"
_SHOWN_VERSIONS = 3
_HEADER = ("measure", "reference", "now", "PSI", "chance", "standing")


def tell(findings: Findings) -> str:
    """Return the findings as lines of text."""
    lines = [
        f"Model {findings.version}, {findings.period}",
        f"{findings.predictions:,} predictions beside {findings.reference_rows:,} validation"
        " tweets",
        "",
        *align([_HEADER, *(table_row(each) for each in findings.comparisons)]),
        "",
        tell_feedback(findings.feedback),
        *caveats(findings),
        "",
        tell_verdict(findings),
    ]
    return "\n".join(lines)


def align(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows of a table with their columns below each other, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    last = len(widths) - 1
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if at in {0, last} else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return lines


def table_row(comparison: Comparison) -> tuple[str, ...]:
    """Return name, reference, now, index, chance level and standing."""
    stability = comparison.stability
    index, chance = (stability.index, stability.chance_level) if stability else (None, None)
    return (
        comparison.name,
        value(comparison.name, comparison.before),
        value(comparison.name, comparison.now),
        ABSENT if index is None else f"{index:.3f}",
        ABSENT if chance is None else f"{chance:.3f}",
        comparison.standing or ABSENT,
    )


def value(name: str, number: float | None) -> str:
    """Return the mean of a measure in its unit."""
    if number is None:
        return ABSENT
    if name == LENGTH:
        return f"{number:.1f}"
    return f"{number:.3f}" if name in {PROBABILITY, CONFIDENCE} else f"{number:.1%}"


def tell_feedback(feedback: NegativeFeedback) -> str:
    """Return the rate of negative feedback in a sentence."""
    rate = feedback.rate
    if rate is None:
        return "Negative feedback: none of either kind was given."
    judged = feedback.standing or f"too few to judge, {LEAST_FEEDBACKS} are needed"
    return (
        f"Negative feedback: {feedback.negative:,} of {feedback.total:,}, {rate.value:.1%} (95%"
        f" interval {rate.low:.1%} to {rate.high:.1%}), at most {feedback.limit:.1%} is good:"
        f" {judged}."
    )


def caveats(findings: Findings) -> list[str]:
    """Return what a reader must know of the events beside the figures."""
    lines = []
    if not findings.is_enough:
        lines.append(
            f"Too few predictions to tell drift from chance: {findings.predictions:,},"
            f" {findings.limits.least_events:,} are needed. Choose a longer period."
        )
    if findings.others:
        lines.append(tell_others(findings.others))
    if findings.malformed:
        lines.append(tell_malformed(findings.malformed))
    return lines


def tell_malformed(count: int) -> str:
    """Return how many events could not be read."""
    return f"Malformed events, passed over: {count:,}."


def tell_others(others: Mapping[str, int]) -> str:
    """Return how many events come from which other versions."""
    frequent = sorted(others.items(), key=lambda each: -each[1])[:_SHOWN_VERSIONS]
    shown = [f"{version} ({count:,})" for version, count in frequent]
    more = len(others) - len(shown)
    rest = f" and {more} more" if more else ""
    return (
        f"Events of other versions, not compared: {sum(others.values()):,}, of"
        f" {', '.join(shown)}{rest}."
    )


def tell_verdict(findings: Findings) -> str:
    """Return what follows, in a sentence or two."""
    if findings.drifted:
        verdict = f"Drift: {', '.join(findings.drifted)}."
    elif findings.is_enough:
        verdict = "No drift."
    else:
        verdict = "Undecided."
    return f"{verdict} Moving: {', '.join(findings.moving)}." if findings.moving else verdict


def tell_chance() -> str:
    """Return what the chance level is."""
    return f"what the PSI stays below {1 - CHANCE:.1%} of the time where nothing moved"
