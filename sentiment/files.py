"""Files that are replaced as a whole or not at all, and what tells them apart."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

READABLE, PRIVATE = 0o644, 0o600
"""Modes of a file: for everybody to read, and for its owner alone, as where tweets are in it."""


def check_target(target: Path) -> None:
    """Check, before long work, that a file can stand at ``target``.

    Raises:
        OSError: Its folder is missing, or ``target`` is a folder.
    """
    if not target.absolute().parent.is_dir():
        raise FileNotFoundError(
            f"{target} cannot be written: there is no folder {target.parent}. Make it first, or"
            " choose another place."
        )
    if target.is_dir():
        raise IsADirectoryError(f"{target} cannot be written: it is a folder. Name a file.")


def write_aside(target: Path, content: bytes, mode: int = READABLE) -> Path:
    """Write content durably beside ``target`` and return the file, to be renamed to it.

    Args:
        target: The file that it shall become.
        content: The whole of it.
        mode: Who may read it, ``READABLE`` or ``PRIVATE``.

    Raises:
        OSError: The disk is full or cannot be written; nothing is left beside ``target``.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{target.stem}-", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(mode)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def replace_file(target: Path, content: bytes, mode: int = READABLE) -> None:
    """Put content in the place of ``target``, whose folder exists.

    Args:
        target: The file.
        content: The whole of it.
        mode: Who may read it, ``READABLE`` or ``PRIVATE``.

    Raises:
        OSError: The disk is full or cannot be written; ``target`` is as it was.
    """
    part = write_aside(target, content, mode)
    try:
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
