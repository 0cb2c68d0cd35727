"""Whether the alert on bursts of negative feedback comes when it must, and only then."""

from __future__ import annotations

import pytest

from operations.alerts.rules import read_rules
from tests.support.alert_events import answer, misjudged
from tests.support.alert_scenarios import plan

pytestmark = pytest.mark.proof

COUNT, SEED = 1000, 1


def test_every_burst_and_no_near_miss_raises_the_alert_late_and_repeated_events_included() -> None:
    (burst,) = (each for each in read_rules() if each[0].name == "negative-feedback-burst")
    answered = answer(plan(COUNT, SEED))
    assert sum(each.scenario.burst for each in answered) == len(answered) - COUNT == COUNT
    assert misjudged(answered, *burst, SEED) == []
