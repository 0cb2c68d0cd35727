"""A window of records in, rows with the model's answers out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from sentiment.bulk.errors import BulkError
from sentiment.bulk.records import Record, Source
from sentiment.classifier import Classifier, Prediction
from sentiment.language import is_probably_english
from sentiment.schemas import MAX_CHARACTERS
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
            text = self._source.plain(record.values.get(self._text_column))
            problem = record.problem or _problem(text, self._text_column)
            if problem:
                rejected.append(Rejected(record.line, problem))
            else:
                kept.append(record)
                texts.append(text)
        predictions = self._classifier.predict_batch(texts)
        rows = [
            {**record.values, **self._answer(text, prediction)}
            for record, text, prediction in zip(kept, texts, predictions, strict=True)
        ]
        return Scored(rows, rejected)

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
        BulkError: There is none; the message does not quote the columns, which in a file without
            a header are somebody's tweet.
    """
    by_name = {name.lower(): name for name in reversed(columns)}
    for name in (asked,) if asked is not None else usual:
        if name in columns:
            return name
        if name.lower() in by_name:
            return by_name[name.lower()]
    wanted = f"“{asked}”" if asked is not None else " or ".join(usual)
    raise BulkError(
        f"None of the {len(columns)} columns in the first line is named {wanted}. Name another"
        f" with {option}; where columns are not separated by commas, tell --delimiter."
    )


def check_added(columns: Sequence[str], prefix: str) -> None:
    """Raise BulkError if the input already has one of the columns that are added."""
    taken = [name for name in added_columns(prefix) if name in columns]
    if taken:
        raise BulkError(
            f"The input has a column {taken[0]} already. Choose what the added columns begin"
            " with, such as --prefix model_"
        )


def _problem(text: object, column: str) -> str:
    if not isinstance(text, str):
        return f"There is no text in {column}."
    if len(text) > MAX_CHARACTERS:
        return f"The text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read."
    if is_blank(text):
        return "The text is blank."
    return ""
