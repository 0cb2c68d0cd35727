"""Rows as plain values by name, which are believed only after they were checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from sentiment.feedback import VERDICTS, Feedback, Review, Skip, StoredFeedback
from sentiment.model.bundle import LABELS

COLUMNS = (
    "feedback_id",
    "predicted_at",
    "received_at",
    "model_version",
    "label",
    "probability",
    "verdict",
    "text_hash",
    "text",
    "source",
    "review",
)

Value = str | int | float | None

_LATEST = 1 << 32
"""Receipts have no later time, and what is far later is no date."""


class RowError(ValueError):
    """A row cannot be read; the message names the column and quotes nothing."""


def to_values(row: StoredFeedback) -> dict[str, Value]:
    """Return a row's values by column."""
    values = {name: getattr(row.feedback, name) for name in COLUMNS[:-1]}
    return {**values, "review": row.review.value}


def from_values(values: Mapping[str, object]) -> StoredFeedback:
    """Return the row that values describe; other names than the columns are passed over.

    Raises:
        RowError: A value is missing or is not what this app writes.
    """
    for name, is_right in _CHECKS.items():
        if not is_right(values.get(name)):
            state = "missing" if values.get(name) is None else "not what the app writes"
            raise RowError(f"{name} is {state}")
    given: dict[str, Any] = {name: values.get(name) for name in COLUMNS[:-1]}
    return StoredFeedback(Feedback(**given), Review(str(values["review"])))


def readable(values: Mapping[str, object], skip: Skip) -> StoredFeedback | None:
    """Return the row that values describe, or None after calling ``skip`` with the reason."""
    try:
        return from_values(values)
    except RowError as error:
        skip(str(error))
        return None


def is_time(value: object) -> TypeGuard[int]:
    """Return whether a value is a time that a receipt can hold."""
    return isinstance(value, int) and type(value) is not bool and 0 <= value < _LATEST


def _is_word(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _is_word_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and type(value) is not bool and math.isfinite(value)


def _is_probability(value: object) -> bool:
    return _is_number(value) and 0 <= value <= 1


_CHECKS: dict[str, Callable[[object], bool]] = {
    "feedback_id": _is_word,
    "predicted_at": is_time,
    "received_at": _is_number,
    "model_version": _is_word,
    "label": lambda value: value in LABELS,
    "probability": _is_probability,
    "verdict": lambda value: value in VERDICTS,
    "text_hash": _is_word,
    "text": _is_word_or_none,
    "source": _is_word_or_none,
    "review": lambda value: value in tuple(Review),
}
