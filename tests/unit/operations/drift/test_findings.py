from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from operations.drift.limits import Limits
from operations.drift.observed import Observed
from operations.drift.period import Period
from operations.drift.stability import Standing

from operations.drift.findings import (
    LEAST_FEEDBACKS,
    NEGATIVE_FEEDBACK,
    PROBABILITY,
    Findings,
    NegativeFeedback,
    compare,
)
from tests.support.traffic import USUAL, VERSION, observed_of, reference_of

PERIOD = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
REFERENCE = reference_of()


def found(observed: Observed, limits: Limits | None = None) -> Findings:
    return compare(VERSION, REFERENCE, observed, PERIOD, limits or Limits())


@pytest.mark.parametrize("events", [200, 300, 500])
def test_periods_of_a_few_hundred_events_without_drift_pass(events: int) -> None:
    findings = [found(observed_of(USUAL, events, seed)) for seed in range(300)]
    assert [each.drifted for each in findings] == [[]] * 300
    moving = sum(bool(each.moving) for each in findings)
    assert moving <= 6, "Fewer than one period in fifty may be called moving."


def test_below_the_least_number_of_events_nothing_is_judged() -> None:
    few = found(observed_of(replace(USUAL, length=300), 199, 1))
    assert (few.drifted, few.is_enough, few.code) == ([], False, 1)
    assert found(observed_of(USUAL, 0, 1)).code == 1
    assert found(observed_of(replace(USUAL, length=300), 50, 1), Limits(least_events=50)).code == 2


def test_the_probability_is_shown_and_not_judged() -> None:
    findings = found(observed_of(replace(USUAL, positive=0.9), 500, 1))
    (shown,) = [each for each in findings.comparisons if each.name == PROBABILITY]
    assert shown.stability is not None
    assert shown.stability.standing is Standing.DRIFTED
    assert PROBABILITY not in findings.drifted


def test_every_bin_has_words_and_two_shares() -> None:
    for each in found(observed_of(USUAL, 300, 1)).comparisons:
        assert len(each.bins) == len(each.expected) == len(each.observed) > 1
        assert sum(each.expected) == pytest.approx(1, abs=1e-4)
        assert sum(each.observed) == pytest.approx(1)


@pytest.mark.parametrize(
    ("negative", "total", "standing"),
    [
        (0, 0, None),
        (LEAST_FEEDBACKS - 1, LEAST_FEEDBACKS - 1, None),
        (LEAST_FEEDBACKS, LEAST_FEEDBACKS, Standing.DRIFTED),
        (30, 100, Standing.STEADY),
        (38, 100, Standing.STEADY),
        (42, 100, Standing.DRIFTED),
    ],
)
def test_negative_feedback_is_an_alarm_where_its_whole_interval_is_above_the_limit(
    negative: int, total: int, standing: Standing | None
) -> None:
    assert NegativeFeedback(negative, total, 0.3).standing is standing


def test_feedback_is_an_alarm_however_few_predictions_there_are() -> None:
    time = datetime(2026, 3, 1, tzinfo=UTC)
    observed = Observed(verdicts={str(number): (time, "incorrect") for number in range(20)})
    findings = found(observed)
    assert (findings.drifted, findings.code) == ([NEGATIVE_FEEDBACK], 2)


@pytest.mark.parametrize("limits", [(-0.1, 1), (1.1, 1), (float("nan"), 1), (0.3, 0)])
def test_limits_that_make_no_sense_are_refused(limits: tuple[float, int]) -> None:
    with pytest.raises(ValueError, match="--"):
        Limits(*limits)
