"""A run of file scoring that is killed, whenever, and given again ends with the same files."""

from __future__ import annotations

import csv
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.score import make_tweets
from tests.support.pythons import ROOT

pytestmark = pytest.mark.proof

KILLS, ROWS = 25, 12_000
MODEL_KILLS, MODEL_ROWS = 5, 3000
MOST_KILLS_OF_A_RUN = 4
BAD_EVERY = 37

# Answers at once, and otherwise if a window is cut otherwise.
STAND_IN = """
import sys, time
from pathlib import Path
from operations.scoring import sinks
from tests.support.scoring import QuickClassifier, score
class Slow(QuickClassifier):
    def predict_batch(self, texts):
        time.sleep(0.02)
        return super().predict_batch(texts)
sinks.MARK_SECONDS = 0.05
score(Path(sys.argv[1]), Path(sys.argv[3]), Slow())
"""


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "parquet"])
def test_kills_change_no_byte_of_any_format(tmp_path: Path, ending: str) -> None:
    check_kills([sys.executable, "-c", STAND_IN], tmp_path, ending, ROWS, KILLS)


def test_kills_of_the_command_change_no_byte(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "operations", "score", "--quiet"]
    check_kills(command, tmp_path, "csv", MODEL_ROWS, MODEL_KILLS)


def check_kills(command: Sequence[str], folder: Path, ending: str, rows: int, kills: int) -> None:
    """Kill runs at random moments, some several times, and let each come to its end."""
    source, chance = write_tweets(folder / "tweets.csv", rows), random.Random(7)
    undisturbed, output = folder / f"undisturbed.{ending}", folder / f"killed.{ending}"

    def start(output: Path) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*command, str(source), "-o", str(output)], cwd=ROOT)

    began = time.monotonic()
    assert start(undisturbed).wait() == 0
    usual, expected = time.monotonic() - began, contents(undisturbed)
    assert set(expected) == {"", ".rejected.csv"}
    killed = 0
    while killed < kills:
        for _ in range(chance.randint(1, MOST_KILLS_OF_A_RUN)):
            run = start(output)
            try:
                run.wait(chance.uniform(0, usual))
            except subprocess.TimeoutExpired:
                run.kill()
                killed += run.wait() != 0
            if is_finished(output):
                break
        if not is_finished(output):
            assert start(output).wait() == 0
        assert contents(output) == expected
        for file in folder.glob(f"{output.name}*"):
            file.unlink()


def is_finished(output: Path) -> bool:
    return output.exists() and not output.with_name(f"{output.name}.journal").exists()


def contents(output: Path) -> dict[str, bytes]:
    """Return all files of an output by what their names have beside its own."""
    files = output.parent.glob(f"{output.name}*")
    return {file.name.removeprefix(output.name): file.read_bytes() for file in files}


def write_tweets(path: Path, count: int) -> Path:
    """Write tweets as CSV; every so many, one without its text."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "text"))
        for number, text in enumerate(make_tweets(count), start=1):
            writer.writerow((number, text if number % BAD_EVERY else " "))
    return path
