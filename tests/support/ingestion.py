"""A stand-in for the service that takes telemetry, on the loopback interface."""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support.stand_in import reply, standing_in

KEY = "00000000-0000-0000-0000-000000000001"
SECONDS = 30.0
JSON = "application/json"


@dataclass
class Ingestion:
    """What arrived, and how it is answered.

    Attributes:
        port: Where it listens on 127.0.0.1.
        status: Of the answers from now on.
        hangs: Whether requests are left without an answer.
        bodies: Each accepted request as it came, unpacked.
        accepted: What they hold.
        attempts: How many requests came, answered or not.
    """

    port: int = 0
    status: int = 200
    hangs: bool = False
    bodies: list[bytes] = field(default_factory=list)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    attempts: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    close: Callable[[], None] = lambda: None
    """Stops listening: from then on connections are refused."""

    @property
    def connection(self) -> str:
        return f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:{self.port}/"

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the accepted events of a name."""
        return [
            each
            for each in list(self.accepted)
            if each["data"]["baseType"] == "EventData" and each["data"]["baseData"]["name"] == name
        ]

    def wait(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        """Return the events of a name when there are so many."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if len(found := self.events(name)) >= count:
                return found
            time.sleep(0.02)
        raise AssertionError(f"{len(found)} of {count} {name} in {SECONDS:.0f} s.")


@contextlib.contextmanager
def ingestion() -> Iterator[Ingestion]:
    """Run the service until the block ends, or until it is closed."""
    state = Ingestion()

    def answer(request: BaseHTTPRequestHandler, body: bytes) -> None:
        state.attempts += 1
        if request.command == "GET":
            return reply(request, state.status)
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if state.hangs:
            state.released.wait(SECONDS)
            request.close_connection = True
            return None
        envelopes = json.loads(body)
        if state.status == 200:
            state.bodies.append(body)
            state.accepted += envelopes
        count = len(envelopes)
        said = {"itemsReceived": count, "itemsAccepted": count, "errors": []}
        return reply(request, state.status, json.dumps(said).encode(), Content_Type=JSON)

    with contextlib.ExitStack() as stack:
        state.port = stack.enter_context(standing_in(answer))
        state.close = stack.close
        try:
            yield state
        finally:
            state.released.set()
