"""The alert rules over events that the real app sent through the real exporter."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from operations.alerts.engine import Engine, EventRow, RequestRow, Row
from operations.alerts.replay import evaluate
from operations.alerts.rules import read_rules
from operations.drift import MOST_NEGATIVE
from tests.support import alert_events
from tests.support.alert_events import Answered, misjudged
from tests.support.alert_scenarios import Scenario, Verdict, plan

BURSTS = 40
SEED = 7
NOW = datetime(2026, 3, 1, 12, 2, tzinfo=UTC)
RULES = {rule.name: (rule, query) for rule, query in read_rules()}
BURST, RATE = "negative-feedback-burst", "negative-feedback-rate"


@pytest.fixture(scope="module")
def answered() -> list[Answered]:
    return alert_events.answer(plan(BURSTS, SEED))


def test_every_burst_and_no_near_miss_raises_the_alert(answered: list[Answered]) -> None:
    assert sum(each.scenario.burst for each in answered) == len(answered) / 2 == BURSTS
    assert misjudged(answered, *RULES[BURST], SEED) == []


@pytest.mark.parametrize(
    ("right", "careless", "kind"),
    [
        ("isnull(undone_at) or at > undone_at", "true", "undone in time"),
        ("earlier_at < window", "earlier_at <= window", "exactly five minutes"),
        ("| summarize at = min(at) by feedback_id", "", "the same two again and again"),
        ("at = given_at", "at = TimeGenerated", "given long before and sent again"),
        ("| where TimeGenerated - given_at < 15m", "| where Properties.outcome != 'unchanged'",
         "reported only when sent again"),
    ],
)  # fmt: skip
def test_a_careless_query_would_be_noticed(
    answered: list[Answered], right: str, careless: str, kind: str
) -> None:
    rule, query = RULES[BURST]
    assert right in query
    chosen = [each for each in answered if each.scenario.kind == kind]
    assert misjudged(chosen, rule, query.replace(right, careless), SEED)


def over_an_hour(*people: tuple[int, tuple[str, ...]]) -> Scenario:
    """Return what so many people say one after the other, all in an hour and in random order."""
    chance = random.Random(SEED)
    verdicts = []
    for group, (count, said) in enumerate(people):
        for number in range(count):
            times = sorted(chance.uniform(10, 3200) for _ in said)
            who = f"{group} {number}"
            verdicts += [Verdict(at, who, each) for at, each in zip(times, said, strict=True)]
    return Scenario("", False, sorted(verdicts, key=lambda each: each.at))


NEGATIVE, POSITIVE = ("incorrect",), ("correct",)
RATES = {
    "three negative ones are too few": (over_an_hour((3, NEGATIVE)), False),
    "ten negative ones": (over_an_hour((10, NEGATIVE)), True),
    "40 of 100": (over_an_hour((40, NEGATIVE), (60, POSITIVE)), True),
    "33 of 100 may be chance": (over_an_hour((33, NEGATIVE), (67, POSITIVE)), False),
    "4 of 12 may be chance": (over_an_hour((4, NEGATIVE), (8, POSITIVE)), False),
    "400 of 1,200": (over_an_hour((400, NEGATIVE), (800, POSITIVE)), True),
    "all undone": (over_an_hour((20, ("incorrect", "correct"))), False),
    "changed to negative": (over_an_hour((20, ("correct", "incorrect"))), True),
    "retracted ones are no feedback": (
        over_an_hour((20, NEGATIVE), (200, ("correct", "retracted"))),
        True,
    ),
    "retracted negative ones": (over_an_hour((20, ("incorrect", "retracted"))), False),
    "just before an evaluation, which not all have reached": (
        Scenario("", False, [Verdict(3300.0 + 20 * at, str(at)) for at in range(12)]),
        True,
    ),
}
NOT_READY = Scenario("", False, [], asked=(7.0,))


def test_a_burst_of_long_ago_is_not_reported_because_it_is_sent_again() -> None:
    def again(number: int, minutes: float) -> EventRow:
        given_at = (NOW - timedelta(minutes=minutes)).isoformat()
        properties = {"feedback_id": str(number), "verdict": "incorrect", "given_at": given_at}
        return EventRow(NOW, "feedback", properties, "", NOW)

    query = RULES[BURST][1]
    assert engine().run(query, [again(number, 14) for number in range(3)])
    assert not engine().run(query, [again(number, 16) for number in range(3)])


@pytest.fixture(scope="module")
def reported() -> list[Answered]:
    """What the app reported in the scenarios of the rate, and then without a model."""
    return alert_events.answer([*(scenario for scenario, _ in RATES.values()), NOT_READY])


@cache
def engine() -> Engine:
    return Engine()


def fires(name: str, rows: list[Row]) -> bool:
    """Return whether a rule fires until all rows are out of its window, or two hours are over."""
    rule, query = RULES[name]
    until = rows[-1].time + min(rule.window, timedelta(hours=2))
    return any(evaluate(engine(), rule, query, rows, until))


@pytest.mark.parametrize("name", RATES)
def test_the_days_rate_counts_once_its_whole_interval_is_above_the_limit(
    reported: list[Answered], name: str
) -> None:
    scenario, expected = RATES[name]
    rows: list[Row] = [*reported[list(RATES).index(name)].delivered(random.Random(SEED))]
    assert len(rows) >= len(scenario.verdicts)
    assert fires(RATE, rows) is expected


def test_the_days_rate_has_the_limit_of_the_drift_report() -> None:
    assert f"let most_negative = {MOST_NEGATIVE};" in RULES[RATE][1]


def request(number: int, code: str, *, success: bool = True, late: float = 20) -> RequestRow:
    """Return a row as the host writes one, which no host here does."""
    time = NOW - timedelta(minutes=1)
    return RequestRow(time, "predict", success, code, str(number), time + timedelta(seconds=late))


@pytest.mark.parametrize("late", [20, 120, 300])
@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(1, "200", True), (2, "422", True), (3, "404", False)], False),
        ([(1, "503", True), (2, "500", True)], False),
        ([(1, "503", True), (2, "500", True), (3, "500", True)], True),
        ([(1, "503", True), (1, "503", True), (1, "503", True)], False),
        ([(number, "0", False) for number in range(3)], True),
        ([(number, "404", False) for number in range(9)], False),
    ],
)
def test_failures_alert_on_three_failed_requests(
    rows: list[tuple[int, str, bool]], expected: bool, late: float
) -> None:
    found: list[Row] = [
        request(number, code, success=success, late=late) for number, code, success in rows
    ]
    assert fires("failures", found) is expected


@pytest.mark.parametrize("seed", range(3))
def test_failures_alert_on_a_missing_model_whatever_succeeds(
    reported: list[Answered], seed: int
) -> None:
    rows: list[Row] = [*reported[-1].delivered(random.Random(seed))]
    assert {row.name for row in rows} == {"not_ready"}
    assert fires("failures", rows)
    succeeding = [replace(request(number, "200"), time=rows[0].time) for number in range(9)]
    assert fires("failures", [*rows, *succeeding])
    assert not fires("failures", [*succeeding])


def test_every_query_has_a_rule(tmp_path: Path) -> None:
    files: set[Any] = {path.name for path in Path("infra/alerts").glob("*.kql")}
    assert files == {rule.file for rule, _ in RULES.values()}
