"""A stand-in for the service that takes telemetry, on the loopback interface."""

from __future__ import annotations

import contextlib
import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "00000000-0000-0000-0000-000000000001"
SECONDS = 30.0


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

    def envelopes(self) -> list[dict[str, Any]]:
        """Return everything accepted so far."""
        return list(self.accepted)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the accepted events of a name."""
        return [
            each
            for each in self.envelopes()
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
    """Run the service until the block ends."""
    state = Ingestion()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            state.attempts += 1
            if state.hangs:
                state.released.wait(SECONDS)
                self.close_connection = True
                return
            envelopes = json.loads(body)
            count = len(envelopes)
            answer = {"itemsReceived": count, "itemsAccepted": count, "errors": []}
            if state.status == 200:
                state.bodies.append(body)
                state.accepted += envelopes
            content = json.dumps(answer).encode()
            self.send_response(state.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            state.attempts += 1
            self.send_response(state.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()

    def close() -> None:
        state.released.set()
        server.shutdown()
        server.server_close()
        thread.join()

    state.close = close
    try:
        yield state
    finally:
        close()
