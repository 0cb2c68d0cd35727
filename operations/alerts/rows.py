"""Telemetry as the tables of a Log Analytics workspace hold it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class EventRow:
    """A row of ``AppEvents``.

    Attributes:
        time: ``TimeGenerated``, with a zone.
        name: The event's name.
        properties: Its values, all of them strings.
        operation: The operation id.
        arrived: When queries see the row, with a zone.
    """

    time: datetime
    name: str
    properties: Mapping[str, str]
    operation: str
    arrived: datetime


@dataclass(frozen=True)
class RequestRow:
    """A row of ``AppRequests``, as the Functions host writes one for each request."""

    time: datetime
    name: str
    success: bool
    result_code: str
    operation: str
    arrived: datetime


Row = EventRow | RequestRow


def row_of_envelope(envelope: Mapping[str, Any], arrived: datetime | None = None) -> EventRow:
    """Return what becomes of an event that the exporter posted; it arrives at once, or later."""
    data = envelope["data"]["baseData"]
    time = datetime.fromisoformat(envelope["time"])
    operation = envelope["tags"].get("ai.operation.id", "")
    return EventRow(time, data["name"], data["properties"], operation, arrived or time)


def row_of_line(line: object) -> EventRow | None:
    """Return what would become of an event of the local JSON lines; None for what is none."""
    match line:
        case {"time": str(time), "name": str(name), **values}:
            properties = {
                str(key): _text(value) for key, value in values.items() if value is not None
            }
        case _:
            return None
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return EventRow(moment, name, properties, "", moment)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
