"""Whether the alert on negative feedback comes when it must, and only then.

``python -m benchmarks.alerts`` lets the app answer random feedback, which its exporter sends to a
stand-in for the service; the rule's query runs over what arrived, at the moments and with the
delays of Azure. The tests do the same with a tenth of it.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import azure.functions as func
import msgspec

from benchmarks.alert_scenarios import SECONDS_APART, Scenario, Verdict, scenarios
from benchmarks.record import record
from operations.alerts.engine import Engine
from operations.alerts.rows import EventRow, row_of_envelope
from operations.alerts.rules import Rule, read_rules
from operations.alerts.scheduler import evaluate
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
from tests.support.ingestion import ingestion

COUNT = 1000
RULE = "negative-feedback-burst"
DELAYS = ((20.0, 180.0), (120.0, 300.0))
"""Seconds until a row is seen, least and most: on usual days, and on slow ones."""

_BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
_TWICE = 0.1
_AT_ONCE = 50
_PATIENCE = 120.0
_KEY = b"k" * 32
_LOST = "The answer of the store is lost."


class _Memory:
    """Keeps verdicts: a disk would wait for itself thousands of times."""

    failing = False
    """Whether it fails once it has written."""

    def __init__(self) -> None:
        self._rows: dict[str, StoredFeedback] = {}

    def record(self, feedback: Feedback) -> Recorded:
        revision = revise(self._rows.get(feedback.feedback_id), feedback)
        self._rows[feedback.feedback_id] = revision.row
        if self.failing:
            raise StoreUnavailableError(_LOST)
        return revision.recorded

    def retract(self, feedback: Feedback) -> bool:
        return self._rows.pop(feedback.feedback_id, None) is not None


Emitted = list[list[tuple[str, EventRow]]]


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="bursts, and near misses")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--emit", metavar="CONNECTION", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.emit is not None:
        _answer_all(msgspec.json.decode(sys.stdin.buffer.read(), type=list[Scenario]), options.emit)
        return
    figures = prove(options.count, options.seed)
    record("alerts", figures)
    if figures["missed"] or figures["false_alarms"]:
        raise SystemExit("The alert missed a burst, or came without one.")


def prove(count: int, seed: int) -> dict[str, Any]:
    """Return what the rule makes of so many bursts and so many near misses; see ``judge``."""
    planned = plan(count, seed)
    found = emitted(planned)
    figures = judge(planned, found, *burst_rule(), seed)
    return {**figures, "events": sum(map(len, found)), "delays_seconds": DELAYS}


def burst_rule() -> tuple[Rule, str]:
    """Return the rule on bursts, and its query."""
    return next(each for each in read_rules() if each[0].name == RULE)


def judge(
    planned: Sequence[Scenario],
    found: Emitted,
    rule: Rule,
    query: str,
    seed: int,
) -> dict[str, Any]:
    """Return what a rule makes of scenarios and the rows that ``emitted`` returned for them.

    Returns:
        Counts of scenarios, ``detected`` with its interval, ``missed`` and ``false_alarms`` by
        kind.
    """
    from operations.statistics import wilson  # the process that emits needs no SciPy

    engine, chance = Engine(), random.Random(seed)
    wrong = Counter(
        (scenario.burst, scenario.kind)
        for scenario, rows in zip(planned, found, strict=True)
        if _fires(engine, rule, query, delivered(scenario, rows, chance)) != scenario.burst
    )
    missed = {kind: number for (burst, kind), number in wrong.items() if burst}
    bursts = sum(scenario.burst for scenario in planned)
    detected = wilson(bursts - sum(missed.values()), bursts)
    return {
        "bursts": bursts,
        "near_misses": len(planned) - bursts,
        "kinds": sorted({scenario.kind for scenario in planned}),
        "detected": asdict(detected) if detected else None,
        "missed": missed,
        "false_alarms": {kind: number for (burst, kind), number in wrong.items() if not burst},
    }


def plan(count: int, seed: int) -> list[Scenario]:
    """Return so many bursts and so many near misses, mixed; the same for the same seed."""
    made = scenarios(count, bursts=True, seed=seed)
    made += scenarios(count, bursts=False, seed=seed + 1)
    random.Random(seed).shuffle(made)
    return made


def emitted(planned: Sequence[Scenario]) -> Emitted:
    """Let the app answer what is planned; return each scenario's rows, and whose each is."""
    with ingestion() as service:
        command = [sys.executable, "-m", "benchmarks.alerts", "--emit", service.connection]
        plans = msgspec.json.encode(planned)
        child = subprocess.run(command, input=plans, stdout=subprocess.PIPE, check=True)
        envelopes = [*service.events("feedback"), *service.events("not_ready")]
    people: dict[str, str] = json.loads(child.stdout)
    found: Emitted = [[] for _ in planned]
    for row in map(row_of_envelope, envelopes):
        number = int((row.time - _BEGIN).total_seconds()) // SECONDS_APART
        found[number].append((people.get(row.properties.get("feedback_id", ""), ""), row))
    return found


def delivered(
    scenario: Scenario, rows: Sequence[tuple[str, EventRow]], chance: random.Random
) -> list[EventRow]:
    """Return a scenario's rows in the order of their times, as they arrive: late, some twice."""
    least, most = chance.choice(DELAYS)

    def late(row: EventRow) -> EventRow:
        return replace(row, arrived=row.time + timedelta(seconds=chance.uniform(least, most)))

    arrived = [(who, late(row)) for who, row in rows for _ in range(1 + (chance.random() < _TWICE))]
    for waiting, awaited in scenario.waits_for.items():
        last = max(row.arrived for who, row in arrived if who == awaited)
        arrived = [
            (who, replace(row, arrived=max(row.arrived, last)) if who == waiting else row)
            for who, row in arrived
        ]
    return sorted((row for _, row in arrived), key=lambda row: row.time)


def _fires(engine: Engine, rule: Rule, query: str, rows: Sequence[EventRow]) -> bool:
    until = rows[-1].time + rule.window
    return any(evaluate(engine, rule, query, rows, until))


def _answer_all(planned: Sequence[Scenario], connection: str) -> None:
    """Let the app answer everything at its time; print whose each feedback id is, as JSON."""
    now = _BEGIN.timestamp()
    people: dict[str, str] = {}

    def clock() -> float:
        return now

    # What is planned to be lost is no news.
    logging.getLogger("sentiment").addFilter(lambda record: _LOST not in record.getMessage())
    with tempfile.TemporaryDirectory() as folder:
        sink = TelemetrySink(lambda: Pipeline(Connection(connection), Path(folder)), 0, clock=clock)
        receipts = ReceiptSigner((_KEY,), clock)
        readiness = Readiness(ServedModel(BundleError("no model")), None, sink)
        predict = PredictEndpoint(readiness, receipts, None, sink, ColdStartTimer()).post
        for number, scenario in enumerate(planned):
            store = _Memory()
            feedback = FeedbackEndpoint(receipts, store, None, sink, clock).post
            for at, act in _acts(predict, feedback, store, receipts, scenario, people):
                now = _BEGIN.timestamp() + number * SECONDS_APART + at
                act()
            done = number + 1
            if (done % _AT_ONCE == 0 or done == len(planned)) and not sink.flush(_PATIENCE):
                raise SystemExit("The events are not taken.")
    print(json.dumps(people))


def _acts(
    predict: Handler,
    feedback: Handler,
    store: _Memory,
    receipts: ReceiptSigner,
    scenario: Scenario,
    people: dict[str, str],
) -> list[tuple[float, Callable[[], None]]]:
    """Return what callers do when; ``people`` learns whose each feedback id is."""
    tokens: dict[str, str] = {}

    def send(verdict: Verdict) -> None:
        if verdict.who not in tokens:
            tokens[verdict.who] = _issue(receipts, verdict.who)
        content = {"prediction_id": tokens[verdict.who], "verdict": verdict.verdict}
        store.failing = verdict.lost
        told = json.loads(_post("feedback", content, feedback))
        if not verdict.lost:
            people[told["feedback_id"]] = verdict.who

    def ask() -> None:
        _post("predict", {"text": "good"}, predict)

    acts = [(each.at, partial(send, each)) for each in scenario.verdicts]
    return sorted([*acts, *((at, ask) for at in scenario.asked)], key=lambda act: act[0])


def _issue(receipts: ReceiptSigner, who: str) -> str:
    return receipts.sign(receipts.issue(who, positive=True, probability=0.9, model_version="v"))


def _post(route: str, content: object, handler: Handler) -> bytes:
    headers = {"content-type": "application/json"}
    body = json.dumps(content).encode()
    request = func.HttpRequest("POST", f"/api/{route}", headers=headers, body=body)
    told: bytes = respond(request, {"POST": handler}).get_body()
    return told


if __name__ == "__main__":
    main()
