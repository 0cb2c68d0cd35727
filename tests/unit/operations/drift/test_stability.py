from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from operations.drift.stability import CHANCE, Stability, Standing, measure_stability

EVEN = np.full(10, 2000.0)


def drawn(count: int, rows: int) -> NDArray[np.int64]:
    """Return what was counted in each of some periods without drift, [periods, bins]."""
    return np.random.default_rng(3).multinomial(rows, np.full(10, 0.1), count)


def test_the_index_is_that_of_the_definition() -> None:
    many = 10**8
    found = measure_stability(np.array([0.5, 0.5]) * many, np.array([many // 4, 3 * many // 4]))
    expected = (0.25 - 0.5) * math.log(0.5) + (0.75 - 0.5) * math.log(1.5)
    assert found.index == pytest.approx(expected, abs=1e-6)
    assert found.standing is Standing.DRIFTED


def test_the_same_shares_have_no_index() -> None:
    assert measure_stability(EVEN, EVEN.astype(np.int64)).index == 0.0


def test_an_empty_bin_is_no_infinity() -> None:
    found = measure_stability(np.array([1000.0, 0.0]), np.array([500, 500]))
    assert math.isfinite(found.index)
    assert found.standing is Standing.DRIFTED
    assert math.isfinite(measure_stability(np.array([500.0, 500.0]), np.array([300, 0])).index)


def test_without_drift_the_index_is_on_average_what_theory_says() -> None:
    # The reference is given without error here, so that 1 / rows of it is left out.
    reference = EVEN * 1e6
    indices = [measure_stability(reference, counts).index for counts in drawn(500, 300)]
    assert np.mean(indices) == pytest.approx(9 / 300, rel=0.1)


@pytest.mark.parametrize("rows", [50, 200, 1000])
def test_without_drift_the_chance_level_is_rarely_exceeded(rows: int) -> None:
    found = [measure_stability(EVEN * 1e6, counts) for counts in drawn(2000, rows)]
    exceeded = np.mean([each.index > each.chance_level for each in found])
    assert exceeded <= 3 * CHANCE


@pytest.mark.parametrize(
    ("index", "chance_level", "standing"),
    [
        (0.09, 0.01, Standing.STEADY),
        (0.1, 0.01, Standing.MOVING),
        (0.15, 0.2, Standing.STEADY),
        (0.24, 0.2, Standing.MOVING),
        (0.25, 0.2, Standing.DRIFTED),
        (0.3, 0.4, Standing.STEADY),
        (0.5, 0.4, Standing.DRIFTED),
    ],
)
def test_an_index_is_judged_by_the_thresholds_and_by_chance(
    index: float, chance_level: float, standing: Standing
) -> None:
    assert Stability(index, chance_level).standing is standing
