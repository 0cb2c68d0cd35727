"""Folders that are replaced as a whole: at any moment, a kill included, the old or the new."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
_NOT_SUPPORTED = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP})
_ABANDONED_SECONDS = 3600.0
_NEW, _OLD = "-new", "-old"
_RANDOM = r"-[a-z0-9_]{8}"  # as tempfile names things


def make_part(folder: Path) -> Path:
    """Make an empty folder beside ``folder``, in which what shall replace it is put together."""
    return Path(tempfile.mkdtemp(prefix=f".{folder.name}{_NEW}-", dir=folder.parent))


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


def standing(folder: Path) -> Path:
    """Return where to read a folder: itself, or what a killed replacement had moved away."""
    if not folder.exists():
        for old in _beside(folder, _OLD + _RANDOM):
            if (old / folder.name).is_dir():
                return old / folder.name
    return folder


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
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}{_OLD}-", dir=folder.parent))
    folder.rename(old / folder.name)
    try:
        new.rename(folder)
    except BaseException:
        (old / folder.name).rename(folder)
        old.rmdir()
        raise
    shutil.rmtree(old, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    for path in _beside(folder, f"(?:{_NEW}|{_OLD}){_RANDOM}"):
        with suppress(OSError):  # another replacement may be removing it too
            if time.time() - path.lstat().st_mtime > _ABANDONED_SECONDS:  # else it may be in use
                _remove(path)


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def _beside(folder: Path, ending: str) -> list[Path]:
    name = re.compile(re.escape(f".{folder.name}") + ending)
    try:
        return [path for path in folder.parent.iterdir() if name.fullmatch(path.name)]
    except OSError:  # there is no folder that could hold any
        return []
