"""Rows as plain values by name, which are believed only after they were checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeGuard

import msgspec
from msgspec import Meta

from sentiment.feedback import Feedback, Review, Skip, StoredFeedback
from sentiment.model.bundle import Label

Value = str | int | float | None

_LATEST = 1 << 32
"""Receipts have no later time, and what is far later is no date."""

_LARGEST = 1e308
_FIELD = re.compile(r"`(?:\$\.)?(\w+)`$")
_Word = Annotated[str, Meta(min_length=1)]


class _Row(msgspec.Struct, kw_only=True):
    feedback_id: _Word
    predicted_at: Annotated[int, Meta(ge=0, lt=_LATEST)]
    received_at: Annotated[float, Meta(ge=-_LARGEST, le=_LARGEST)]
    model_version: _Word
    label: Label
    probability: Annotated[float, Meta(ge=0, le=1)]
    verdict: Literal["correct", "incorrect"]
    text_hash: _Word
    text: str | None = None
    source: str | None = None
    review: Review


COLUMNS = _Row.__struct_fields__


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
    present = {name: value for name, value in values.items() if value is not None}
    try:
        checked = msgspec.structs.asdict(msgspec.convert(present, _Row))
    except msgspec.ValidationError as error:
        found = _FIELD.search(str(error))
        name = found[1] if found else "a value"
        state = "not what the app writes" if name in present else "missing"
        raise RowError(f"{name} is {state}") from None
    review = checked.pop("review")
    return StoredFeedback(Feedback(**checked), review)


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
