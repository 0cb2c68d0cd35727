"""What a model was seen to say in a period, from its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from operations.drift.period import Period
from sentiment.api.schemas import Verdict
from sentiment.feedback import RETRACTED
from sentiment.model.bundle import Label

PREDICTION, FEEDBACK = "prediction", "feedback"

_LONGEST = 1_000_000

_Moment = Annotated[datetime, Meta(tz=True)]
_Share = Annotated[float, Meta(ge=0, le=1)]
_Version = Annotated[str, Meta(pattern=r"^[\w.-]{1,64}\Z")]


class _Event(msgspec.Struct):
    time: _Moment
    name: str


class _Prediction(msgspec.Struct):
    label: Label
    probability: _Share
    confidence: _Share
    length: Annotated[int, Meta(ge=0, le=_LONGEST)]
    unknown_rate: _Share
    model_version: _Version


class _Feedback(msgspec.Struct):
    feedback_id: str
    verdict: Verdict
    model_version: _Version


@dataclass
class Observed:
    """What one version of the model said in a period, and what was said of it.

    Attributes:
        positive: How many predictions had the label "positive".
        probability: Of "positive", one a prediction.
        confidence: That of the label, one a prediction.
        length: In code points, one a prediction.
        unknown_rate: The share of tokens that the model does not know, one a prediction.
        verdicts: For each feedback when its latest verdict came, and which that is.
        others: How many events of the period come from other versions, by version.
        malformed: How many rows could not be read, whenever they were written.
    """

    positive: int = 0
    probability: list[float] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)
    length: list[float] = field(default_factory=list)
    unknown_rate: list[float] = field(default_factory=list)
    verdicts: dict[str, tuple[datetime, Verdict]] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    malformed: int = 0

    @property
    def predictions(self) -> int:
        """How many there are."""
        return len(self.length)

    @property
    def negative_feedbacks(self) -> int:
        """How many distinct feedbacks have "incorrect" as their latest verdict."""
        return sum(verdict == "incorrect" for _, verdict in self.verdicts.values())

    @property
    def feedbacks(self) -> int:
        """How many distinct feedbacks there are whose latest verdict was not a retraction."""
        return sum(verdict != RETRACTED for _, verdict in self.verdicts.values())


def observe(rows: Iterable[object], period: Period, version: str) -> Observed:
    """Return what the events of a period tell of one version of the model.

    Args:
        rows: Events as JSON objects, in any order; numbers may be strings, as Application
            Insights makes them. What is no event counts as malformed; events of other names are
            passed over.
        period: Events outside are passed over.
        version: Of the model.
    """
    observed = Observed()
    for row in rows:
        try:
            _add(observed, row, period, version)
        except msgspec.ValidationError:
            observed.malformed += 1
    return observed


def read_lines(folder: Path, period: Period) -> Iterator[object]:
    """Yield the events of a folder of JSON lines, one file a UTC day; None for what is no JSON.

    Files of days outside the period are not opened.

    Raises:
        OSError: A file cannot be read.
    """
    for path in sorted(folder.glob("*.jsonl")):
        if not _may_hold(path.stem, period):
            continue
        with path.open("rb") as file:
            yield from (parse(line) for line in file if line.strip())


def parse(content: bytes | str) -> object:
    """Return what JSON says, or None, which is no event, where it is none."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _add(observed: Observed, row: object, period: Period, version: str) -> None:
    event = msgspec.convert(row, _Event, strict=False)
    if event.name not in {PREDICTION, FEEDBACK} or event.time not in period:
        return
    if event.name == PREDICTION:
        prediction = msgspec.convert(row, _Prediction, strict=False)
        if prediction.model_version == version:
            _add_prediction(observed, prediction)
        else:
            observed.others[prediction.model_version] += 1
        return
    feedback = msgspec.convert(row, _Feedback, strict=False)
    if feedback.model_version == version:
        _add_feedback(observed, feedback, event.time)
    else:
        observed.others[feedback.model_version] += 1


def _add_prediction(observed: Observed, prediction: _Prediction) -> None:
    observed.positive += prediction.label == "positive"
    observed.probability.append(prediction.probability)
    observed.confidence.append(prediction.confidence)
    observed.length.append(prediction.length)
    observed.unknown_rate.append(prediction.unknown_rate)


def _add_feedback(observed: Observed, feedback: _Feedback, time: datetime) -> None:
    known = observed.verdicts.get(feedback.feedback_id)
    if known is None or time >= known[0]:
        observed.verdicts[feedback.feedback_id] = (time, feedback.verdict)


def _may_hold(stem: str, period: Period) -> bool:
    try:
        day = date.fromisoformat(stem)
    except ValueError:
        return True
    return period.since.date() <= day <= period.until.date()
