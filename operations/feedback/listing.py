"""Feedback as lines to read."""

from __future__ import annotations

from collections.abc import Sequence

from operations.terminal import align
from sentiment.feedback import StoredFeedback

_HEAD = ("id", "day", "verdict", "predicted", "becomes", "review", "model", "text")


def list_lines(rows: Sequence[StoredFeedback]) -> list[str]:
    """Return a line a row under a line of headings, in columns."""
    return align([_HEAD, *map(_cells, rows)])


def _cells(row: StoredFeedback) -> tuple[str, ...]:
    feedback = row.feedback
    return (
        feedback.feedback_id,
        feedback.day,
        feedback.verdict,
        feedback.label,
        feedback.resulting_label,
        row.review.value,
        feedback.model_version,
        feedback.text or "",
    )
