"""The app in a process of its own, and the browser that opens its page."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


def find_chromium() -> str | None:
    """Return Debian's Chromium or its like on the path, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def serving() -> Iterator[str]:
    """Serve the app with an empty home until the block ends; yield its address.

    Raises:
        RuntimeError: It does not start.
    """
    command = [sys.executable, "-m", "local_host", "--port", "0"]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "SENTIMENT_HOME": home}
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                words = process.stdout.readline().split() if process.stdout else []
                if words[:2] != ["Serving", "on"]:
                    raise RuntimeError("The local host does not start; it says why above.")
                yield words[2]
            finally:
                process.kill()
