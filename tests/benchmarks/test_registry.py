"""A tenth of the proofs of the registry."""

from __future__ import annotations

from benchmarks import registry
from tests.azurite import Azurite


def test_a_killed_publisher_lets_no_reader_down(emulator: Azurite) -> None:
    figures = registry.prove_kills(emulator, registry.KILLS // 10)
    assert figures["killed"] + figures["finished"] == registry.KILLS // 10


def test_of_two_publishers_exactly_one_wins(emulator: Azurite) -> None:
    figures = registry.prove_races(emulator, registry.RACES // 10)
    assert figures["promotions"] == registry.RACES // 10


def test_a_swap_under_load_fails_no_request(emulator: Azurite) -> None:
    figures = registry.prove_swaps(emulator, registry.SWAPS // 10)
    assert figures["answers"] > 0
    assert figures["seconds_until_served"]["largest"] < 30


def test_the_cost_of_a_registry_is_measured(emulator: Azurite) -> None:
    figures = registry.measure_first_answer(emulator, 2)
    assert figures["seconds_with"] > 0
