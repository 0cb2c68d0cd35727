from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest, chi2

from training.significance import (
    EXACT_BELOW,
    chi_squared_p,
    compare_pair,
    corrected_statistic,
    exact_p,
    format_p,
    format_points,
    holm,
)


def right(rows: int, *wrong: int) -> np.ndarray:
    found = np.ones(rows, bool)
    found[list(wrong)] = False
    return found


def test_the_exact_test_equals_a_value_computed_by_hand() -> None:
    # Of 10 discordant rows at most 1 on the lesser side: 2 (1 + 10) / 2^10.
    assert exact_p(9, 1) == exact_p(1, 9) == 22 / 1024


def test_the_exact_test_equals_the_binomial_test() -> None:
    for only_first, only_second in ((0, 1), (3, 3), (5, 12), (24, 0), (700, 650)):
        expected = binomtest(only_first, only_first + only_second).pvalue
        assert exact_p(only_first, only_second) == pytest.approx(expected, rel=1e-9)


def test_the_corrected_statistic_equals_a_value_computed_by_hand() -> None:
    assert corrected_statistic(30, 10) == corrected_statistic(10, 30) == 19**2 / 40
    assert chi_squared_p(9.025) == pytest.approx(chi2.sf(9.025, 1), rel=1e-9)


def test_equal_counts_are_no_sign_of_a_difference() -> None:
    assert corrected_statistic(40, 40) == 0
    assert exact_p(0, 0) == exact_p(4, 4) == chi_squared_p(0) == 1


def test_only_rows_that_one_of_the_two_has_right_count() -> None:
    found = compare_pair(right(100, 0, 1, 2), right(100, 2, 3, 4, 5, 6, 7))
    assert (found.only_first, found.only_second) == (5, 2)
    assert found.difference.value == pytest.approx(0.03)
    assert found.p == exact_p(5, 2)
    assert found.statistic is None


def test_few_discordant_rows_are_tested_exactly_and_many_by_chi_squared() -> None:
    few = compare_pair(right(60), right(60, *range(EXACT_BELOW - 1)))
    many = compare_pair(right(60), right(60, *range(EXACT_BELOW)))
    assert few.statistic is None
    assert many.statistic == pytest.approx(24**2 / 25)
    assert many.p == pytest.approx(chi2.sf(24**2 / 25, 1))


def test_the_interval_of_the_difference_equals_one_computed_by_hand() -> None:
    # 12 against 4 of 98: (8 ± 1.96 √(17 − 0.64)) / 100.
    first, second = right(98, *range(4)), right(98, *range(4, 16))
    difference = compare_pair(first, second).difference
    assert difference.value == pytest.approx(8 / 98)
    assert difference.low == pytest.approx(0.08 - 0.0792755, abs=1e-5)
    assert difference.high == pytest.approx(0.08 + 0.0792755, abs=1e-5)


def test_adjusted_p_values_are_those_of_a_textbook_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_difference_is_shown_in_points_with_its_sign() -> None:
    shown = [format_points(each) for each in (0.0123, -0.0005, 0.0, -0.000001)]
    assert shown == ["+1.23", "−0.05", "0.00", "0.00"]


def test_a_small_p_value_is_not_shown_as_nought() -> None:
    assert [format_p(each) for each in (0.00001, 0.0234)] == ["< 0.0001", "0.0234"]
