"""Generated files: written together or not at all, and compared with what is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sentiment.files import write_aside

Files = Mapping[str, bytes]
"""Contents by path below a folder, with slashes."""


class StaleError(ValueError):
    """Files differ from what would be written; the message names them."""


def write_files(folder: Path, files: Files) -> None:
    """Write every file aside, then rename them all.

    Raises:
        OSError: The disk is full or cannot be written. As long as that shows in writing aside,
            every file is as it was.
    """
    parts: dict[Path, Path] = {}
    try:
        for name, content in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            parts[target] = write_aside(target, content)
        for target, part in parts.items():
            part.replace(target)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def check_files(folder: Path, files: Files) -> None:
    """Compare files with what is on disk.

    Raises:
        StaleError: Some differ or are missing.
    """
    stale = [name for name, content in files.items() if _read(folder / name) != content]
    if stale:
        raise StaleError(
            f"Not what the records give: {', '.join(stale)} in {folder}."
            " Write them anew: python -m training compare"
        )


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
