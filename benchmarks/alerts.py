"""Whether the alert on negative feedback comes when it must, and only then.

``python -m benchmarks.alerts`` lets the app answer random feedback, which its exporter sends to a
stand-in for the service; the rule's query runs over what arrived, at the moments and with the
delays of Azure. The tests do the same with a tenth of it.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import azure.functions as func

from benchmarks.alert_scenarios import SECONDS_APART, Scenario, scenarios
from benchmarks.record import record
from sentiment.bundle import BundleError
from sentiment.feedback import Feedback, Outcome, Recorded
from sentiment.http import answer
from sentiment.receipts import ReceiptBook
from sentiment.service import Service
from sentiment.telemetry.connection import Connection
from sentiment.telemetry.pipeline import Pipeline
from sentiment.telemetry.sink import TelemetrySink
from tests.ingestion import ingestion
from training.alerts.engine import Engine
from training.alerts.rows import EventRow, row_of_envelope
from training.alerts.rules import Rule, read_rules
from training.alerts.scheduler import evaluate

COUNT = 1000
RULE = "negative-feedback-burst"
DELAYS = ((20.0, 180.0), (120.0, 300.0))
"""Seconds until a row is seen, least and most: on usual days, and on slow ones."""

_BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
_TWICE = 0.1
_AT_ONCE = 50
_PATIENCE = 120.0
_KEY = b"k" * 32


class _Memory:
    """Keeps verdicts: a disk would wait for itself thousands of times."""

    def __init__(self) -> None:
        self._verdicts: dict[str, str] = {}

    def record(self, feedback: Feedback) -> Recorded:
        before = self._verdicts.get(feedback.feedback_id)
        self._verdicts[feedback.feedback_id] = feedback.verdict
        if before is None:
            return Recorded(Outcome.CREATED, text_stored=False)
        same = before == feedback.verdict
        return Recorded(Outcome.UNCHANGED if same else Outcome.REPLACED, text_stored=False)

    def retract(self, feedback: Feedback) -> bool:
        return self._verdicts.pop(feedback.feedback_id, None) is not None


Emitted = list[list[tuple[str, EventRow]]]


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=COUNT, help="bursts, and near misses")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--emit", metavar="CONNECTION", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.emit is not None:
        _answer_all(plan(options.count, options.seed), options.emit)
        return
    figures = prove(options.count, options.seed)
    record("alerts", figures)
    if figures["missed"] or figures["false_alarms"]:
        raise SystemExit("The alert missed a burst, or came without one.")


def prove(count: int, seed: int) -> dict[str, Any]:
    """Return what the rule makes of so many bursts and so many near misses; see ``judge``."""
    found = emitted(count, seed)
    figures = judge(plan(count, seed), found, *burst_rule(), seed)
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
    from training.compare.measure import proportion  # the process that emits needs no SciPy

    engine, chance = Engine(), random.Random(seed)
    wrong = Counter(
        (scenario.burst, scenario.kind)
        for scenario, rows in zip(planned, found, strict=True)
        if _fires(engine, rule, query, _delivered(scenario, rows, chance)) != scenario.burst
    )
    missed = {kind: number for (burst, kind), number in wrong.items() if burst}
    bursts = sum(scenario.burst for scenario in planned)
    detected = proportion(bursts - sum(missed.values()), bursts)
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


def emitted(count: int, seed: int) -> Emitted:
    """Let the app answer what is planned; return each scenario's rows, and whose each is."""
    with ingestion() as service:
        command = [sys.executable, "-m", "benchmarks.alerts", "--emit", service.connection]
        command += ["--count", str(count), "--seed", str(seed)]
        child = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        envelopes = service.events("feedback")
    people: dict[str, str] = json.loads(child.stdout)
    found: Emitted = [[] for _ in range(2 * count)]
    for row in map(row_of_envelope, envelopes):
        number = int((row.time - _BEGIN).total_seconds()) // SECONDS_APART
        found[number].append((people[row.properties["feedback_id"]], row))
    return found


def _delivered(
    scenario: Scenario, rows: Sequence[tuple[str, EventRow]], chance: random.Random
) -> list[EventRow]:
    """Return the rows as they arrive: late, some of them twice."""
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
    """Let the app answer all feedback at its time; print whose each feedback id is, as JSON."""
    now = _BEGIN.timestamp()
    people = {}
    with tempfile.TemporaryDirectory() as folder:
        sink = TelemetrySink(lambda: Pipeline(Connection(connection), Path(folder)), 0, lambda: now)
        receipts = ReceiptBook((_KEY,), lambda: now)
        service = Service(BundleError("no model"), receipts, _Memory(), sink, lambda: now)
        for number, scenario in enumerate(planned):
            began = _BEGIN.timestamp() + number * SECONDS_APART
            tokens: dict[str, str] = {}
            for verdict in scenario.verdicts:
                now = began + verdict.at
                token = tokens.setdefault(verdict.who, _issue(receipts, number, verdict.who))
                people[_send(service, token, verdict.verdict)] = verdict.who
            done = number + 1
            if (done % _AT_ONCE == 0 or done == len(planned)) and not sink.flush(_PATIENCE):
                raise SystemExit("The events are not taken.")
    print(json.dumps(people))


def _issue(receipts: ReceiptBook, number: int, who: str) -> str:
    return receipts.issue(f"{number} {who}", positive=True, probability=0.9, model_version="v")


def _send(service: Service, token: str, verdict: str) -> str:
    content = {"prediction_id": token, "verdict": verdict}
    headers = {"content-type": "application/json"}
    request = func.HttpRequest(
        "POST", "/api/feedback", headers=headers, body=json.dumps(content).encode()
    )
    told = json.loads(answer(request, {"POST": service.feedback}).get_body())
    return str(told["feedback_id"])


if __name__ == "__main__":
    main()
