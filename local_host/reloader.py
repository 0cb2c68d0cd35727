"""The reloader: runs the server as a process of its own, anew after each change of the app."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from local_host import interruption

_INTERVAL_SECONDS = 0.5
_SETTLE_SECONDS = 0.2
_STOP_SECONDS = 5
_SUFFIXES = frozenset({".py", ".json"})
_BUNDLE = "model_artifacts"
_SKIPPED = frozenset({"__pycache__", "node_modules"})

_logger = logging.getLogger("local_host")

Snapshot = Mapping[Path, tuple[int, int]]


def supervise(command: Sequence[str], folder: Path) -> int:
    """Run the server until it ends by itself; start it again whenever the app changes.

    A server that fails after a change, such as one half typed, is started again after the next.

    Args:
        command: Starts the server.
        folder: Where the app lies.

    Returns:
        The exit code of the server.
    """
    files, restarted = snapshot(folder), False
    while True:
        code = _run(command, folder, files)
        if code == 0 or (code is not None and not restarted):
            return code
        if code is not None:
            _logger.warning("The server ended with an error; it starts again when a file changes.")
            _wait_for_change(folder, files)
        _logger.info("A file of the app changed; starting again.")
        files, restarted = _settled(folder), True


def snapshot(folder: Path) -> Snapshot:
    """Return time and size of the app's Python and JSON files, and of all files of its bundle."""
    found: dict[Path, tuple[int, int]] = {}
    for file in _watched(folder):
        with contextlib.suppress(OSError):
            status = file.stat()
            found[file] = (status.st_mtime_ns, status.st_size)
    return found


def _watched(folder: Path) -> Iterator[Path]:
    for name, folders, files in os.walk(folder):
        parent = Path(name)
        folders[:] = [each for each in folders if _is_source(parent / each)]
        in_bundle = _BUNDLE in parent.relative_to(folder).parts
        yield from (parent / each for each in files if in_bundle or Path(each).suffix in _SUFFIXES)


def _is_source(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in _SKIPPED
    return not hidden and not (folder / "pyvenv.cfg").exists()


def _run(command: Sequence[str], folder: Path, files: Snapshot) -> int | None:
    """Return the exit code, or None where a change of the files ended the server."""
    interruption.hold()
    process = subprocess.Popen(command)
    try:
        interruption.release()
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                return process.wait(_INTERVAL_SECONDS)
            if snapshot(folder) != files:
                return None
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for_change(folder: Path, files: Snapshot) -> None:
    while snapshot(folder) == files:
        time.sleep(_INTERVAL_SECONDS)


def _settled(folder: Path) -> Snapshot:
    """Return the files once they came to rest: a switch of branches changes many."""
    before, now = None, snapshot(folder)
    while now != before:
        time.sleep(_SETTLE_SECONDS)
        before, now = now, snapshot(folder)
    return now
