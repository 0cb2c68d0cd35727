from __future__ import annotations

import io

from operations.scoring.progress import Progress, duration


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_terminal_shows_share_rate_and_time_left() -> None:
    clock, terminal = Clock(), Terminal()
    progress = Progress(terminal, clock)
    progress.begin(1000, 0.25)
    clock.now = 10.0
    progress.show(2000, 0.5)
    line = terminal.getvalue()
    assert " 50%  2,000 tweets, 100/s, 0:20 left" in line
    assert line.startswith("\r████████████░░░░░░░░░░░░")
    progress.end()
    assert terminal.getvalue().endswith("\r")


def test_a_log_gets_a_line_a_minute_and_no_bar_without_an_end() -> None:
    clock, log = Clock(), io.StringIO()
    progress = Progress(log, clock)
    progress.begin(0, None)
    for second in range(0, 130, 10):
        clock.now = float(second)
        progress.show(second * 5, None)
    assert log.getvalue() == "300 tweets, 5/s, 1:00 so far\n600 tweets, 5/s, 2:00 so far\n"


def test_durations_are_short() -> None:
    assert [duration(seconds) for seconds in (5, 65, 3661)] == ["0:05", "1:05", "1:01:01"]
