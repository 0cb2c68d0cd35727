"""A window of records in, rows with the model's answers out."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from operations.scoring.lines import ScoringError
from operations.scoring.records import Record, Source
from operations.terminal import counted
from sentiment.api.schemas import MAX_CHARACTERS
from sentiment.model.classifier import Classifier, Prediction
from sentiment.model.language import is_probably_english
from sentiment.text import is_blank

TEXT_COLUMNS = ("text", "tweet", "content")
ANSWERS: Mapping[str, type] = MappingProxyType(
    {
        "label": str,
        "probability": float,
        "confidence": float,
        "certain": bool,
        "truncated": bool,
        "english": bool,
        "model_version": str,
    }
)
"""What is added to each row, under the names that the API uses, and its types."""

_REMEDY = "Choose what the added columns begin with, such as --prefix model_"


class Rejected(NamedTuple):
    """A record that was not scored: the number of its line, and why."""

    line: int
    reason: str


class Scored(NamedTuple):
    """A window: its rows with the answers, and the records that were not scored."""

    rows: list[dict[str, Any]]
    rejected: list[Rejected]


class Scorer:
    """Scores windows.

    Args:
        classifier: What answers.
        source: Where the records come from.
        text_column: Which column holds the tweet.
        prefix: What the names of the added columns begin with.
    """

    def __init__(
        self, classifier: Classifier, source: Source, text_column: str, prefix: str = ""
    ) -> None:
        self._classifier = classifier
        self._source = source
        self._text_column = text_column
        self._names = added_columns(prefix)
        self._version = classifier.manifest.version

    def score(self, window: Sequence[Record]) -> Scored:
        """Return the rows of a window, in order; the classifier sorts them by length itself."""
        kept: list[Record] = []
        texts: list[str] = []
        rejected: list[Rejected] = []
        for record in window:
            try:
                texts.append(self._text(record))
            except _UnscoredError as error:
                rejected.append(Rejected(record.line, str(error)))
            else:
                kept.append(record)
        predictions = self._classifier.predict_batch(texts)
        rows = [
            {**self._source.kept(record.values), **self._answer(text, prediction)}
            for record, text, prediction in zip(kept, texts, predictions, strict=True)
        ]
        return Scored(rows, rejected)

    def _text(self, record: Record) -> str:
        column = self._text_column
        if record.problem:
            raise _UnscoredError(record.problem)
        if column not in record.values:
            raise _UnscoredError(f"There is no field {column}.")
        text = self._source.text(record.values[column])
        if text is None:
            raise _UnscoredError(f"What the field {column} holds is not text.")
        _check_text(text)
        taken = _first_taken(self._names, record.values)
        if taken is not None:
            raise _UnscoredError(f"The row has a field {taken} already. {_REMEDY}")
        return text

    def _answer(self, text: str, prediction: Prediction) -> dict[str, Any]:
        values = (
            prediction.label,
            round(prediction.probability, 6),
            round(prediction.confidence, 6),
            prediction.certain,
            prediction.truncated,
            is_probably_english(text),
            self._version,
        )
        return dict(zip(self._names, values, strict=True))


def added_columns(prefix: str) -> dict[str, type]:
    """Return the names of the columns that are added, and their types."""
    return {f"{prefix}{name}": type_ for name, type_ in ANSWERS.items()}


def find_column(
    columns: Sequence[str], asked: str | None, usual: Sequence[str], option: str
) -> str:
    """Return the column of a name, or the first that has a usual one, whatever its case.

    Raises:
        ScoringError: There is none; the message does not quote the columns, which in a file without
            a header are somebody's tweet.
    """
    by_name = {name.lower(): name for name in reversed(columns)}
    for name in (asked,) if asked is not None else usual:
        if name in columns:
            return name
        if name.lower() in by_name:
            return by_name[name.lower()]
    wanted = f"“{asked}”" if asked is not None else " or ".join(usual)
    raise ScoringError(
        f"No column in the first line ({counted(len(columns), 'column')}) is named {wanted}. Name"
        f" another with {option}; where columns are not separated by commas, give --delimiter."
    )


def check_added(columns: Sequence[str], prefix: str) -> None:
    """Raise ScoringError if the input already has one of the columns that are added."""
    taken = _first_taken(added_columns(prefix), columns)
    if taken is not None:
        raise ScoringError(f"The input has a column {taken} already. {_REMEDY}")


class _UnscoredError(Exception):
    """A record is not scored; the message says why."""


def _first_taken(added: Iterable[str], columns: Container[str]) -> str | None:
    return next((name for name in added if name in columns), None)


def _check_text(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise _UnscoredError(
            f"The text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read."
        )
    if is_blank(text):
        raise _UnscoredError("The text is blank.")
