"""The command ``python -m training explore``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sentiment.files import check_target, file_digest
from training.data import CorpusError, read_corpus
from training.split import LabelledTweet

DEFAULT_OUTPUT = Path("exploration.html")


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line of ``training``."""
    parser = commands.add_parser(
        "explore",
        help="write an HTML report on labelled tweets",
        description="Read tweets once and write one self-contained HTML report with figures: class"
        " balance, duplicates and contradicting labels, lengths, most telling words, vocabulary"
        " growth, mentions, links, emoji and broken characters. It holds no tweets.",
        epilog="example: python -m training explore --data tweets.csv.gz --output report.html",
    )
    parser.add_argument("--data", type=Path, action="append", required=True,
                        help="CSV of labelled tweets, .gz or not; may be repeated")  # fmt: skip
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT,
                        help="the report; replaced if it is there (%(default)s)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0,
                        help="of the random samples that the growth of the vocabulary is measured"
                        " on (%(default)s)")  # fmt: skip
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Read the data and write the report.

    Raises:
        CorpusError: The data cannot be used.
        OSError: The report cannot be written; what stood there is as it was.
    """
    # Matplotlib takes a second to import, which "--help" and the other commands need not wait for.
    from tqdm import tqdm

    from operations.report.writing import write_report
    from training.explore.report import Origin, render_report
    from training.explore.statistics import explore

    check_places(options.data, options.output)
    progress = tqdm(_tweets(options.data), desc="Reading", unit=" tweets", unit_scale=True)
    found = explore(progress, options.seed)
    created = datetime.now(UTC).replace(microsecond=0)
    origin = Origin(created, {path.name: file_digest(path) for path in options.data})
    content = render_report(found, origin)
    write_report(options.output, content)
    print(
        f"Wrote {options.output} ({len(content.encode()) / 1e6:.2f} MB)"
        f" on {found.total.total:,} tweets",
        flush=True,
    )


def check_places(data: Sequence[Path], output: Path) -> None:
    """Tell before a long reading what would fail after it.

    Raises:
        CorpusError: A file of tweets is absent.
        ReportError: The report would replace the data.
        OSError: The report's folder is missing, or it would take the place of one.
    """
    from operations.report.writing import ReportError

    for path in data:
        if not path.is_file():
            raise CorpusError(f"{path} cannot be opened: there is no such file.")
        if output.exists() and output.samefile(path):
            raise ReportError(f"The report would replace the data {path}; choose another --output.")
    check_target(output)


def _tweets(paths: Sequence[Path]) -> Iterator[tuple[LabelledTweet, Path]]:
    for path in paths:
        for tweet in read_corpus(path):
            yield tweet, path
