"""What is to be scored, and how, as a user asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from operations.scoring import formats
from operations.scoring.lines import AUTO

FormatName = Literal["csv", "jsonl", "parquet"]


def _refuse_option(_: object, path: Path) -> None:
    if path != formats.STANDARD and str(path).startswith("-"):
        raise ValueError(f"There is no option {path}")


FileOrStream = Annotated[Path, Parameter(allow_leading_hyphen=True, validator=_refuse_option)]
"""The type of an option that takes a file, or ``-`` for a standard stream."""


@Parameter(name="*")
@dataclass(frozen=True)
class Job:
    """What is to be scored, and how.

    Attributes:
        input: File to read.
        output: File to write; - or nothing for standard output.
        text_column: The tweet (default: text, tweet or content).
        prefix: Put before the names of the added columns.
        input_format: Of the input (default: by the ending; csv on standard input).
        output_format: Of the output (default: by the ending; on standard output, the same).
        encoding: Of the input; auto takes each line for UTF-8 or else for Windows-1252.
        delimiter: Between columns of CSV, a character or tab (default: a comma; a tab in .tsv).
        rejected: For what cannot be scored: the number of the line in the file, from 1 with the
            header, where the row begins (in Parquet, of the row), and the reason (default:
            OUTPUT.rejected.csv).
        overwrite: Replace an output that exists.
        restart: Begin anew instead of going on after an interruption.
    """

    input: Annotated[Path, Parameter(parse=False)] = formats.STANDARD
    output: Annotated[FileOrStream, Parameter(alias="-o")] = formats.STANDARD
    text_column: str | None = None
    prefix: str = ""
    input_format: FormatName | None = None
    output_format: FormatName | None = None
    encoding: str = AUTO
    delimiter: str | None = None
    rejected: Path | None = None
    overwrite: bool = False
    restart: bool = False

    def __post_init__(self) -> None:
        if self.delimiter is not None and (len(self.separator) != 1 or self.separator in '"\r\n'):
            raise ValueError("--delimiter must be one character, or tab.")
        try:
            extends_ascii = self.encoding == AUTO or "a\n".encode(self.encoding) == b"a\n"
        except LookupError:
            extends_ascii = False
        if not extends_ascii:
            raise ValueError("--encoding must be auto, or an encoding that extends ASCII.")

    @property
    def separator(self) -> str:
        """What stands between two columns of a CSV input."""
        if self.delimiter is None:
            return formats.default_delimiter(self.input)
        return {"\\t": "\t", "tab": "\t"}.get(self.delimiter, self.delimiter)

    @property
    def formats(self) -> tuple[str, str]:
        """The formats of input and output.

        Raises:
            ScoringError: A file's ending names none.
        """
        read = formats.format_of(self.input, self.input_format, formats.CSV)
        return read, formats.format_of(self.output, self.output_format, read)

    @property
    def rejected_file(self) -> Path:
        """The file for what is rejected."""
        return self.rejected or self.output.with_name(f"{self.output.name}.rejected.csv")
