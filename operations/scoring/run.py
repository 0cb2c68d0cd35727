"""One run: an input in, an output with the model's answers out."""

from __future__ import annotations

import hashlib
import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from operations.scoring import formats
from operations.scoring.columnar import ParquetForm
from operations.scoring.job import Job
from operations.scoring.journal import Identity, Mark
from operations.scoring.lines import ScoringError
from operations.scoring.progress import Progress
from operations.scoring.records import Record, Source, windows
from operations.scoring.scoring import (
    TEXT_COLUMNS,
    Scorer,
    added_columns,
    check_added,
    find_column,
)
from operations.scoring.sinks import FileSink, Sink, StreamSink
from sentiment.files import check_target, file_digest
from sentiment.model.classifier import Classifier


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    Attributes:
        mark: How much was read, scored and rejected, by earlier runs too.
        before: How much of it by earlier runs.
        rate: Rows scored a second by this one.
        remarks: What the user should know of the input, in sentences.
    """

    mark: Mark
    before: Mark
    rate: float
    remarks: tuple[str, ...]


class Run:
    """Scores one file; to be used in a with statement.

    Args:
        job: What is to be done.
        classifier: What answers.
        progress: Shows how far it is.

    Raises:
        ScoringError: Input or output cannot be used.
    """

    def __init__(self, job: Job, classifier: Classifier, progress: Progress) -> None:
        self._job = job
        self._progress = progress
        _check_places(job)
        self._source = _open(job)
        self._stamp = _stamp(job)
        try:
            self.text_column = _text_column(job, self._source)
            self._form = _form(job, self._source)
            self._scorer = Scorer(classifier, self._source, self.text_column, job.prefix)
            self._sink = _sink(job, classifier, self.text_column)
        except BaseException:
            self._source.close()
            raise

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the input."""
        return tuple(self._source.columns)

    def __enter__(self) -> Run:
        """Return the run."""
        return self

    def __exit__(self, *_: object) -> None:
        """Keep what was scored and close the files."""
        self._progress.end()
        self._sink.close()
        self._source.close()

    def score(self) -> Outcome:
        """Score what is not scored yet and put the output in its place.

        Raises:
            ScoringError: A file cannot be read, or written; what was scored is kept.
        """
        before = self._begin()
        if not before.complete:
            records = iter(self._source)
            line = _pass_over(records, before.records)
            self._progress.begin(before.rows, self._source.share())
            self._write_windows(records, line)
        self._finish()
        mark = self._sink.mark
        rate = 0.0 if before.complete else self._progress.rate(mark.rows)
        return Outcome(mark, before, rate, tuple(self._source.remarks()))

    def forget(self) -> None:
        """Forget how the output came to be, once nothing more is to be made of it."""
        self._sink.forget()

    def _begin(self) -> Mark:
        try:
            return self._sink.begin(self._form.head())
        except OSError as error:
            raise ScoringError(
                f"{self._job.output} cannot be written: {_reason(error)}."
            ) from error

    def _write_windows(self, records: Iterator[Record], line: int) -> None:
        for window in windows(records):
            scored = self._scorer.score(window)
            content = self._form.encode(scored.rows) if scored.rows else b""
            try:
                self._sink.write(len(window), len(scored.rows), content, scored.rejected)
            except BrokenPipeError:
                raise
            except OSError as error:
                raise self._stopped(error, line) from error
            line = window[-1].line
            self._progress.show(self._sink.mark.rows, self._source.share())

    def _stopped(self, error: OSError, line: int) -> ScoringError:
        """Return the error for an output that takes no more after a line of the input."""
        stopped = f"{self._job.output} cannot be written: {_reason(error)}."
        if self._job.output == formats.STANDARD:
            return ScoringError(f"Standard output fails after line {line:,}: {_reason(error)}.")
        if self._job.input == formats.STANDARD:
            return ScoringError(f"{stopped} {self._job.output}.part ends after line {line:,}.")
        return ScoringError(
            f"{stopped} What was scored up to line {line:,} of the input is kept: make room, then"
            " give the same command again to go on."
        )

    def _finish(self) -> None:
        if _stamp(self._job) != self._stamp:
            raise ScoringError(
                f"{self._job.input} changed while it was read; the answers may be of another"
                " file. Give --restart to begin anew."
            )
        convert = self._form.convert if isinstance(self._form, ParquetForm) else None
        try:
            self._sink.finish(convert)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise ScoringError(
                f"{self._job.output} cannot be put in its place: {_reason(error)}. Everything is"
                " scored and kept: make room, then give the same command again."
            ) from error


def _check_places(job: Job) -> None:
    if job.output != formats.STANDARD:
        check_target(job.output)
        check_target(job.rejected_file)
    if formats.STANDARD in (job.input, job.output):
        return
    written = {job.output.resolve(), job.rejected_file.resolve()}
    if job.input.resolve() in written or len(written) < 2:
        raise ScoringError("Input, output and the file for what is rejected must be three files.")


def _stamp(job: Job) -> tuple[int, int] | None:
    """Return the size of the input and when it was last written; None for standard input."""
    if job.input == formats.STANDARD:
        return None
    status = job.input.stat()
    return status.st_size, status.st_mtime_ns


def _open(job: Job) -> Source:
    read, written = job.formats
    fixed = written != formats.JSONL
    return formats.open_source(job.input, read, job.encoding, job.separator, fixed)


def _text_column(job: Job, source: Source) -> str:
    found = find_column(source.columns, job.text_column, TEXT_COLUMNS, "--text-column")
    check_added(source.columns, job.prefix)
    return found


def _form(job: Job, source: Source) -> formats.Form:
    added = added_columns(job.prefix)
    columns = (*source.columns, *added)
    return formats.make_form(job.output, job.formats[1], columns, added, source)


def _sink(job: Job, classifier: Classifier, text_column: str) -> Sink:
    if job.output == formats.STANDARD:
        return StreamSink(sys.stdout.buffer, sys.stderr)
    identity = None
    if job.input != formats.STANDARD:
        identity = _identity(job, classifier, text_column)
    return FileSink(job.output, job.rejected_file, identity, job.overwrite, job.restart)


def _identity(job: Job, classifier: Classifier, text_column: str) -> Identity:
    manifest = msgspec.json.encode(classifier.manifest)
    read, written = job.formats
    options: dict[str, Any] = {
        "text_column": text_column,
        "prefix": job.prefix,
        "encoding": job.encoding,
        "delimiter": job.separator,
        "input_format": read,
        "output_format": f"{written}{job.output.suffix}",
    }
    return Identity(file_digest(job.input), hashlib.sha256(manifest).hexdigest(), options)


def _pass_over(records: Iterator[Record], count: int) -> int:
    """Pass over records that were scored before; return the line of the last."""
    line = 0
    for record in itertools.islice(records, count):
        line = record.line
    return line


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
