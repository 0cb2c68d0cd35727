"""A sink that keeps its events."""

from __future__ import annotations

from sentiment.telemetry.events import Event, event_name


class EventList:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)

    @property
    def names(self) -> list[str]:
        return [event_name(event) for event in self.events]
