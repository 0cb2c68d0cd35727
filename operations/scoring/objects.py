"""JSON lines: one object a line, kept as they are but for what is added."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from operations.scoring.lines import Line, Lines, ScoringError
from operations.scoring.records import LineSource, Record

_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


class JsonSource(LineSource):
    """The records of a file of JSON lines; values stay as they were written.

    Args:
        lines: Of the file.
        name: What errors call it.
        fixed: Whether an object may have no field that the first one lacks, since what is written
            has columns.

    Raises:
        ScoringError: The file is empty.
    """

    def __init__(self, lines: Lines, name: str, fixed: bool = False) -> None:
        super().__init__(lines)
        self._fixed = fixed
        self._known: frozenset[str] | None = None
        self._before: list[Record] = []
        self.columns = self._read_columns(name)
        self._known = frozenset(self.columns) if fixed else None

    def __iter__(self) -> Iterator[Record]:
        """Yield the records in order, those that cannot be read too."""
        return itertools.chain(self._before, self._records())

    def plain(self, value: Any) -> Any:
        """Return a string as such, null as None, and anything else as it was written."""
        return _as_text(value) if isinstance(value, msgspec.Raw) else value

    def text(self, value: Any) -> str | None:
        """Return the value if it is a string, and else None."""
        return _as_text(value) if bytes(value).startswith(b'"') else None

    def kept(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the fields as they were written, or as text where what is written has columns."""
        if not self._fixed:
            return values
        return {name: _as_text(raw) for name, raw in values.items()}

    def _read_columns(self, name: str) -> tuple[str, ...]:
        for record in self._records():
            self._before.append(record)
            if record.values:
                return tuple(record.values)
            if len(self._before) >= 1000:
                break
        raise ScoringError(f"{name} has no JSON object in its first lines; one a line is expected.")

    def _records(self) -> Iterator[Record]:
        for line in self._lines:
            if line.problem or line.text.strip():
                yield self._record(line)

    def _record(self, line: Line) -> Record:
        if line.problem:
            return Record(line.number, {}, 0, line.problem)
        size = len(line.text)
        try:
            values = _decoder.decode(line.text)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return Record(line.number, {}, size, _problem(line.text))
        if self._known is not None and not self._known.issuperset(values):
            problem = "The object has a field that the first one lacks; write JSON lines instead."
            return Record(line.number, {}, size, problem)
        return Record(line.number, values, size)


class JsonForm:
    """Rows as JSON lines."""

    def head(self) -> bytes:
        """Return nothing: JSON lines have no header."""
        return b""

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """Return one line for each row."""
        lines = [msgspec.json.encode(row, enc_hook=str) for row in rows]
        return b"".join(line + b"\n" for line in lines)


def _problem(line: str) -> str:
    """Return why a line is not read, which the decoder does not report of half a character."""
    try:
        found = json.loads(line)
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "The line has a lone surrogate: half of the escape for a character, such as \\ud83d."
    except (ValueError, RecursionError):
        pass
    return "The line is not a well-formed JSON object."


def _as_text(raw: msgspec.Raw) -> str | None:
    written = bytes(raw)
    if written.startswith(b'"'):
        return msgspec.json.decode(written, type=str)
    return None if written == b"null" else written.decode()
