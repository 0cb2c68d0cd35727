"""Feedback as lines to read."""

from __future__ import annotations

from collections.abc import Sequence

from sentiment.feedback import StoredFeedback

_HEAD = ("id", "day", "verdict", "predicted", "becomes", "review", "model", "text")


def list_lines(rows: Sequence[StoredFeedback]) -> list[str]:
    """Return a line a row under a line of headings, in columns."""
    table = [_HEAD, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in table
    ]


def _cells(row: StoredFeedback) -> tuple[str, ...]:
    feedback = row.feedback
    cells = (
        feedback.feedback_id,
        feedback.day,
        feedback.verdict,
        feedback.label,
        feedback.resulting_label,
        row.review.value,
        feedback.model_version,
        feedback.text or "",
    )
    return tuple(map(_printable, cells))


def _printable(cell: str) -> str:
    # Nothing that was stored shall steer a terminal.
    return "".join(character if character.isprintable() else " " for character in cell)
