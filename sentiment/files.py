"""Files and folders that are replaced as a whole: at any moment, a kill included, old or new."""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

READABLE, PRIVATE = 0o644, 0o600
"""Modes of a file: for everybody to read, and for its owner alone, as where tweets are in it."""

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_NOT_SUPPORTED = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})
_ABANDONED_SECONDS = 3600.0
_NEW = "-new-"


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


def make_private(folder: Path) -> None:
    """Make a folder, and what is missing above it, that only its owner can read.

    Raises:
        OSError: It cannot be made.
    """
    for missing in reversed([folder, *folder.parents]):
        if not missing.exists():
            missing.mkdir(mode=0o700, exist_ok=True)


def make_part(folder: Path) -> Path:
    """Make an empty folder beside ``folder``, in which what shall replace it is put together."""
    return Path(tempfile.mkdtemp(prefix=f".{folder.name}{_NEW}", dir=folder.parent))


def replace_folder(new: Path, folder: Path) -> None:
    """Put ``new`` in the place of ``folder``; what stood there is removed afterwards.

    What other replacements left beside it when they were killed is removed as well.

    Raises:
        OSError: It cannot be put there; ``folder`` is as it was.
    """
    if not folder.exists():
        new.rename(folder)
    elif exchange(new, folder):
        _remove(new)
    else:
        _replace_in_two_steps(new, folder)
    _remove_abandoned(folder)


def current_folder(folder: Path) -> Path:
    """Return where to read a folder: itself, or where a killed replacement had moved it."""
    return _old(folder) if not folder.exists() and _old(folder).is_dir() else folder


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; return False where the system has none.

    Raises:
        OSError: They cannot change places; both are as they were.
    """
    if not sys.platform.startswith("linux"):
        return False
    import ctypes  # not needed to read

    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    paths = (os.fsencode(one.absolute()), os.fsencode(other.absolute()))
    if rename(_AT_FDCWD, paths[0], _AT_FDCWD, paths[1], _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NOT_SUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(other))


def _replace_in_two_steps(new: Path, folder: Path) -> None:
    old = _old(folder)
    if old.exists():  # as a replacement left it that was killed at the end
        shutil.rmtree(old)
    folder.rename(old)
    try:
        new.rename(folder)
    except BaseException:
        old.rename(folder)
        raise


def _old(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}-moved-aside")


def _remove_abandoned(folder: Path) -> None:
    shutil.rmtree(_old(folder), ignore_errors=True)
    for path in folder.parent.glob(glob.escape(f".{folder.name}{_NEW}") + 8 * "?"):
        with suppress(OSError):  # another replacement may be removing it too
            if time.time() - path.lstat().st_mtime > _ABANDONED_SECONDS:  # else it may be in use
                _remove(path)


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)
