"""What is known to be on the disk, so that a run that was killed goes on where it stood."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import BinaryIO

import msgspec

from operations.scoring.lines import ScoringError

LAYOUT = 3
"""Raised whenever the same input would be cut into windows, or written, in another way."""


_SAME = {
    "input_sha256": "The input is",
    "model_sha256": "The model is",
    "options": "The options are",
    "layout": "This program is",
}


class Identity(msgspec.Struct, frozen=True):
    """What a file of results is made of; only the same again may be continued.

    Attributes:
        input_sha256: Of the input's bytes.
        model_sha256: Of the model's manifest, which holds the hashes of its files.
        options: Those that change what is written.
        layout: See ``LAYOUT``.
    """

    input_sha256: str
    model_sha256: str
    options: dict[str, str]
    layout: int = LAYOUT


class Mark(msgspec.Struct, frozen=True):
    """How far a run came: counts from the beginning, and the sizes of its files in bytes.

    ``complete`` is true once nothing but renaming is left to do.
    """

    records: int = 0
    rows: int = 0
    rejected: int = 0
    output_bytes: int = 0
    rejected_bytes: int = 0
    complete: bool = False


class Journal:
    """A file beside the output: the identity, then one mark a line, of which the last counts.

    Lines are only appended, so that a torn one, on a full disk or after a crash, costs no more
    than itself.

    Args:
        path: Of the journal; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def begin(self, identity: Identity) -> None:
        """Begin anew.

        Raises:
            OSError: The disk is full or cannot be written.
        """
        self._file = self._path.open("wb", buffering=0)
        self.add(identity)

    def resume(self, identity: Identity) -> Mark | None:
        """Return the last mark, ready to add others, or None where there is none.

        Raises:
            ScoringError: The results that were begun are of something else.
        """
        try:
            lines = self._path.read_bytes().split(b"\n")[:-1]
        except FileNotFoundError:
            return None
        try:
            begun = msgspec.json.decode(lines[0], type=Identity)
        except (IndexError, msgspec.DecodeError):
            return None
        self._check(begun, identity)
        marks: list[Mark] = []
        with contextlib.suppress(msgspec.DecodeError):
            marks.extend(msgspec.json.decode(line, type=Mark) for line in lines[1:])
        if not marks:
            return None
        self._file = self._path.open("r+b", buffering=0)
        self._file.seek(sum(len(line) + 1 for line in lines[: 1 + len(marks)]))
        self._file.truncate()
        return marks[-1]

    def add(self, entry: Identity | Mark) -> None:
        """Record a mark durably.

        Raises:
            OSError: The disk is full or cannot be written; the marks before are kept.
        """
        if self._file is None:
            raise ValueError("The journal is not open.")
        write_all(self._file, msgspec.json.encode(entry) + b"\n")
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def remove(self) -> None:
        """Close and delete the file."""
        self.close()
        self._path.unlink(missing_ok=True)

    def _check(self, begun: Identity, identity: Identity) -> None:
        for field, what in _SAME.items():
            if getattr(begun, field) != getattr(identity, field):
                raise ScoringError(
                    f"{what} not the same as when {self._path.name} was begun, so that it cannot"
                    " be continued. Give --restart to begin anew, or choose another output."
                )


def write_all(file: BinaryIO, content: bytes) -> None:
    """Write to an unbuffered file, which may take less than it is given.

    Raises:
        OSError: The disk is full or cannot be written.
    """
    rest = memoryview(content)
    while rest:
        rest = rest[file.write(rest) :]
