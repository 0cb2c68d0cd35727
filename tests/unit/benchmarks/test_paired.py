from __future__ import annotations

import random

import pytest

from benchmarks.paired import Added, added, measure_pairs


def test_which_of_a_pair_comes_first_changes_each_time() -> None:
    asked: list[str] = []

    def measure(name: str, value: float) -> float:
        asked.append(name)
        return value

    pairs = measure_pairs(lambda: measure("without", 1.0), lambda: measure("with", 2.0), 2)
    assert pairs == [(1.0, 2.0)] * 2
    assert asked[2:] == ["with", "without", "without", "with"]  # the first pair warms up


def test_what_slows_both_of_a_pair_does_not_count() -> None:
    chance = random.Random(7)
    pairs = []
    for _ in range(100):
        busy = chance.uniform(0, 500)
        pairs.append((busy, busy + 5 + chance.gauss(0, 4)))
    found = added(pairs)
    assert 3 < found.low < found.median < found.high < 7
    assert added(pairs) == found


def test_a_budget_is_held_against_the_upper_end_unless_noise_makes_it() -> None:
    assert Added(5, -1, 12).judged(20) == ("upper end of the interval", 12)
    assert Added(5, -40, 60).judged(20) == ("median, as the interval is too wide", 5)


def test_pairs_alike_have_an_interval_without_width() -> None:
    assert added([(0.5, 0.53)] * 3).high == pytest.approx(0.03)
