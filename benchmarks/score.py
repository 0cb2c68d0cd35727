"""Whole files: rate, memory, and the same result after any kill: ``python -m benchmarks.score``.

Four measurements. The rate of ``python -m operations score`` beside that of its own classifier on
the same tweets, in turn, so that both meet the same machine. Time and largest memory of the
command on a whole file, as it comes. The same on one thread, whose rate is held against that of the
classifier on one thread, measured before and after. Runs that are killed at random moments and
given again, whose files must be those of a run in peace, byte for byte: many with a stand-in for
the model, which answers at once and whose answers change if a window is cut otherwise, and some
with the model itself.

The tweets are made up; ``--data`` takes a file of real ones instead.
"""

from __future__ import annotations

import argparse
import csv
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.record import check_budget, record
from benchmarks.resources import run_measured
from operations.scoring.formats import CSV, open_source
from operations.scoring.progress import Progress
from operations.scoring.run import Job, Run
from operations.scoring.scoring import TEXT_COLUMNS, find_column
from sentiment.files import file_digest
from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from sentiment.settings import read_settings
from tests.support.running import APP

ROWS, RATIO_ROWS, ROUNDS, KILLS, MODEL_KILLS = 100_000, 8192, 4, 200, 5
KILL_ROWS, MODEL_KILL_ROWS = 12_000, 3000
LEAST_RATIO = 0.8
BUDGET_MEGABYTES = 400.0

_ENDINGS = ("csv", "csv.gz", "jsonl", "parquet")
_MOST_KILLS = 4
_BAD_EVERY = 37
_STAND_IN = """
import sys, time
from pathlib import Path
from operations.scoring import sinks
from tests.support.scoring import QuickClassifier, score
class Slow(QuickClassifier):
    def predict_batch(self, texts):
        time.sleep(0.02)
        return super().predict_batch(texts)
sinks.MARK_SECONDS = 0.05
score(Path(sys.argv[1]), Path(sys.argv[2]), Slow())
"""
_WORDS = (
    *("the", "a", "my", "this", "it", "is", "was", "today", "work", "phone", "bus", "song", "not"),
    *("love", "great", "happy", "awesome", "thanks", "hate", "sad", "tired", "awful", "worst"),
    *("really", "so", ":)", ":(", "@someone", "http://t.co/x", "😍", "coffee", "friday"),
)


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="of the whole file")
    parser.add_argument("--ratio-rows", type=int, default=RATIO_ROWS, help="for the two rates")
    parser.add_argument("--kills", type=int, default=KILLS, help="with the stand-in")
    parser.add_argument("--model-kills", type=int, default=MODEL_KILLS, help="with the model")
    parser.add_argument("--model-kill-rows", type=int, default=MODEL_KILL_ROWS, help="of its file")
    parser.add_argument("--data", type=Path, help="a CSV file of tweets (default: made-up ones)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), options)
    record("score", figures)
    whole, alone = figures["whole_file"], figures["whole_file_on_one_thread"]
    check_budget("MB of memory", max(whole["megabytes"], alone["megabytes"]), BUDGET_MEGABYTES)
    check_budget("share of the classifier's rate that a whole file loses", 1 - alone["ratio"],
                 1 - LEAST_RATIO)  # fmt: skip


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of all measurements, made in a folder."""
    wanted = max(options.rows, options.ratio_rows)
    texts = make_tweets(wanted) if options.data is None else read_tweets(options.data, wanted)
    classifier = Classifier(read_bundle(read_settings({}).bundle))
    figures = {
        "model": classifier.manifest.version,
        "tweets": "made up" if options.data is None else options.data.name,
        "rates": measure_rates(classifier, texts[: options.ratio_rows], folder),
    }
    whole = write_tweets(folder / "whole.csv", texts[: options.rows])
    figures["whole_file"] = measure_whole(whole, folder / "whole.scored.csv")
    figures["whole_file_on_one_thread"] = measure_one_thread(
        classifier, texts[: options.rows], whole, options.ratio_rows
    )
    stand_in = [sys.executable, "-c", _STAND_IN]
    figures["killed"] = prove_kills(stand_in, folder / "kills", KILL_ROWS, options.kills)
    command = [sys.executable, "-m", "operations", "score", "--quiet"]
    figures["killed_with_the_model"] = prove_kills(
        [*command, "{}", "-o", "{}"],
        folder / "model",
        options.model_kill_rows,
        options.model_kills,
        endings=("csv",),
    )
    return {**figures, "least_ratio": LEAST_RATIO, "budget_megabytes": BUDGET_MEGABYTES}


def measure_rates(
    classifier: Classifier, texts: Sequence[str], folder: Path, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Time the classifier alone and a whole run on the same tweets, in turn.

    Returns:
        Tweets a second of both, and the ratio of the second to the first, by the clock and by
        the processor's time.
    """
    chunk = len(texts) // rounds
    spent = {"classifier": [0.0, 0.0], "score": [0.0, 0.0]}
    classifier.predict_batch(texts[:64])
    for number in range(rounds):
        mine = texts[number * chunk : (number + 1) * chunk]
        source = write_tweets(folder / f"round-{number}.csv", mine)
        job = Job(source, folder / f"round-{number}.scored.csv")
        turns = [
            ("classifier", lambda mine=mine: classifier.predict_batch(mine)),
            ("score", lambda job=job: _run(job, classifier)),
        ]
        for name, work in turns if number % 2 else reversed(turns):
            clock, processor = time.perf_counter(), time.process_time()
            work()
            spent[name][0] += time.perf_counter() - clock
            spent[name][1] += time.process_time() - processor
    count = chunk * rounds
    alone, whole = spent["classifier"], spent["score"]
    return {
        "tweets": count,
        "classifier_tweets_per_second": round(count / alone[0], 1),
        "score_tweets_per_second": round(count / whole[0], 1),
        "ratio": round(alone[0] / whole[0], 3),
        "ratio_of_processor_time": round(alone[1] / whole[1], 3),
    }


def measure_whole(source: Path, output: Path, *options: str) -> dict[str, Any]:
    """Return rows, seconds and the largest memory of the command on a file, in a process.

    Raises:
        RuntimeError: It failed.
    """
    command = [sys.executable, "-m", "operations", "score", str(source), "-o", str(output)]
    used = run_measured([*command, "--quiet", *options], APP)
    with output.open("rb") as file:
        rows = sum(1 for _ in file) - 1
    return {
        "tweets": rows,
        "seconds": round(used.seconds, 1),
        "tweets_per_second": round(rows / used.seconds, 1),
        "megabytes": round(used.peak_bytes / 2**20, 1),
    }


def measure_one_thread(
    classifier: Classifier, texts: Sequence[str], source: Path, sample_rows: int
) -> dict[str, Any]:
    """Run the command on one thread on a file; hold its rate against the classifier's.

    Args:
        classifier: On one thread, too.
        texts: The tweets of the file.
        source: The file.
        sample_rows: How many of the tweets, from all over the file, the classifier is timed on,
            once before and once after the command, since machines slow down and speed up.

    Returns:
        What ``measure_whole`` returns, the classifier's tweets a second, and the ratio.
    """
    sample = texts[:: max(1, len(texts) // sample_rows)]
    before = _seconds(classifier, sample)
    whole = measure_whole(source, source.with_name("one-thread.csv"), "--threads", "1")
    alone = 2 * len(sample) / (before + _seconds(classifier, sample))
    return {
        **whole,
        "threads": 1,
        "classifier_tweets_per_second": round(alone, 1),
        "ratio": round(whole["tweets_per_second"] / alone, 3),
    }


def _seconds(classifier: Classifier, texts: Sequence[str]) -> float:
    started = time.perf_counter()
    classifier.predict_batch(texts)
    return time.perf_counter() - started


def prove_kills(
    command: Sequence[str],
    folder: Path,
    rows: int,
    count: int,
    endings: Sequence[str] = _ENDINGS,
) -> dict[str, Any]:
    """Kill runs at random moments and give them again; all must end with the same files.

    Args:
        command: Scores the file that is its first ``{}`` into its second; both are appended where
            it has none.
        folder: For the files; it must not exist.
        rows: Of each file, some of them bad.
        count: How many kills.
        endings: Of the outputs, in turn.

    Returns:
        How many kills hit a run, how many runs were resumed, and how many files were wrong.

    Raises:
        AssertionError: A file was wrong, or something was left behind.
    """
    folder.mkdir()
    source = write_tweets(folder / "tweets.csv", make_tweets(rows), bad_every=_BAD_EVERY)
    chance = random.Random(7)
    usual = {ending: _run_in_peace(command, source, f"peace.{ending}") for ending in endings}
    kills = finished = runs = 0
    while kills < count:
        ending = endings[runs % len(endings)]
        output = folder / f"killed-{runs}.{ending}"
        for _ in range(min(chance.randint(1, _MOST_KILLS), count - kills)):
            killed = _run_and_kill(command, source, output, chance.uniform(0, usual[ending]))
            kills, finished = kills + killed, finished + (not killed)
            if not killed:
                break
        _check_same(command, source, output, folder / f"peace.{ending}")
        runs += 1
    return {"kills": kills, "files": runs, "finished_before_the_kill": finished, "files_unlike": 0}


def _run_in_peace(command: Sequence[str], source: Path, name: str) -> float:
    started = time.perf_counter()
    subprocess.run(_filled(command, source, source.with_name(name)), cwd=APP, check=True)
    return time.perf_counter() - started


def _run_and_kill(command: Sequence[str], source: Path, output: Path, after: float) -> bool:
    """Return whether the kill came before the end."""
    process = subprocess.Popen(_filled(command, source, output), cwd=APP)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.wait() != 0


def _check_same(command: Sequence[str], source: Path, output: Path, expected: Path) -> None:
    """Let a run come to its end, compare its files, and delete them."""
    journal = output.with_name(f"{output.name}.journal")
    if journal.exists() or not output.exists():
        subprocess.run(_filled(command, source, output), cwd=APP, check=True)
    rejected, known = (each.with_name(f"{each.name}.rejected.csv") for each in (output, expected))
    assert file_digest(output) == file_digest(expected), output.name
    assert file_digest(rejected) == file_digest(known), rejected.name
    output.unlink()
    rejected.unlink()
    assert not list(output.parent.glob(f"{output.name}*")), "something was left behind"


def _filled(command: Sequence[str], source: Path, output: Path) -> list[str]:
    if "{}" not in command:
        return [*command, str(source), str(output)]
    files = iter((source, output))
    return [str(next(files)) if part == "{}" else part for part in command]


def _run(job: Job, classifier: Classifier) -> None:
    with Run(job, classifier, Progress(None)) as run:
        run.score()
        run.forget()


def make_tweets(count: int) -> list[str]:
    """Return made-up tweets of 1 to 28 words."""
    chance = random.Random(7)
    return [" ".join(chance.choices(_WORDS, k=chance.randint(1, 28))) for _ in range(count)]


def read_tweets(path: Path, count: int) -> list[str]:
    """Return the first tweets of a CSV file."""
    source = open_source(path, CSV)
    try:
        column = find_column(source.columns, None, TEXT_COLUMNS, "text")
        texts = (record.values[column] for record in source if not record.problem)
        return [text for text, _ in zip(texts, range(count), strict=False)]
    finally:
        source.close()


def write_tweets(path: Path, texts: Sequence[str], bad_every: int = 0) -> Path:
    """Write tweets as CSV; every so many, one without its text."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "text"))
        for number, text in enumerate(texts, start=1):
            writer.writerow((number, " " if bad_every and number % bad_every == 0 else text))
    return path


if __name__ == "__main__":
    main()
