"""A sink that keeps its events."""

from __future__ import annotations

import msgspec

from sentiment.telemetry.events import Event


class EventList:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)

    @property
    def names(self) -> list[str]:
        return [msgspec.to_builtins(event)["name"] for event in self.events]
