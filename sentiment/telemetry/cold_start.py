"""What a new process spends its first moments on."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sentiment.telemetry.events import EventSink

_IMPORTED = time.perf_counter()  # before the modules that take long
_logger = logging.getLogger("sentiment")


class ColdStartTimer:
    """Times the parts of a start, and reports them once: to the log, and as an event.

    Made when the app's modules are imported, of which this one must be the first.
    """

    def __init__(self) -> None:
        self._milliseconds = {"imports": (time.perf_counter() - _IMPORTED) * 1000}
        self._reported = threading.Lock()  # acquired once, and never released
        age = process_age()
        if age is not None:
            # A process that Azure keeps warm is older than the start of the app in it.
            self._milliseconds["process"] = age * 1000

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Time what happens within."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._milliseconds[name] = (time.perf_counter() - began) * 1000

    def first_prediction(self, began: float, events: EventSink) -> None:
        """Report all parts at the first call, whose prediction began at this ``perf_counter``."""
        if not self._reported.acquire(blocking=False):
            return
        now = time.perf_counter()
        self._milliseconds["first_prediction"] = (now - began) * 1000
        self._milliseconds["until_answered"] = (now - _IMPORTED) * 1000
        rounded = {name: round(value, 1) for name, value in self._milliseconds.items()}
        parts = ", ".join(f"{name} {value:g}" for name, value in rounded.items())
        _logger.info("Cold start, in milliseconds: %s.", parts)
        from sentiment.telemetry.events import ColdStartEvent  # this module is imported first

        events.emit(ColdStartEvent(**{f"{name}_ms": value for name, value in rounded.items()}))


def process_age() -> float | None:
    """Return for how many seconds this process runs, or None where that is not known."""
    try:
        # The name in brackets may hold spaces; the start is the 20th field after it, in ticks.
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        began = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - began)
    except (OSError, ValueError, IndexError, AttributeError):
        return None
