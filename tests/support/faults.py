"""A server in front of the app that fails as it is told, and otherwise passes requests on."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.running import Server


@dataclass(frozen=True)
class Refuse:
    """Answer with a status instead of asking the app."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Drop:
    """Close the connection without an answer, before or after the app did its work."""

    after_the_app: bool


@dataclass
class Front:
    """What stands before the app.

    Attributes:
        url: Where it listens.
        faults: What goes wrong with the next requests, in order; then nothing does.
        bodies: What was sent to it.
    """

    url: str
    faults: list[Refuse | Drop]
    bodies: list[bytes]


@contextlib.contextmanager
def front(app: Server) -> Iterator[Front]:
    """Listen until the block ends."""
    state = Front("", [], [])

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.bodies.append(body)
            fault = state.faults.pop(0) if state.faults else None
            if isinstance(fault, Refuse):
                self._answer(fault.status, fault.headers, fault.body)
                return
            if isinstance(fault, Drop) and not fault.after_the_app:
                self.close_connection = True
                return
            answer = app.request("POST", self.path, body, dict(self.headers))
            if fault is not None:
                self.close_connection = True
                return
            kept = ("content-type", "retry-after")
            self._answer(
                answer.status,
                {name: answer.headers[name] for name in kept if name in answer.headers},
                answer.body,
            )

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
