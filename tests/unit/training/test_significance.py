from __future__ import annotations

import numpy as np
import pytest

from training.significance import compare_pair, format_p, format_points, holm


def right(rows: int, *wrong: int) -> np.ndarray:
    found = np.ones(rows, bool)
    found[list(wrong)] = False
    return found


def test_only_rows_that_one_of_the_two_has_right_count() -> None:
    found = compare_pair(right(100, 0, 1, 2), right(100, 2, 3, 4, 5, 6, 7))
    assert (found.only_first, found.only_second) == (5, 2)
    assert found.difference.value == pytest.approx(0.03)


def test_the_p_value_equals_one_computed_by_hand() -> None:
    # Of 10 discordant rows at most 1 on the lesser side: 2 (1 + 10) / 2^10.
    better, worse = right(50, 0), right(50, *range(1, 10))
    assert compare_pair(better, worse).p == pytest.approx(22 / 1024)
    assert compare_pair(worse, better).p == pytest.approx(22 / 1024)


def test_models_that_are_right_equally_often_do_not_differ() -> None:
    assert compare_pair(right(9), right(9)).p == 1
    assert compare_pair(right(9, 0, 1), right(9, 2, 3)).p == 1


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
