"""Where rows go: a file that is complete or not there, or standard output."""

from __future__ import annotations

import csv
import io
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, TextIO

import msgspec

from operations.scoring.journal import Identity, Journal, Mark, write_all
from operations.scoring.lines import ScoringError
from operations.scoring.scoring import Rejected

MARK_SECONDS = 0.5
"""The least time between two marks: each waits for the disk."""


class FileSink:
    """An output file and, beside it, the records that were rejected.

    Rows are gathered in ``OUTPUT.part``. Where the input can be read again, ``OUTPUT.journal``
    notes how much of it counts, so that the same command goes on after an interruption.

    Args:
        output: The file to make.
        rejected: The file for what was rejected; it is made when it is needed.
        identity: What the output is made of; None if it cannot be continued.
        overwrite: Whether files that exist may be replaced.
        restart: Whether to begin anew where an earlier run can be continued.

    Attributes:
        mark: How far the run is.
    """

    def __init__(
        self,
        output: Path,
        rejected: Path,
        identity: Identity | None,
        overwrite: bool = False,
        restart: bool = False,
    ) -> None:
        self._output = output
        self._part = output.with_name(f"{output.name}.part")
        self._journal = Journal(output.with_name(f"{output.name}.journal"))
        self._identity = identity
        self._overwrite = overwrite
        self._restart = restart
        self._rows = _Appended(self._part)
        self._rejected = _Appended(rejected)
        self._rejected_path = rejected
        self.mark = Mark()
        self._marked_at = 0.0
        self._marked = True

    def close(self) -> None:
        """Keep what was written and close the files."""
        try:
            self._keep()
        except OSError:  # the last mark that could be kept counts
            pass
        finally:
            for each in (self._rows, self._rejected, self._journal):
                each.close()

    def begin(self, head: bytes) -> Mark:
        """Open the output and return how far it is already; a new one starts with ``head``.

        Raises:
            ScoringError: Something is in the way, another process writes the same output, or the
                earlier run was of another input, model or options.
            OSError: The disk is full or cannot be written.
        """
        begun = self._part.exists()
        if begun:
            self._rows.open()  # before the journal is touched, which another process may write
        found = None
        if self._identity is not None and not self._restart:
            found = self._journal.resume(self._identity)
        if found is not None and found.complete and not begun:
            self.mark = found
            return found
        _check_free(self._output, self._overwrite)
        self._rows.open()
        if found is None:
            _check_free(self._rejected_path, self._overwrite or self._restart)
            self._begin_anew(head)
        else:
            self.mark = found
            self._rows.cut(found.output_bytes)
            self._rejected.cut(found.rejected_bytes)
        return self.mark

    def write(self, records: int, rows: int, content: bytes, rejected: Sequence[Rejected]) -> None:
        """Write a window of so many records: its rows as bytes, and what was rejected.

        Raises:
            OSError: The disk is full or cannot be written; what came before is kept.
        """
        mark = self.mark
        refused = _rejected_lines(rejected, header=mark.rejected == 0)
        try:
            self._rows.write(content)
            self._rejected.write(refused)
        except OSError:
            # What was cut off makes room for the mark of what came before.
            self._rows.cut(mark.output_bytes)
            self._rejected.cut(mark.rejected_bytes)
            raise
        self.mark = Mark(
            mark.records + records,
            mark.rows + rows,
            mark.rejected + len(rejected),
            mark.output_bytes + len(content),
            mark.rejected_bytes + len(refused),
        )
        self._marked = False
        if time.monotonic() - self._marked_at >= MARK_SECONDS:
            self._keep()

    def finish(self, convert: Callable[[Path, Path], None] | None = None) -> None:
        """Put the output in its place, converted from what was gathered where that is needed.

        Raises:
            OSError: The disk is full or cannot be written; nothing is lost.
        """
        if self.mark.complete and not self._part.exists():
            return
        self.mark = msgspec.structs.replace(self.mark, complete=True)
        self._marked = False
        self._keep()
        if convert is None:
            self._part.replace(self._output)
            return
        made = self._output.with_name(f"{self._output.name}.converted")
        try:
            convert(self._part, made)
            made.replace(self._output)
        except BaseException:
            made.unlink(missing_ok=True)
            raise
        self._part.unlink()

    def forget(self) -> None:
        """Delete the journal."""
        self._journal.remove()

    def _begin_anew(self, head: bytes) -> None:
        if self._identity is not None:
            self._journal.begin(self._identity)
        self._rows.cut(0)
        self._rejected.cut(0)
        self._rows.write(head)
        self.mark = Mark(output_bytes=len(head))
        self._marked = False
        self._keep()

    def _keep(self) -> None:
        """Make sure that what was written is on the disk, and note it."""
        if self._marked:
            return
        self._marked = True  # also if it fails: a disk tells only once what it has lost
        self._rows.sync()
        self._rejected.sync()
        if self._identity is not None:
            self._journal.add(self.mark)
        self._marked_at = time.monotonic()


class StreamSink:
    """Standard output; what is rejected is reported on standard error.

    Args:
        output: Takes the rows.
        notices: Takes one line for each record that is rejected.

    Attributes:
        mark: How far the run is.
    """

    def __init__(self, output: BinaryIO, notices: TextIO) -> None:
        self._output = output
        self._notices = notices
        self.mark = Mark()

    def close(self) -> None:
        """Leave the stream open: it is not ours."""

    def begin(self, head: bytes) -> Mark:
        """Write what comes first."""
        self._output.write(head)
        return self.mark

    def write(self, records: int, rows: int, content: bytes, rejected: Sequence[Rejected]) -> None:
        """Write a window; see ``FileSink``.

        Raises:
            OSError: Whoever reads is gone, or the disk is full.
        """
        self._output.write(content)
        self._output.flush()
        for line, reason in rejected:
            self._notices.write(f"line {line:,}: {reason}\n")
        mark = self.mark
        self.mark = Mark(mark.records + records, mark.rows + rows, mark.rejected + len(rejected))

    def finish(self, convert: Callable[[Path, Path], None] | None = None) -> None:  # noqa: ARG002
        """Write what is left."""
        self._output.flush()

    def forget(self) -> None:
        """Do nothing: a stream leaves nothing behind."""


Sink = FileSink | StreamSink
"""Takes windows of rows, in order."""


class _Appended:
    """A file that grows, and that is made when there is something to write."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def open(self) -> BinaryIO:
        """Open the file, and see to it that no other process writes it.

        Raises:
            ScoringError: Another process does.
            OSError: It cannot be opened.
        """
        if self._file is None:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            self._file = os.fdopen(descriptor, "r+b", buffering=0)
            _lock(self._file, self._path)
            self._file.seek(0, os.SEEK_END)
        return self._file

    def write(self, content: bytes) -> None:
        if content:
            write_all(self.open(), content)

    def cut(self, size: int) -> None:
        """Keep so many bytes; a file of none is deleted, if it is not open."""
        if self._file is None and size == 0:
            self._path.unlink(missing_ok=True)
            return
        file = self.open()
        if file.seek(0, os.SEEK_END) < size:
            raise ScoringError(
                f"{self._path} is shorter than it was; somebody changed it. Give --restart to"
                " begin anew."
            )
        file.truncate(size)
        file.seek(size)

    def sync(self) -> None:
        if self._file is not None:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _check_free(path: Path, may_replace: bool) -> None:
    if path.exists() and not may_replace:
        raise ScoringError(f"{path} exists; give --overwrite to replace it.")


def _lock(file: BinaryIO, path: Path) -> None:
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise ScoringError(f"Another process is writing {path}; wait for it to end.") from error


def _rejected_lines(rejected: Sequence[Rejected], header: bool) -> bytes:
    if not rejected:
        return b""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow(Rejected._fields)
    writer.writerows(rejected)
    return text.getvalue().encode()
