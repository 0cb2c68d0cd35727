"""The alert rules over events that the real app sent through the real exporter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from benchmarks.alerts import COUNT, Emitted, burst_rule, emitted, judge, plan
from training.alerts.engine import Engine
from training.alerts.rows import EventRow, RequestRow, Row
from training.alerts.rules import Rule, read_rules
from training.alerts.scheduler import evaluate
from training.monitor.limits import MOST_NEGATIVE

BURSTS = COUNT // 10
SEED = 7
SOME = 60
PLAN = plan(BURSTS, SEED)
NOW = datetime(2026, 3, 1, 12, 2, tzinfo=UTC)
RULES = {rule.name: (rule, query) for rule, query in read_rules()}


@pytest.fixture(scope="module")
def sent() -> Emitted:
    return emitted(BURSTS, SEED)


def test_every_burst_and_no_near_miss_raises_the_alert(sent: Emitted) -> None:
    figures = judge(PLAN, sent, *burst_rule(), SEED)
    assert figures["bursts"] == figures["near_misses"] == BURSTS
    assert (figures["missed"], figures["false_alarms"]) == ({}, {})


@pytest.mark.parametrize(("window", "frequency"), [(5, 5), (10, 5), (15, 15)])
def test_a_shorter_window_or_rarer_evaluations_would_miss_bursts(
    sent: Emitted, window: int, frequency: int
) -> None:
    rule, query = burst_rule()
    weaker = msgspec.structs.replace(rule, window_minutes=window, frequency_minutes=frequency)
    assert judge(PLAN[:SOME], sent[:SOME], weaker, query, SEED)["missed"]


@pytest.mark.parametrize(
    ("right", "careless", "kind", "wrong"),
    [
        ("isnull(undone_at) or at > undone_at", "true", "undone in time", "false_alarms"),
        ("earlier_at < window", "earlier_at <= window", "exactly five minutes", "false_alarms"),
        ("| summarize at = min(at) by feedback_id", "", "the same two again and again",
         "false_alarms"),
        ("at = min(at)", "at = max(at)", "told again", "missed"),
    ],
)  # fmt: skip
def test_a_careless_query_would_be_noticed(
    sent: Emitted, right: str, careless: str, kind: str, wrong: str
) -> None:
    rule, query = burst_rule()
    assert right in query
    chosen = [number for number, scenario in enumerate(PLAN) if scenario.kind == kind]
    planned, found = [PLAN[at] for at in chosen], [sent[at] for at in chosen]
    assert judge(planned, found, rule, query.replace(right, careless), SEED)[wrong]


def feedback(number: int, verdict: str, minutes_ago: float = 60) -> EventRow:
    time = NOW - timedelta(minutes=minutes_ago)
    properties = {"feedback_id": str(number), "verdict": verdict}
    return EventRow(time, "feedback", properties, "", time)


def request(number: int, code: str, *, success: bool = True) -> RequestRow:
    time = NOW - timedelta(minutes=1)
    return RequestRow(time, "predict", success, code, str(number), time)


def not_ready() -> EventRow:
    return replace(feedback(0, ""), time=NOW - timedelta(minutes=1), name="not_ready")


def fires(name: str, rows: list[Row]) -> bool:
    rule, query = RULES[name]
    rows = sorted(rows, key=lambda row: row.time)
    last = NOW + rule.frequency
    return any(evaluate(Engine(), rule, query, rows, last))


@pytest.mark.parametrize(
    ("negative", "positive", "expected"),
    [
        (3, 0, False),
        (10, 0, True),
        (40, 60, True),
        (33, 67, False),
        (4, 8, False),
        (400, 800, True),
    ],
)
def test_the_days_rate_counts_once_its_whole_interval_is_above_the_limit(
    negative: int, positive: int, expected: bool
) -> None:
    rows: list[Row] = [
        feedback(number, "incorrect" if number < negative else "correct", 60 + number / 10)
        for number in range(negative + positive)
    ]
    assert fires("negative-feedback-rate", rows) is expected


def test_the_days_rate_does_not_count_what_was_undone() -> None:
    negative: list[Row] = [feedback(number, "incorrect", 59) for number in range(20)]
    undone: list[Row] = [feedback(number, "correct", 58.5) for number in range(20)]
    assert fires("negative-feedback-rate", negative)
    assert not fires("negative-feedback-rate", negative + undone)
    retracted: list[Row] = [feedback(number, "retracted", 58) for number in range(100, 300)]
    assert fires("negative-feedback-rate", negative + retracted)


def test_the_days_rate_has_the_limit_of_the_drift_report() -> None:
    assert f"let most_negative = {MOST_NEGATIVE};" in RULES["negative-feedback-rate"][1]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([request(1, "200"), request(2, "422"), request(3, "404", success=False)], False),
        ([request(1, "503"), request(2, "500")], False),
        ([request(1, "503"), request(2, "500"), request(3, "500")], True),
        ([request(1, "503"), request(1, "503"), request(1, "503")], False),
        ([request(number, "0", success=False) for number in range(3)], True),
        ([not_ready()], True),
        ([not_ready(), *(request(number, "200") for number in range(9))], True),
        ([request(number, "404", success=False) for number in range(9)], False),
    ],
)
def test_failures_alert_on_a_missing_model_and_on_three_failed_requests(
    rows: list[Row], expected: bool
) -> None:
    assert fires("failures", rows) is expected


def test_twenty_thousand_negative_feedbacks_are_a_burst_found_in_seconds() -> None:
    rows: list[Row] = [feedback(number, "incorrect", number / 2_000) for number in range(20_000)]
    assert Engine().run(RULES["negative-feedback-burst"][1], rows)


@pytest.mark.parametrize("name", RULES)
def test_no_rule_fires_on_nothing(name: str) -> None:
    rule, query = RULES[name]
    assert not rule.fires(len(Engine().run(query, [])))


def test_every_query_has_a_rule(tmp_path: Path) -> None:
    files: set[Any] = {path.name for path in Path("infra/alerts").glob("*.kql")}
    assert files == {rule.file for rule, _ in RULES.values()}


def test_a_malformed_description_is_named(tmp_path: Path) -> None:
    from training.alerts.rules import RulesError

    with pytest.raises(RulesError, match=r"rules\.json"):
        read_rules(tmp_path)
    described = msgspec.json.encode([msgspec.to_builtins(RULES["failures"][0]) | {"severity": 9}])
    (tmp_path / "rules.json").write_bytes(described)
    with pytest.raises(RulesError, match="severity"):
        read_rules(tmp_path)
    assert isinstance(RULES["failures"][0], Rule)
