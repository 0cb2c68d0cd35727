"""The app in a process of its own, and the browser that opens its page."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parent.parent
PAGE = "/api/ui"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_START_SECONDS = 60.0


def find_chromium() -> str | None:
    """Return Debian's Chromium or its like on the path, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def serving() -> Iterator[str]:
    """Serve the app with an empty home until the block ends; yield its address.

    Raises:
        RuntimeError: It does not answer.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "local_host", "--port", str(port)]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "SENTIMENT_HOME": home}
        with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
            try:
                _wait(f"http://127.0.0.1:{port}")
                yield f"http://127.0.0.1:{port}"
            finally:
                process.kill()


def _wait(url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), urlopen(f"{url}/api/health/ready"):
            return
        time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer.")
