from __future__ import annotations

import pytest

from sentiment.telemetry.clock import Clock


class Times:
    def __init__(self) -> None:
        self.wall, self.steady = 1_700_000_000.0, 50.0

    def pass_by(self, seconds: float, jump: float = 0.0) -> None:
        self.wall += seconds + jump
        self.steady += seconds


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def clock(times: Times) -> Clock:
    return Clock(lambda: times.wall, lambda: times.steady)


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 1e9, -1e9])
def test_a_jump_is_told_once_and_the_time_is_the_systems(
    times: Times, clock: Clock, caplog: pytest.LogCaptureFixture, jump: float
) -> None:
    for _ in range(3):
        times.pass_by(10, jump)
        assert clock() == times.wall
        times.pass_by(10)
        assert clock() == times.wall
    assert [f"jumped by {jump:.0f} s" in message for message in caplog.messages] == [True]


def test_a_steady_clock_and_small_corrections_are_not_told(
    times: Times, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for correction in (0.0, 0.5, -0.5, 4.0, -4.0):
        times.pass_by(1000, correction)
        assert clock() == times.wall
    assert caplog.messages == []
