"""A folder as a zip file whose bytes depend on its content alone."""

from __future__ import annotations

import zipfile
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o100644


def write_zip(folder: Path, target: Path) -> dict[str, int]:
    """Write every file below a folder, in the order of their names; return the packed sizes.

    Args:
        folder: What is packed; its own name is not part of the names.
        target: The file, replaced.

    Raises:
        OSError: A file cannot be read or written.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in files:
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _FILE_MODE << 16
            archive.writestr(entry, path.read_bytes())
        return {entry.filename: entry.compress_size for entry in archive.infolist()}
