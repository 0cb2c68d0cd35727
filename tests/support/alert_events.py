"""Scenarios of feedback answered by the app; its events as a rule's query sees them."""

from __future__ import annotations

import json
import logging
import random
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import azure.functions as func

from operations.alerts.engine import Engine, EventRow
from operations.alerts.replay import evaluate
from operations.alerts.rules import Rule
from sentiment.api.feedback import FeedbackEndpoint
from sentiment.api.health import Readiness
from sentiment.api.http import Handler, respond
from sentiment.api.predict import PredictEndpoint
from sentiment.api.receipts import ReceiptSigner
from sentiment.feedback import Feedback, Recorded, StoredFeedback, StoreUnavailableError
from sentiment.feedback.revision import revise
from sentiment.model.bundle import BundleError
from sentiment.model.served import ServedModel
from sentiment.telemetry.cold_start import ColdStartTimer
from sentiment.telemetry.connection import Connection
from sentiment.telemetry.pipeline import Pipeline
from sentiment.telemetry.sink import TelemetrySink
from tests.support.alert_scenarios import Scenario, Verdict
from tests.support.ingestion import ingestion

DELAYS = ((20.0, 180.0), (120.0, 300.0))
"""Seconds until a row is seen, least and most: on usual days, and on slow ones."""

_BEGIN = datetime(2026, 3, 1, tzinfo=UTC).timestamp()
_APART = 7200
"""Seconds between two scenarios, so that no evaluation sees both."""

_TWICE = 0.1
_AT_ONCE = 50
_PATIENCE = 120.0
_LOST = "The response of the store is lost."


@dataclass(frozen=True)
class Answered:
    """A scenario, the rows of its events, and whose each feedback id is."""

    scenario: Scenario
    rows: list[EventRow]
    people: dict[str, str]

    def delivered(self, chance: random.Random) -> list[EventRow]:
        """Return the rows in the order of their times, as they arrive: late, some twice."""
        least, most = chance.choice(DELAYS)
        arrived = [
            replace(row, arrived=row.time + timedelta(seconds=chance.uniform(least, most)))
            for row in self.rows
            for _ in range(1 + (chance.random() < _TWICE))
        ]
        for each in self.scenario.verdicts:
            if each.waits_for is not None:
                last = max(row.arrived for row in arrived if self._who(row) == each.waits_for)
                arrived = [
                    replace(row, arrived=max(row.arrived, last))
                    if self._who(row) == each.who
                    else row
                    for row in arrived
                ]
        return sorted(arrived, key=lambda row: row.time)

    def _who(self, row: EventRow) -> str | None:
        return self.people.get(row.properties.get("feedback_id", ""))


def misjudged(
    answered: Sequence[Answered], rule: Rule, query: str, seed: int
) -> list[tuple[bool, str]]:
    """Return the bursts (True) that a rule misses, and the near misses at which it fires."""
    engine, chance = Engine(), random.Random(seed)
    return [
        (each.scenario.burst, each.scenario.kind)
        for each in answered
        if fires(engine, rule, query, each.delivered(chance)) != each.scenario.burst
    ]


def fires(engine: Engine, rule: Rule, query: str, rows: Sequence[EventRow]) -> bool:
    """Return whether a rule fires until all rows are out of its window."""
    return any(evaluate(engine, rule, query, rows, rows[-1].time + rule.window))


def answer(planned: Sequence[Scenario]) -> list[Answered]:
    """Let the app answer scenarios; its exporter sends the events to a stand-in for Azure."""
    # In a process of its own: OpenTelemetry's providers cannot be replaced.
    with ingestion() as service, ProcessPoolExecutor(1, get_context("spawn")) as process:
        people = process.submit(_play, planned, service.connection).result()
        envelopes = [*service.events("feedback"), *service.events("not_ready")]
    found: list[list[EventRow]] = [[] for _ in planned]
    for row in map(_as_row, envelopes):
        found[int(row.time.timestamp() - _BEGIN) // _APART].append(row)
    return [Answered(*each) for each in zip(planned, found, people, strict=True)]


def _as_row(envelope: Mapping[str, Any]) -> EventRow:
    data, time = envelope["data"]["baseData"], datetime.fromisoformat(envelope["time"])
    operation = envelope["tags"].get("ai.operation.id", "")
    return EventRow(time, data["name"], data["properties"], operation, arrived=time)


def _play(planned: Sequence[Scenario], connection: str) -> list[dict[str, str]]:
    logging.getLogger("sentiment").addFilter(lambda record: _LOST not in record.getMessage())
    people = []
    with tempfile.TemporaryDirectory() as folder:
        clock = _Clock()
        sink = TelemetrySink(lambda: Pipeline(Connection(connection), Path(folder)), 0, clock=clock)
        for number, scenario in enumerate(planned):
            clock.origin = _BEGIN + number * _APART
            people.append(_Callers(sink, clock).play(scenario))
            if number % _AT_ONCE == _AT_ONCE - 1:
                assert sink.flush(_PATIENCE)
        assert sink.flush(_PATIENCE)
    return people


@dataclass
class _Clock:
    origin: float = _BEGIN
    at: float = 0.0

    def __call__(self) -> float:
        return self.origin + self.at


class _Memory:
    """Keeps verdicts: a disk would wait for itself thousands of times."""

    def __init__(self) -> None:
        self.failing = False
        self._rows: dict[str, StoredFeedback] = {}

    def record(self, feedback: Feedback) -> Recorded:
        revision = revise(self._rows.get(feedback.feedback_id), feedback)
        self._rows[feedback.feedback_id] = revision.row
        if self.failing:
            raise StoreUnavailableError(_LOST)
        return revision.recorded

    def retract(self, feedback: Feedback) -> bool:
        return self._rows.pop(feedback.feedback_id, None) is not None


class _Callers:
    """Those who call an app without a model in one scenario."""

    def __init__(self, sink: TelemetrySink, clock: _Clock) -> None:
        self._clock, self._store = clock, _Memory()
        self._signer = ReceiptSigner((b"k" * 32,), clock)
        readiness = Readiness(ServedModel(BundleError("no model")), None, sink)
        self._predict = PredictEndpoint(readiness, self._signer, None, sink, ColdStartTimer()).post
        self._feedback = FeedbackEndpoint(self._signer, self._store, None, sink, clock).post
        self._tokens: dict[str, str] = {}

    def play(self, scenario: Scenario) -> dict[str, str]:
        """Send all in the order of its times; return whose each feedback id is."""
        people = {}
        for each in sorted([*scenario.verdicts, *scenario.asked], key=_moment):
            self._clock.at = _moment(each)
            if isinstance(each, Verdict):
                people[self._send(each)] = each.who
            else:
                _post(self._predict, {"text": "good"})
        return people

    def _send(self, verdict: Verdict) -> str:
        if verdict.who not in self._tokens:
            receipt = self._signer.issue(
                verdict.who, positive=True, probability=0.9, model_version="v"
            )
            self._tokens[verdict.who] = self._signer.sign(receipt)
        token = self._tokens[verdict.who]
        self._store.failing = verdict.lost
        _post(self._feedback, {"prediction_id": token, "verdict": verdict.verdict})
        return self._signer.verify(token).feedback_id


def _moment(each: Verdict | float) -> float:
    return each.at if isinstance(each, Verdict) else each


def _post(handler: Handler, content: object) -> None:
    headers = {"content-type": "application/json"}
    body = json.dumps(content).encode()
    request = func.HttpRequest("POST", "/api", headers=headers, body=body)
    respond(request, {"POST": handler})
