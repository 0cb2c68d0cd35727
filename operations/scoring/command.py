"""A file scored from its first row to its report, with what is said of it on standard error."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tqdm import tqdm

from operations.scoring import formats
from operations.scoring.dates import DATE_COLUMNS
from operations.scoring.job import Job
from operations.scoring.journal import Mark
from operations.scoring.lines import ScoringError
from operations.scoring.progress import Progress
from operations.scoring.run import Outcome, Run
from operations.scoring.scoring import find_column
from operations.terminal import counted
from sentiment.files import check_target
from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier

_MOST_THREADS = 4


def score_file(
    job: Job,
    bundle: Path,
    threads: int | None = None,
    *,
    report: Path | None = None,
    date_column: str | None = None,
    quiet: bool = False,
) -> None:
    """Score a file, say how it went and draw a report.

    Args:
        job: What is to be scored, and how.
        bundle: The folder of the model.
        threads: For the model; None for this machine's processors, up to four.
        report: The page to draw, or None.
        date_column: Which column holds the date, for the report; None for the usual ones.
        quiet: Whether to say nothing but that most was rejected.

    Raises:
        ScoringError: The file cannot be scored, or not to its end; what was scored is kept.
        BundleError: The bundle cannot be used.
        KeyboardInterrupt: Its message says how to go on.
    """
    try:
        _check_report(job, report)
        classifier = Classifier(read_bundle(bundle), threads or _threads())
        with Run(job, classifier, Progress(quiet)) as run:
            found_dates = _date_column(date_column, run.columns)
            outcome = run.score()
            if report is not None:
                _write_report(job, outcome, run.text_column, found_dates, report)
            run.forget()
    except KeyboardInterrupt:
        raise KeyboardInterrupt(_remark_on_interruption(job)) from None
    if not quiet:
        _summarize(job, outcome)
    _warn(outcome.mark)


def _summarize(job: Job, outcome: Outcome) -> None:
    mark, before = outcome.mark, outcome.before
    fresh = mark.rows - before.rows
    name = "standard output" if job.output == formats.STANDARD else job.output
    lines = list(outcome.remarks)
    if before.records:
        lines.append(f"{counted(before.rows, 'tweet')} had been scored before an interruption.")
    if mark.rejected:
        where = "" if job.output == formats.STANDARD else f", see {job.rejected_file}"
        lines.append(f"{counted(mark.rejected, 'row was', 'rows were')} rejected{where}.")
    took = ""
    if outcome.rate:
        took = f", {outcome.rate:,.0f}/s in {tqdm.format_interval(fresh / outcome.rate)}"
    lines.append(f"{counted(mark.rows, 'tweet is', 'tweets are')} scored in {name}{took}.")
    print("\n".join(lines), file=sys.stderr)


def _warn(mark: Mark) -> None:
    if 2 * mark.rejected > mark.records:
        print(
            f"WARNING: most of the input was not scored: {mark.rejected:,} of"
            f" {counted(mark.records, 'row')} ({mark.rejected / mark.records:.1%}) rejected. Check"
            " --text-column, --delimiter, --encoding and --input-format.",
            file=sys.stderr,
        )


def _remark_on_interruption(job: Job) -> str:
    if formats.STANDARD in (job.input, job.output):
        return "what was written so far is kept."
    return "what was scored is kept. Give the same command again to go on."


def _check_report(job: Job, report: Path | None) -> None:
    if report is None:
        return
    check_target(report)
    if job.output == formats.STANDARD:
        raise ScoringError("A report is drawn from the output: give it a name with --output.")
    import operations.scoring.report  # noqa: F401 - what it needs is missed before long work


def _date_column(asked: str | None, columns: Sequence[str]) -> str | None:
    if asked is not None:
        return find_column(columns, asked, (), "--date-column")
    with contextlib.suppress(ScoringError):
        return find_column(columns, None, DATE_COLUMNS, "--date-column")
    return None


def _write_report(
    job: Job, outcome: Outcome, text_column: str, date_column: str | None, path: Path
) -> None:
    from operations.report.page import ReportError, write_report
    from operations.scoring.report import render_report
    from operations.scoring.summary import Columns, summarize

    source = formats.open_source(job.output, job.formats[1])
    try:
        summary = summarize(source, Columns(text_column, date_column, job.prefix))
    finally:
        source.close()
    try:
        created, rejected = datetime.now(UTC), outcome.mark.rejected
        write_report(path, render_report(summary, job.input.name, created, rejected))
    except ReportError as error:
        raise ScoringError(f"{job.output} is complete. {error}") from error


def _threads() -> int:
    # Windows and macOS report only how many there are, not how many this process may use.
    usable = getattr(os, "sched_getaffinity", None)
    return min(_MOST_THREADS, len(usable(0)) if usable else os.cpu_count() or 1)
