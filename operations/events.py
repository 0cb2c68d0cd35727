"""The events of a period, from a folder or a workspace, and what they say of a model's version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from operations.period import Period
from sentiment.feedback import RETRACTED
from sentiment.telemetry.events import FeedbackEvent, PredictionEvent, Verdict

# An event that was delivered twice has the same time and properties both times.
QUERY = """AppEvents
| where Name in ("prediction", "feedback")
| project TimeGenerated, Name, Properties = tostring(Properties)
| distinct TimeGenerated, Name, Properties"""


class Timed(msgspec.Struct):
    """When an event of any name was written."""

    time: Annotated[datetime, Meta(tz=True)]
    name: str


class WorkspaceError(OSError):
    """A workspace cannot be read; the message says why and what to do."""


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
            timed = msgspec.convert(row, Timed, strict=False)
            if timed.name in {"prediction", "feedback"} and timed.time in period:
                event = msgspec.convert(row, PredictionEvent | FeedbackEvent, strict=False)
                _add(observed, event, timed.time, version)
        except msgspec.ValidationError:
            observed.malformed += 1
    return observed


def read_lines(folder: Path, period: Period) -> Iterator[object]:
    """Yield the events of a folder of JSON lines, one file a UTC day; None for what is no JSON.

    Files of earlier days are not opened.

    Raises:
        ValueError: There is no such folder.
        OSError: A file cannot be read.
    """
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder} with events; give --events another.")
    for path in sorted(folder.glob("*.jsonl")):
        if path.stem >= f"{period.since:%Y-%m-%d}":
            with path.open("rb") as file:
                yield from (_parse(line) for line in file if line.strip())


def make_client() -> Any:
    """Return a client of Log Analytics that signs in as the environment allows: the Azure CLI,
    a managed identity, or the variables of a service principal.
    """
    from azure.identity import DefaultAzureCredential
    from azure.monitor.query import LogsQueryClient

    return LogsQueryClient(DefaultAzureCredential())


def read_workspace(client: Any, workspace: str, period: Period) -> Iterator[object]:
    """Yield the events of a period as JSON objects; None for one that is malformed.

    Args:
        client: A ``LogsQueryClient``.
        workspace: The workspace's id, a GUID that its overview in the portal shows.
        period: Only events within are asked for.

    Raises:
        WorkspaceError: The service cannot be reached, refuses, or returns a part only.
    """
    from azure.core.exceptions import AzureError

    try:
        answer = client.query_workspace(workspace, QUERY, timespan=(period.since, period.until))
    except AzureError as error:
        reason = str(error).strip().partition("\n")[0]
        raise WorkspaceError(
            f"The workspace {workspace} cannot be read: {reason} Sign in with `az login`, and"
            " check the id and that you are a Log Analytics Reader there."
        ) from error
    if getattr(answer, "partial_error", None) is not None:
        raise WorkspaceError(
            f"The workspace {workspace} returned only a part of the events; choose a shorter"
            " period."
        )
    for row in (row for table in answer.tables for row in table.rows):
        event = _parse(row["Properties"] or "")
        named = {"time": row["TimeGenerated"], "name": row["Name"]}
        yield {**event, **named} if isinstance(event, dict) else None


def _parse(content: bytes | str) -> object:
    """Return what JSON says, or None, which is no event, where it is none."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _add(
    observed: Observed, event: PredictionEvent | FeedbackEvent, time: datetime, version: str
) -> None:
    if event.model_version != version:
        observed.others[event.model_version] += 1
    elif isinstance(event, PredictionEvent):
        observed.predictions.append(event)
    else:
        known = observed.verdicts.get(event.feedback_id)
        if known is None or time >= known[0]:
            observed.verdicts[event.feedback_id] = (time, event.verdict)
