"""Whether the clock that dates events can be believed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

JUMP_SECONDS = 5.0
"""Larger than what time synchronisation corrects in one step while all is well."""

_logger = logging.getLogger("sentiment.telemetry")


class Clock:
    """Tells the time of day; a jump of it is told to the log, once in a process.

    Args:
        wall: Returns the time in seconds since 1970.
        steady: Returns seconds that no one sets.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall, self._steady = wall, steady
        self._offset = wall() - steady()
        self._told = False

    def __call__(self) -> float:
        """Return the time in seconds since 1970."""
        now = self._wall()
        jump = now - self._steady() - self._offset
        if abs(jump) > JUMP_SECONDS:
            self._offset += jump
            self._tell(jump)
        return now

    def _tell(self, jump: float) -> None:
        if not self._told:
            self._told = True
            _logger.warning(
                "The clock jumped by %.0f s; events around it are dated as it told.", jump
            )
