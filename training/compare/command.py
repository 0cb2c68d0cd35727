"""The command ``python -m training compare``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sentiment.model.bundle import Manifest, read_manifest
from training.compare.files import Files, check_files, write_files
from training.compare.records import read_records
from training.run_records import RUNS, Run, RunError, read_sets

DEFAULT_OUTPUT = Path("docs")
DEFAULT_BUNDLE = Path("model_artifacts")


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line of ``training``."""
    parser = commands.add_parser(
        "compare",
        help="write the results of all runs and the model card",
        description="Read the records of all runs and write results.md with its figures, and the"
        " card of the bundle. No corpus, model or tweet is needed, unless a set is to be added.",
        epilog="example: python -m training compare --check",
    )
    parser.add_argument("--runs", type=Path, default=RUNS,
                        help="folder of the records (default: %(default)s)")  # fmt: skip
    parser.add_argument("--output", type=Path, default=DEFAULT_OUTPUT,
                        help="folder of the documents (default: %(default)s)")  # fmt: skip
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE,
                        help="folder of the card's bundle (default: %(default)s)")  # fmt: skip
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--benchmark", type=Path, action="append", default=[],
                      help="human-labelled CSV; runs that were not measured on it are, with the"
                      " models that MLflow keeps, and their records hold it from then on; may be"
                      " repeated")  # fmt: skip
    what.add_argument("--check", action="store_true",
                      help="write nothing; fail where a file would be changed")  # fmt: skip
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the documents, or check them; return 1 where a set could not be added to a run.

    Raises:
        RunError: The records cannot be read or compared.
        CorpusError: A file of labelled tweets cannot be used.
        BundleError: The bundle's manifest cannot be read.
        StaleError: With ``--check``, a file is not what would be written.
        OSError: A file cannot be written.
    """
    runs, failures = _runs(options)
    files = make_files(runs, read_manifest(options.bundle))
    if options.check:
        check_files(options.output, files)
        print(f"{len(files)} files in {options.output} are what the records give")
        return 0
    write_files(options.output, files)
    print(f"Wrote {', '.join(files)} to {options.output}; runs: {len(runs)}")
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    return 1 if failures else 0


def _runs(options: argparse.Namespace) -> tuple[list[Run], list[RunError]]:
    runs = read_records(options.runs)
    if not options.benchmark:
        return runs, []
    from training.compare.benchmarks import add_benchmarks

    failures = add_benchmarks(runs, read_sets(options.benchmark), options.runs, print)
    return read_records(options.runs), failures


def make_files(runs: list[Run], manifest: Manifest) -> Files:
    """Return every document by its path below the folder of documents."""
    # Matplotlib takes a second to import, which "--help" and the other commands need not wait for.
    from training.compare import card, figures, report
    from training.compare.table import make_table

    table = make_table(runs)
    return {
        report.FILE: report.write_report(table),
        card.FILE: card.write_card(manifest, table),
        **figures.draw_figures(table),
    }
