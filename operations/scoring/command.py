"""The command line: ``python -m sentiment score``."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from operations.arguments import whole_number
from operations.terminal import counted
from operations.terminal import how_to_install
from operations.scoring import formats
from operations.scoring.dates import DATE_COLUMNS
from operations.scoring.errors import BulkError
from operations.scoring.journal import Mark
from operations.scoring.lines import AUTO
from operations.scoring.progress import Progress, duration
from operations.scoring.run import Job, Outcome, Run, check_place
from operations.scoring.scoring import find_column
from sentiment.model.bundle import BundleError, read_bundle
from sentiment.model.classifier import Classifier
from sentiment.settings import read_settings

_MOST_THREADS = 4
_DESCRIPTION = """\
Score a whole file of tweets. Every row is kept, with the columns label, probability (that of
"positive"), confidence (that of the label), certain, truncated, english (false where the tweet
is probably in another language, which the model did not learn) and model_version added: what the
API answers.

Files are CSV (.csv, .tsv), JSON lines (.jsonl, .ndjson), each also as .gz, or Parquet
(.parquet); the output may be of another format than the input. The tweet is in the column
text, tweet or content, or in the one you name; Sentiment140's six columns need no header.
"""
_EPILOG = """\
examples:
  python -m sentiment score tweets.csv -o scored.csv
      The simplest case. Rows that cannot be scored go to scored.csv.rejected.csv with the
      number of the line in the file where they begin, as an editor counts, and the reason.

  python -m sentiment score tweets.csv -o scored.csv --report report.html
      Also draw a page: share of labels, over time where there are dates, the most negative and
      most positive tweets, telling words.

  python -m sentiment score export.tsv.gz -o scored.parquet --text-column message
      From one format to another, and the tweet in a column of another name.

  zcat tweets.jsonl.gz | python -m sentiment score --input-format jsonl | jq -c .label
      Between other programs: without names, from standard input to standard output.

interruptions:
  Until all is scored, rows gather in scored.csv.part, and scored.csv.journal notes how far it
  is. After Ctrl-C, a power cut or a full disk, give the same command again: it goes on where it
  stood, and the result is the same, byte for byte. If the input, the model or an option changed
  meanwhile, it refuses; --restart begins anew. Standard input cannot be read twice, and what
  came from it cannot be continued.

exit codes: 0 all was read (some rows may have been rejected), 1 an error, 130 interrupted.
"""


def main(arguments: Sequence[str]) -> int:
    """Score a file; return 0, 1 after an error, or 130 when interrupted."""
    options = _parser().parse_args(arguments)
    progress = Progress(None if options.quiet else sys.stderr)
    try:
        _check_report(options)
        classifier = Classifier(read_bundle(options.bundle), options.threads)
        _score(options, classifier, progress)
    except (BulkError, BundleError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # Python would complain once more when it flushes the stream at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("interrupted; " + _interrupted(options), file=sys.stderr)
        return 130
    return 0


def _score(options: argparse.Namespace, classifier: Classifier, progress: Progress) -> None:
    job = _job(options)
    with Run(job, classifier, progress) as run:
        date_column = _date_column(options, run.columns)
        outcome = run.score()
        progress.end()
        if options.report is not None:
            _write_report(job, outcome, run.text_column, date_column, options.report)
        run.forget()
    if not options.quiet:
        _tell(job, outcome)
    _warn(outcome.mark)


def _job(options: argparse.Namespace) -> Job:
    return Job(
        input=options.input,
        output=options.output,
        rejected=options.rejected,
        input_format=options.input_format,
        output_format=options.output_format,
        text_column=options.text_column,
        prefix=options.prefix,
        encoding=options.encoding,
        delimiter=options.delimiter,
        overwrite=options.overwrite,
        restart=options.restart,
    )


def _tell(job: Job, outcome: Outcome) -> None:
    mark, before = outcome.mark, outcome.before
    fresh = mark.rows - before.rows
    name = "standard output" if job.output == formats.STANDARD else job.output
    lines = list(outcome.remarks)
    if before.records:
        lines.append(f"{counted(before.rows, 'tweet')} had been scored before an interruption.")
    if mark.rejected:
        where = "" if job.output == formats.STANDARD else f", see {job.rejected_file}"
        lines.append(f"{counted(mark.rejected, 'row was', 'rows were')} rejected{where}.")
    took = f", {outcome.rate:,.0f}/s, {duration(fresh / outcome.rate)}" if outcome.rate else ""
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


def _interrupted(options: argparse.Namespace) -> str:
    if formats.STANDARD in (options.input, options.output):
        return "what was written so far is kept."
    return "what was scored is kept. Give the same command again to go on."


def _check_report(options: argparse.Namespace) -> None:
    if options.report is None:
        return
    check_place(options.report)
    if options.output == formats.STANDARD:
        raise BulkError("A report is drawn from the output: give it a name with --output.")
    try:
        import jinja2  # noqa: F401
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise BulkError(
            f"A report needs the package {error.name}; in the checkout: {how_to_install('report')}"
        ) from error


def _date_column(options: argparse.Namespace, columns: Sequence[str]) -> str | None:
    if options.date_column is not None:
        return find_column(columns, options.date_column, (), "--date-column")
    with contextlib.suppress(BulkError):
        return find_column(columns, None, DATE_COLUMNS, "--date-column")
    return None


def _write_report(
    job: Job, outcome: Outcome, text_column: str, date_column: str | None, path: Path
) -> None:
    from operations.report.writing import ReportError, write_report
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
        raise BulkError(f"{job.output} is complete. {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sentiment score",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    standard = formats.STANDARD
    parser.add_argument("input", nargs="?", type=Path, default=standard,
                        help="file to read; - or nothing for standard input")  # fmt: skip
    parser.add_argument("-o", "--output", type=Path, default=standard, metavar="FILE",
                        help="file to write; - or nothing for standard output")  # fmt: skip
    parser.add_argument("--report", type=Path, metavar="FILE",
                        help="also draw an HTML page of the results")  # fmt: skip
    _add_columns(parser)
    _add_formats(parser)
    _add_conduct(parser)
    return parser


def _add_columns(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("columns")
    group.add_argument("--text-column", metavar="NAME",
                       help="the tweet (default: text, tweet or content)")  # fmt: skip
    group.add_argument("--date-column", metavar="NAME",
                       help="the date, for the report (default: date, created_at, …)")  # fmt: skip
    group.add_argument("--prefix", default="", metavar="TEXT",
                       help="put before the names of the added columns")  # fmt: skip


def _add_formats(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("formats")
    group.add_argument("--input-format", choices=formats.FORMATS,
                       help="(default: by the ending; csv on standard input)")  # fmt: skip
    group.add_argument("--output-format", choices=formats.FORMATS,
                       help="(default: by the ending; on standard output, the same)")  # fmt: skip
    group.add_argument("--encoding", default=AUTO, type=_encoding, metavar="NAME",
                       help="of the input; auto takes each line for UTF-8 or else for"
                       " Windows-1252 (default: %(default)s)")  # fmt: skip
    group.add_argument("--delimiter", type=_delimiter, metavar="CHAR",
                       help="between columns of CSV (default: a comma; a tab in .tsv)")  # fmt: skip
    group.add_argument("--rejected", type=Path, metavar="FILE",
                       help="for what cannot be scored: the number of the line in the file, from 1"
                       " with the header, where the row begins (in Parquet, of the row), and the"
                       " reason (default: OUTPUT.rejected.csv)")  # fmt: skip


def _add_conduct(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("conduct")
    group.add_argument("--overwrite", action="store_true", help="replace an output that exists")
    group.add_argument("--restart", action="store_true",
                       help="begin anew instead of going on after an interruption")  # fmt: skip
    group.add_argument("--threads", type=whole_number, default=_threads(), metavar="N",
                       help="for the model (default: %(default)s, this machine's processors"
                       f" up to {_MOST_THREADS}); the answers are the same")  # fmt: skip
    group.add_argument("--bundle", type=Path, default=read_settings().bundle, metavar="FOLDER",
                       help="the model (default: SENTIMENT_BUNDLE, or else the packaged"
                       " one)")  # fmt: skip
    group.add_argument("--quiet", action="store_true",
                       help="tell nothing but errors, or that most was rejected")  # fmt: skip


def _threads() -> int:
    # Windows and macOS tell only how many there are, not how many this process may use.
    usable = getattr(os, "sched_getaffinity", None)
    return min(_MOST_THREADS, len(usable(0)) if usable else os.cpu_count() or 1)


def _delimiter(text: str) -> str:
    character = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(character) != 1 or character in '"\r\n':
        raise argparse.ArgumentTypeError("must be one character, or tab")
    return character


def _encoding(text: str) -> str:
    try:
        if text != AUTO and "a\n".encode(text) != b"a\n":
            raise LookupError
    except LookupError:
        raise argparse.ArgumentTypeError(
            "must be auto, or an encoding that extends ASCII"
        ) from None
    return text
