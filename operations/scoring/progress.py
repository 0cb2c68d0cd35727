"""How far a run is, in one line: rows, share, rate and time left.

A progress-bar package shows one unit; the end of a streamed file is known in bytes and what
matters is tweets a second, so that one line of our own is shorter than what would bend it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from operations.terminal import counted

_BAR = 24
_TERMINAL_SECONDS, _LOG_SECONDS = 0.2, 60.0


class Progress:
    """Writes the line over and over on a terminal, and once a minute elsewhere.

    Args:
        stream: Where it is shown; None shows nothing.
        clock: Returns seconds that only grow.
    """

    def __init__(self, stream: TextIO | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._terminal = stream is not None and stream.isatty()
        self._began = self._shown = clock()
        self._first_rows = 0
        self._first_share = 0.0
        self._width = 0

    def begin(self, rows: int, share: float | None) -> None:
        """Start the clock: so many rows, and this share of the input, were done before."""
        self._first_rows, self._first_share = rows, share or 0.0
        self._began = self._clock()

    def show(self, rows: int, share: float | None) -> None:
        """Show how far the run is, if it is time to.

        Args:
            rows: Scored so far.
            share: Of the input that was read, 0 to 1, or None.
        """
        now = self._clock()
        pause = _TERMINAL_SECONDS if self._terminal else _LOG_SECONDS
        if self._stream is None or now - self._shown < pause:
            return
        self._shown = now
        line = self._line(rows, share, now - self._began)
        if self._terminal:
            self._stream.write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()

    def end(self) -> None:
        """Clear the line."""
        if self._stream is not None and self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()
            self._width = 0

    def rate(self, rows: int) -> float:
        """Return how many rows a second were scored since ``begin``."""
        return (rows - self._first_rows) / max(self._clock() - self._began, 1e-9)

    def _line(self, rows: int, share: float | None, seconds: float) -> str:
        done = f"{counted(rows, 'tweet')}, {self.rate(rows):,.0f}/s"
        if share is None:
            return f"{done}, {duration(seconds)} so far"
        filled = round(_BAR * share)
        bar = "█" * filled + "░" * (_BAR - filled)
        fresh = share - self._first_share
        left = f", {duration(seconds * (1 - share) / fresh)} left" if fresh > 0 else ""
        return f"{bar} {share:4.0%}  {done}{left}"


def duration(seconds: float) -> str:
    """Return a length of time such as ``1:02:03`` or ``2:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
