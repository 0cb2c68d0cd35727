"""The local host as a process of its own, for tests that speak HTTP with it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

APP = Path(__file__).resolve().parents[2]
LIVE = "/api/health/live"
_START_SECONDS = 90
_OWN_SETTINGS = ("SENTIMENT_", "RECEIPT_KEYS", "AZURE_", "WEBSITE_", "CONTAINER_NAME")


@dataclass(frozen=True)
class Answer:
    """What came back for one request; the names of the headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        port: Where it listens on 127.0.0.1.
        process: The process that was started.
        log: The file with everything it printed.
    """

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def output(self) -> str:
        """Return everything printed so far."""
        return self.log.read_text(encoding="utf-8")

    def connect(self) -> contextlib.closing[http.client.HTTPConnection]:
        """Return a connection that the server keeps alive, to be used in a with statement."""
        return contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=_START_SECONDS)
        )

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        chunked: bool = False,
    ) -> Answer:
        """Send one request over a connection of its own; see ``ask``."""
        with self.connect() as connection:
            return ask(connection, method, path, body, headers, chunked)

    def post(self, path: str, content: object, headers: Mapping[str, str] | None = None) -> Answer:
        """Post JSON."""
        kind = {"Content-Type": "application/json"}
        return self.request("POST", path, json.dumps(content).encode(), {**kind, **(headers or {})})

    def end(self, by: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C, or ask the process to end, and return the exit code."""
        self.process.send_signal(by)
        return self.process.wait(_START_SECONDS)


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    chunked: bool = False,
) -> Answer:
    """Send one request; a body that is sent in chunks is an iterable of bytes."""
    connection.request(method, path, body, dict(headers or {}), encode_chunked=chunked)
    response = connection.getresponse()
    names = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, names, response.read())


def free_port() -> int:
    """Return a port that nothing listened on a moment ago."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Return so many different ports that nothing listened on a moment ago."""
    with contextlib.ExitStack() as stack:
        listeners = [
            stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)
        ]
        return [int(each.getsockname()[1]) for each in listeners]


def environment(home: Path, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment with the given settings in place of the app's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN_SETTINGS)}
    return {**kept, "SENTIMENT_HOME": str(home), **(settings or {})}


@contextlib.contextmanager
def running(
    home: Path,
    *arguments: str,
    settings: Mapping[str, str] | None = None,
    ready: str = LIVE,
    app: Path = APP,
) -> Iterator[Server]:
    """Serve an app until the block ends.

    Args:
        home: The folder for the app's data.
        arguments: Further arguments of ``python -m local_host``, such as ``--require-key``.
        settings: Further environment variables.
        ready: The path that is asked until it answers.
        app: Where the app lies.
    """
    port = free_port()
    command = [sys.executable, "-m", "local_host", "--port", str(port), *arguments]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "output"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=app,
                env=environment(home, {"PYTHONPATH": str(APP), **(settings or {})}),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        server = Server(port, process, log)
        try:
            _wait(server, ready)
            yield server
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(server: Server, ready: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if server.process.poll() is not None:
            break
        with contextlib.suppress(OSError):
            server.request("GET", ready)
            return
        time.sleep(0.05)
    raise AssertionError(f"The server did not start:\n{server.output()}")
