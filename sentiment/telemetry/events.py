"""What happened, told without any text: one event for each prediction and each feedback."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sentiment.settings import make_private

_logger = logging.getLogger("sentiment.telemetry.events")

EventValue = str | int | float | bool | None


class EventSink(Protocol):
    """Takes events. Emitting never raises and never waits for a network."""

    def emit(self, name: str, values: Mapping[str, EventValue]) -> None:
        """Take one event; ``values`` hold no text of a tweet, no user name and no address."""


class JsonLinesSink:
    """Appends events to one file a UTC day, a JSON object a line.

    Args:
        folder: Made on first use.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._failed = False

    def emit(self, name: str, values: Mapping[str, EventValue]) -> None:
        """Append one event; a disk that fails is told to the log once and costs no request."""
        now = datetime.fromtimestamp(time.time(), UTC)
        line = json.dumps({"time": now.isoformat(), "name": name, **values}) + "\n"
        try:
            with self._lock:
                make_private(self._folder)
                with (self._folder / f"{now:%Y-%m-%d}.jsonl").open("ab", buffering=0) as file:
                    file.write(line.encode())
            self._failed = False
        except OSError as error:
            if not self._failed:
                _logger.warning("Events cannot be written: %s.", error.strerror)
            self._failed = True


class NullSink:
    """Drops every event."""

    def emit(self, name: str, values: Mapping[str, EventValue]) -> None:
        """Do nothing."""
