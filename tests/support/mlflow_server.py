"""A real ``mlflow server`` on loopback, as ``python -m training mlflow`` starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tests.support.host import free_port
from tests.support.pythons import ROOT

_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Server:
    """A server process, which leads a process group of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self) -> Server:
        """Return once the server answers."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.uri}/health", timeout=2):
                    return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(f"The MLflow server does not answer:\n{self.log.read_text()}")

    def kill(self) -> None:
        """End the server and its workers at once, without any farewell."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start(home: Path) -> Server:
    """Start a server over the store in a home; ``wait`` for it."""
    port, log = free_port(), home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "training", "mlflow", "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "SENTIMENT_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Server(process, port, log)
