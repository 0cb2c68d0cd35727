from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from operations.drift.psi import CHANCE, DriftStatus, Psi, measure_psi

EVEN = np.full(10, 2000.0)


def drawn(count: int, rows: int) -> NDArray[np.int64]:
    """Return what was counted in each of some periods without drift, [periods, bins]."""
    return np.random.default_rng(3).multinomial(rows, np.full(10, 0.1), count)


def test_the_index_is_that_of_the_definition() -> None:
    many = 10**8
    found = measure_psi(np.array([0.5, 0.5]) * many, np.array([many // 4, 3 * many // 4]))
    expected = (0.25 - 0.5) * math.log(0.5) + (0.75 - 0.5) * math.log(1.5)
    assert found.index == pytest.approx(expected, abs=1e-6)
    assert found.status is DriftStatus.SIGNIFICANT


def test_an_empty_bin_is_no_infinity() -> None:
    found = measure_psi(np.array([1000.0, 0.0]), np.array([500, 500]))
    assert math.isfinite(found.index)
    assert found.status is DriftStatus.SIGNIFICANT
    assert math.isfinite(measure_psi(np.array([500.0, 500.0]), np.array([300, 0])).index)


def test_without_drift_the_index_is_on_average_what_theory_says() -> None:
    # The reference is given without error here, so that 1 / rows of it is left out.
    reference = EVEN * 1e6
    indices = [measure_psi(reference, counts).index for counts in drawn(500, 300)]
    assert np.mean(indices) == pytest.approx(9 / 300, rel=0.1)


@pytest.mark.parametrize("rows", [50, 1000])
def test_without_drift_the_chance_level_is_rarely_exceeded(rows: int) -> None:
    found = [measure_psi(EVEN * 1e6, counts) for counts in drawn(2000, rows)]
    exceeded = np.mean([each.index > each.chance_level for each in found])
    assert exceeded <= 3 * CHANCE


@pytest.mark.parametrize(
    ("index", "chance_level", "status"),
    [
        (0.09, 0.01, DriftStatus.STABLE),
        (0.1, 0.01, DriftStatus.MODERATE),
        (0.15, 0.2, DriftStatus.STABLE),
        (0.24, 0.2, DriftStatus.MODERATE),
        (0.25, 0.2, DriftStatus.SIGNIFICANT),
        (0.3, 0.4, DriftStatus.STABLE),
        (0.5, 0.4, DriftStatus.SIGNIFICANT),
    ],
)
def test_an_index_is_judged_by_the_thresholds_and_by_chance(
    index: float, chance_level: float, status: DriftStatus
) -> None:
    assert Psi(index, chance_level).status is status
