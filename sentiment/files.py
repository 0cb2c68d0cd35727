"""Files that are replaced as a whole or not at all, and what tells them apart."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path


def write_aside(target: Path, content: bytes) -> Path:
    """Write content durably beside ``target`` and return the file, to be renamed to it.

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
        part.chmod(0o644)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return part


def replace_file(target: Path, content: bytes) -> None:
    """Put content in the place of ``target``, whose folder exists.

    Raises:
        OSError: The disk is full or cannot be written; ``target`` is as it was.
    """
    part = write_aside(target, content)
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
