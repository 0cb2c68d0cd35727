from __future__ import annotations

import numpy as np
import pytest

from operations.statistics import Estimate, bin_counts, wilson


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0, 0.2775), (10, 10, 0.7225, 1), (45, 100, 0.3561, 0.5476)],
)
def test_a_share_has_wilsons_interval(hits: int, total: int, low: float, high: float) -> None:
    estimate = wilson(hits, total)
    assert estimate is not None
    assert estimate.value == hits / total
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=1e-4)


def test_nothing_has_no_share() -> None:
    assert wilson(0, 0) is None


def test_an_estimate_is_written_with_its_interval() -> None:
    estimate = Estimate.of({"value": 0.45, "low": 0.3561, "high": 0.5476})
    assert f"{estimate:.1%}" == "45.0% (35.6% to 54.8%)"
    assert f"{estimate:.3f}" == "0.450 (0.356 to 0.548)"


def test_a_value_on_an_edge_is_in_the_bin_above() -> None:
    assert bin_counts([1.0, 2.0], np.array([0.5, 1.0, 1.5, 2.0, 9.0])).tolist() == [1, 2, 2]
