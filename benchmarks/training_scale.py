"""What training on a whole corpus takes: ``python -m benchmarks.training_scale``.

Made-up tweets, with words as frequent as Zipf's law has them, are written in the official layout;
then ``train logistic`` and ``explore`` run on them in processes of their own, timed, with their
memory measured.
"""

from __future__ import annotations

import csv
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cyclopts
import numpy as np

from benchmarks.record import MEASURED, check_budget, record
from benchmarks.resources import run_measured
from training.run_records import git_commit

USUAL_ROWS, ALL_ROWS = 320_000, 1_600_000
USUAL_SECONDS, USUAL_GIGABYTES, ALL_GIGABYTES = 120.0, 4.0, 12.0
EXPLORING_GIGABYTES = 3.0

Command = Callable[[Path], list[str]]
"""Returns the arguments of a command, less ``--data``, for the folder of its results."""

_WORDS = 400_000
_LABEL_WORDS = 100
_CHUNK = 10_000
_SHORTEST, _LONGEST = 3, 28


def main(
    *, usual_rows: int = USUAL_ROWS, all_rows: int = ALL_ROWS, output: Path = MEASURED
) -> None:
    """Train and explore.

    Args:
        usual_rows: Of the first training.
        all_rows: Of the second, and of the exploration.
        output: Folder for the record.
    """
    usual, whole = measure(usual_rows), measure(all_rows)
    explored = measure(all_rows, explore)
    figures = {"usual": usual, "all": whole, "explored": explored, "git_commit": git_commit()}
    record("training_scale", figures, output)
    check_budget("Training on the usual rows, in seconds,", usual["seconds"], USUAL_SECONDS)
    check_budget("Its memory, in GB,", usual["peak_gigabytes"], USUAL_GIGABYTES)
    check_budget("The memory for all rows, in GB,", whole["peak_gigabytes"], ALL_GIGABYTES)
    check_budget("That of exploring, in GB,", explored["peak_gigabytes"], EXPLORING_GIGABYTES)


def train(folder: Path) -> list[str]:
    """Return the arguments of a training whose results go to a folder."""
    return ["train", "logistic", "--output", str(folder / "bundle"), "--runs", str(folder / "runs")]


def explore(folder: Path) -> list[str]:
    """Return the arguments of an exploration whose report goes to a folder."""
    return ["explore", "--output", str(folder / "report.html")]


def measure(rows: int, command: Command = train) -> dict[str, Any]:
    """Run a command on made-up tweets; return the seconds and the largest resident memory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "training.csv"
        write_corpus(data, rows)
        arguments = [*command(folder), "--data", str(data)]
        environment = {**os.environ, "SENTIMENT_HOME": str(folder / "home")}
        used = run_measured([sys.executable, "-m", "training", *arguments], environment=environment)
    return {
        "rows": rows,
        "seconds": round(used.seconds, 1),
        "peak_gigabytes": round(used.peak_bytes / 1e9, 2),
    }


def write_corpus(path: Path, rows: int, seed: int = 7) -> None:
    """Write made-up labelled tweets in the official layout: six columns, Latin-1, no header."""
    with path.open("w", newline="", encoding="latin-1") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        for number, (label, text) in enumerate(_tweets(rows, np.random.default_rng(seed))):
            writer.writerow([4 * label, number, "", "NO_QUERY", "someone", text])


def _tweets(rows: int, random: np.random.Generator) -> Iterator[tuple[int, str]]:
    frequency = 1.0 / np.arange(1, _WORDS + 1)
    frequency /= frequency.sum()
    vocabulary = np.array([f"w{number:x}" for number in range(_WORDS)])
    for start in range(0, rows, _CHUNK):
        count = min(_CHUNK, rows - start)
        lengths = random.integers(_SHORTEST, _LONGEST, count)
        words = random.choice(_WORDS, lengths.sum(), p=frequency)
        labels = random.integers(0, 2, count)
        for label, members in zip(labels, np.split(words, np.cumsum(lengths)[:-1]), strict=True):
            labelled = [f"t{label}x{word}" for word in random.integers(_LABEL_WORDS, size=2)]
            yield int(label), " ".join([*vocabulary[members], *labelled])


if __name__ == "__main__":
    cyclopts.run(main)
