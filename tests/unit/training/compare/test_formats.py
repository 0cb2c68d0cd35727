from __future__ import annotations

import pytest

from operations.statistics import Estimate, wilson
from training.compare import formats


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.4, "0 s"), (59.4, "59 s"), (60, "1 min 00 s"), (83.4, "1 min 23 s"), (9000, "2 h 30 min")],
)
def test_durations_are_told_in_their_largest_units(seconds: float, expected: str) -> None:
    assert formats.duration(seconds) == expected


def test_a_measure_is_told_with_its_interval() -> None:
    measure = Estimate(0.84567, 0.8, 0.9)
    assert formats.interval(measure) == "0.846 (0.800 to 0.900)"
    assert formats.percent(measure) == "84.6% (80.0% to 90.0%)"
    assert formats.interval(None) == formats.percent(None) == "–"


def test_a_difference_is_told_in_points_with_its_sign() -> None:
    assert [formats.points(each) for each in (0.0123, -0.0005, 0.0, -0.000001)] == [
        "+1.23",
        "−0.05",
        "0.00",
        "0.00",
    ]


def test_a_number_of_rows_may_be_unknown() -> None:
    assert formats.thousands(1234567) == "1,234,567"
    assert formats.thousands(None) == "–"


def test_a_small_p_value_is_not_told_as_nought() -> None:
    assert formats.p_value(0.00001) == "< 0.0001"
    assert formats.p_value(0.0234) == "0.0234"


def test_a_commit_keeps_its_mark() -> None:
    assert formats.commit("a" * 40 + "-dirty") == "`aaaaaaaaaaaa-dirty`"
    assert formats.commit(None) == "–"


def test_a_proportion_has_wilsons_interval() -> None:
    # Wilson (1927) for 8 of 10.
    measure = wilson(8, 10)
    assert measure is not None
    assert (measure.low, measure.high) == pytest.approx((0.490162, 0.943318), abs=1e-6)
    assert wilson(0, 0) is None
