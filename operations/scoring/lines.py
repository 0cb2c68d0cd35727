"""The lines of a text file, decoded one by one, however long or broken some of them are."""

from __future__ import annotations

import codecs
import gzip
import os
import stat
import zlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple, cast

from operations.terminal import counted

MAX_LINE_BYTES = 1 << 20
AUTO = "auto"

_GZIP_MAGIC = b"\x1f\x8b"
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class ScoringError(ValueError):
    """A file cannot be scored, or not to its end; the message says where and what to do."""


class Line(NamedTuple):
    """A line with its number from 1 and its line break, or the reason why it cannot be read."""

    number: int
    text: str
    problem: str = ""


class Lines:
    """Iterates over the lines of a file, gzip-compressed or not; a BOM is passed over.

    Args:
        raw: The file, opened for reading; it need not be seekable.
        name: What errors call it.
        encoding: How its bytes become text. ``auto`` takes each line for UTF-8 or, where it is
            none, for Windows-1252, since files that were put together from others mix the two.
    """

    def __init__(self, raw: BinaryIO, name: str, encoding: str = AUTO) -> None:
        self._raw = raw
        self._name = name
        self._encoding = encoding
        self._number = 0
        self._others = 0
        self._first_other = 0
        self._size = _size(raw)
        self._read = 0
        self._file = self._decompressed()

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        """Return the next line.

        Raises:
            ScoringError: The file cannot be read any further.
        """
        raw = self._next_raw()
        if not raw:
            raise StopIteration
        self._number += 1
        if len(raw) > MAX_LINE_BYTES:
            self._pass_over(raw)
            return Line(self._number, "", f"The line is longer than {MAX_LINE_BYTES} bytes.")
        if self._number == 1:
            raw = self._without_mark(raw)
        return self._decode(raw)

    def share(self) -> float | None:
        """Return which share of the file's bytes was read, or None where its size is unknown."""
        if not self._size:
            return None
        return min(1.0, self._position() / self._size)

    def remarks(self) -> Sequence[str]:
        """Return which lines were taken for Windows-1252, if any."""
        if not self._others:
            return ()
        return (
            f"{counted(self._others, 'line is', 'lines are')} not UTF-8,"
            f" the first is line {self._first_other:,}; read as Windows-1252."
            " With --encoding utf-8 such lines are rejected.",
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        self._raw.close()

    def _decompressed(self) -> BinaryIO:
        start = _peek(self._raw)
        if start.startswith(_GZIP_MAGIC):
            return cast(BinaryIO, gzip.GzipFile(fileobj=self._raw))
        return self._raw

    def _position(self) -> int:
        try:
            return self._raw.tell()
        except OSError:
            return self._read

    def _next_raw(self) -> bytes:
        try:
            raw = self._file.readline(MAX_LINE_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ScoringError(
                f"{self._name} cannot be read after line {self._number:,}: {reason}."
            ) from error
        self._read += len(raw)
        return raw

    def _pass_over(self, raw: bytes) -> None:
        while raw and not raw.endswith(b"\n"):
            raw = self._next_raw()

    def _without_mark(self, raw: bytes) -> bytes:
        if raw.startswith(_UTF_16):
            raise ScoringError(f"{self._name} is UTF-16; save it as UTF-8 and try again.")
        return raw.removeprefix(codecs.BOM_UTF8)

    def _decode(self, raw: bytes) -> Line:
        try:
            return Line(self._number, raw.decode("utf-8" if self._is_auto() else self._encoding))
        except UnicodeDecodeError:
            if not self._is_auto():
                return Line(self._number, "", f"The line is not {self._encoding}.")
        self._others += 1
        self._first_other = self._first_other or self._number
        return Line(self._number, _decode_western(raw))

    def _is_auto(self) -> bool:
        return self._encoding == AUTO


def _decode_western(raw: bytes) -> str:
    try:
        return raw.decode("windows-1252")
    except UnicodeDecodeError:  # five of its bytes stand for nothing
        return raw.decode("latin-1")


def _peek(raw: BinaryIO) -> bytes:
    peek = getattr(raw, "peek", None)
    return cast(bytes, peek(len(_GZIP_MAGIC))) if peek else b""


def _size(raw: BinaryIO) -> int:
    try:
        status = os.fstat(raw.fileno())
    except OSError:
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else 0
