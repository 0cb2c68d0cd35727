"""The events of a period, and what they say of one version of the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from operations.period import Period
from sentiment.feedback import RETRACTED
from sentiment.telemetry.events import FeedbackEvent, PredictionEvent, Verdict

PREDICTION, FEEDBACK = "prediction", "feedback"


class _Timed(msgspec.Struct):
    time: Annotated[datetime, Meta(tz=True)]
    name: str


class NoEventsError(ValueError):
    """There are no events to look at; the message says where they were looked for."""


@dataclass
class Observed:
    """What one version of the model said in a period, and what was said of it.

    Attributes:
        predictions: Its answers.
        verdicts: For each feedback when its latest verdict came, and which that is.
        others: How many events of the period come from other versions, by version.
        malformed: How many rows could not be read, whenever they were written.
    """

    predictions: list[PredictionEvent] = field(default_factory=list)
    verdicts: dict[str, tuple[datetime, Verdict]] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    malformed: int = 0

    @property
    def negative_feedbacks(self) -> int:
        """How many distinct feedbacks have "incorrect" as their latest verdict."""
        return sum(verdict == "incorrect" for _, verdict in self.verdicts.values())

    @property
    def feedbacks(self) -> int:
        """How many distinct feedbacks there are whose latest verdict was not a retraction."""
        return sum(verdict != RETRACTED for _, verdict in self.verdicts.values())


def observe(rows: Iterable[object], period: Period, version: str) -> Observed:
    """Return what the events of a period say of one version of the model.

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
            timed = msgspec.convert(row, _Timed, strict=False)
            if timed.name in {PREDICTION, FEEDBACK} and timed.time in period:
                _add(observed, row, timed, version)
        except msgspec.ValidationError:
            observed.malformed += 1
    return observed


def read_lines(folder: Path, period: Period) -> Iterator[object]:
    """Yield the events of a folder of JSON lines, one file a UTC day; None for what is no JSON.

    Files of days outside the period are not opened.

    Raises:
        NoEventsError: There is no such folder.
        OSError: A file cannot be read.
    """
    if not folder.is_dir():
        raise NoEventsError(f"There is no folder {folder} with events; give --events another.")
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


def _add(observed: Observed, row: object, timed: _Timed, version: str) -> None:
    event: PredictionEvent | FeedbackEvent
    if timed.name == PREDICTION:
        event = msgspec.convert(row, PredictionEvent, strict=False)
    else:
        event = msgspec.convert(row, FeedbackEvent, strict=False)
    if event.model_version != version:
        observed.others[event.model_version] += 1
    elif isinstance(event, PredictionEvent):
        observed.predictions.append(event)
    else:
        known = observed.verdicts.get(event.feedback_id)
        if known is None or timed.time >= known[0]:
            observed.verdicts[event.feedback_id] = (timed.time, event.verdict)


def _may_hold(stem: str, period: Period) -> bool:
    try:
        day = date.fromisoformat(stem)
    except ValueError:
        return True
    return period.since.date() <= day <= period.until.date()
