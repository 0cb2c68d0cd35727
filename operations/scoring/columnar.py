"""Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from operations.scoring.lines import ScoringError
from operations.scoring.records import WINDOW_RECORDS, Record, Source

_ANSWER_TYPES = {float: "float64", bool: "bool_", str: "string"}


def _pyarrow() -> Any:
    import pyarrow
    import pyarrow.parquet

    return pyarrow


class ParquetSource(Source):
    """The rows of a Parquet file.

    Args:
        path: Of the file.

    Raises:
        ScoringError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._arrow = _pyarrow()
        self._name = path.name
        self._number = 0
        try:
            self._file = self._arrow.parquet.ParquetFile(path)
        except (OSError, self._arrow.ArrowException) as error:
            raise ScoringError(f"{path.name} cannot be read as Parquet.") from error
        self.schema = self._file.schema_arrow
        self.columns = tuple(self.schema.names)

    def __iter__(self) -> Iterator[Record]:
        """Yield the rows in order."""
        batches = self._file.iter_batches(batch_size=WINDOW_RECORDS)
        while True:
            try:
                batch = next(batches)
            except StopIteration:
                return
            except (OSError, self._arrow.ArrowException) as error:
                raise ScoringError(
                    f"{self._name} cannot be read after row {self._number:,}."
                ) from error
            size = batch.nbytes // max(1, batch.num_rows)
            for values in batch.to_pylist():
                self._number += 1
                yield Record(self._number, values, size)

    def share(self) -> float | None:
        """Return which share of the rows was read."""
        rows = self._file.metadata.num_rows
        return self._number / rows if rows else None

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class ParquetForm:
    """Rows as Parquet.

    A Parquet file is complete only with its footer, so that it cannot be continued. Rows are
    gathered in Arrow's stream format, which can, and copied to Parquet at the end.

    Args:
        columns: Of the output, in order.
        answers: The type of each column that is added.
        schema: That of the input where it is Parquet; other kept columns are text.
    """

    def __init__(
        self, columns: Sequence[str], answers: Mapping[str, type], schema: Any = None
    ) -> None:
        self._arrow = _pyarrow()
        self._schema = self._arrow.schema(
            [(name, self._type(name, answers, schema)) for name in columns]
        )

    def head(self) -> bytes:
        """Return the schema."""
        return bytes(self._schema.serialize())

    def encode(self, rows: Sequence[Mapping[str, Any]]) -> bytes:
        """Return a batch of rows."""
        arrays = [
            self._arrow.array([_fit(row.get(field.name), field) for row in rows], field.type)
            for field in self._schema
        ]
        batch = self._arrow.record_batch(arrays, schema=self._schema)
        return bytes(batch.serialize())

    def convert(self, part: Path, path: Path) -> None:
        """Copy what was gathered to a Parquet file.

        Raises:
            OSError: The disk is full or cannot be written.
        """
        with (
            part.open("rb") as file,
            self._arrow.ipc.open_stream(file) as batches,
            self._arrow.parquet.ParquetWriter(path, self._schema) as writer,
        ):
            for batch in batches:
                writer.write_batch(batch)

    def _type(self, name: str, answers: Mapping[str, type], schema: Any) -> Any:
        if name in answers:
            return getattr(self._arrow, _ANSWER_TYPES[answers[name]])()
        return self._arrow.string() if schema is None else schema.field(name).type


def _fit(value: Any, field: Any) -> Any:
    is_text = str(field.type) == "string"
    return value if value is None or not is_text or isinstance(value, str) else str(value)
