from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from operations.drift.findings import (
    LEAST_FEEDBACKS,
    NEGATIVE_FEEDBACK,
    PROBABILITY,
    Findings,
    compare_measures,
)
from operations.drift.psi import DriftStatus
from operations.drift.thresholds import DriftThresholds
from operations.events import Observed
from operations.period import Period
from tests.support.traffic import USUAL, VERSION, observed_of, reference_of

PERIOD = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
REFERENCE = reference_of()
SIGNIFICANT, STABLE = DriftStatus.SIGNIFICANT, DriftStatus.STABLE


def found(observed: Observed, least_events: int = 200) -> Findings:
    comparisons = compare_measures(REFERENCE, observed, least_events)
    thresholds = DriftThresholds(least_events=least_events)
    return Findings(VERSION, PERIOD, REFERENCE.rows, observed, comparisons, thresholds)


@pytest.mark.parametrize("events", [200, 500])
def test_periods_of_a_few_hundred_events_without_drift_pass(events: int) -> None:
    findings = [found(observed_of(USUAL, events, seed)) for seed in range(300)]
    assert [each.names(SIGNIFICANT) for each in findings] == [[]] * 300
    moderate = sum(bool(each.names(DriftStatus.MODERATE)) for each in findings)
    assert moderate <= 6, "Fewer than one period in fifty may be called moderate."


def test_below_the_least_number_of_events_nothing_is_judged() -> None:
    few = found(observed_of(replace(USUAL, length=300), 199, 1))
    assert (few.names(SIGNIFICANT), few.is_enough, few.code) == ([], False, 1)
    assert found(observed_of(USUAL, 0, 1)).code == 1
    assert found(observed_of(replace(USUAL, length=300), 50, 1), least_events=50).code == 2


def test_the_probability_is_shown_and_not_judged() -> None:
    findings = found(observed_of(replace(USUAL, positive=0.9), 500, 1))
    (shown,) = [each for each in findings.comparisons if each.name == PROBABILITY]
    assert shown.psi is not None
    assert shown.psi.status is SIGNIFICANT
    assert PROBABILITY not in findings.names(SIGNIFICANT)


@pytest.mark.parametrize(
    ("negative", "total", "status"),
    [
        (0, 0, None),
        (LEAST_FEEDBACKS - 1, LEAST_FEEDBACKS - 1, None),
        (LEAST_FEEDBACKS, LEAST_FEEDBACKS, SIGNIFICANT),
        (38, 100, STABLE),
        (42, 100, SIGNIFICANT),
    ],
)
def test_negative_feedback_is_an_alarm_where_its_whole_interval_is_above_the_limit(
    negative: int, total: int, status: DriftStatus | None
) -> None:
    verdicts = {
        str(at): (PERIOD.since, "incorrect" if at < negative else "correct") for at in range(total)
    }
    findings = found(Observed(verdicts=verdicts))  # type: ignore[arg-type]
    assert findings.feedback_status is status
    assert (NEGATIVE_FEEDBACK in findings.names(SIGNIFICANT)) == (findings.code == 2)
