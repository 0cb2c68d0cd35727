"""The rate and the memory of scoring a file: ``python -m benchmarks.score``.

``python -m operations score`` on made-up tweets: a whole file, as it comes, and a smaller one on
one thread. Beside the latter, the rate of the classifier alone on the same tweets, also on one
thread, measured before and after, since machines slow down and speed up.
"""

from __future__ import annotations

import csv
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cyclopts

from benchmarks.record import MEASURED, check_budget, record
from benchmarks.resources import run_measured
from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from sentiment.settings import read_settings

LEAST_RATIO = 0.8
BUDGET_MEGABYTES = 400.0

_WORDS = (
    *("the", "a", "my", "this", "it", "is", "was", "today", "work", "phone", "bus", "song", "not"),
    *("love", "great", "happy", "awesome", "thanks", "hate", "sad", "tired", "awful", "worst"),
    *("really", "so", ":)", ":(", "@someone", "http://t.co/x", "😍", "coffee", "friday"),
)


def main(*, rows: int = 100_000, sample: int = 8192, output: Path = MEASURED) -> None:
    """Score made-up tweets.

    Args:
        rows: Of the whole file.
        sample: Rows of the file that is scored on one thread.
        output: Folder for the record.
    """
    figures = measure(rows, sample)
    budgets = {"least_ratio": LEAST_RATIO, "budget_megabytes": BUDGET_MEGABYTES}
    record("score", {**figures, **budgets}, output)
    whole, alone = figures["whole_file"], figures["one_thread"]
    check_budget("MB of memory", max(whole["megabytes"], alone["megabytes"]), BUDGET_MEGABYTES)
    lost = round(1 - alone["ratio"], 3)
    check_budget("Share of the classifier's rate that a file loses", lost, 1 - LEAST_RATIO)


def measure(rows: int, sample: int) -> dict[str, Any]:
    """Return rates, in tweets a second, and the largest memory."""
    texts = make_tweets(max(rows, sample))
    classifier = Classifier(read_bundle(read_settings({}).bundle))
    with tempfile.TemporaryDirectory() as folder:
        whole = _score(Path(folder, "whole.csv"), texts[:rows])
        before = _seconds(classifier, texts[:sample])
        alone = _score(Path(folder, "sample.csv"), texts[:sample], "--threads", "1")
        after = _seconds(classifier, texts[:sample])
    rate = 2 * sample / (before + after)
    return {
        "model": classifier.manifest.version,
        "tweets": "made up",
        "whole_file": whole,
        "one_thread": {
            **alone,
            "classifier_tweets_per_second": round(rate, 1),
            "ratio": round(alone["tweets_per_second"] / rate, 3),
        },
    }


def make_tweets(count: int) -> list[str]:
    """Return made-up tweets of 1 to 28 words."""
    chance = random.Random(7)
    return [" ".join(chance.choices(_WORDS, k=chance.randint(1, 28))) for _ in range(count)]


def _score(file: Path, texts: Sequence[str], *options: str) -> dict[str, Any]:
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("text",), *((text,) for text in texts)])
    command = [sys.executable, "-m", "operations", "score", str(file), "--quiet", *options]
    used = run_measured([*command, "--output", str(file.with_suffix(".scored.csv"))])
    return {
        "tweets": len(texts),
        "seconds": round(used.seconds, 1),
        "tweets_per_second": round(len(texts) / used.seconds, 1),
        "megabytes": round(used.peak_bytes / 2**20, 1),
    }


def _seconds(classifier: Classifier, texts: Sequence[str]) -> float:
    started = time.perf_counter()
    classifier.predict_batch(texts)
    return time.perf_counter() - started


if __name__ == "__main__":
    cyclopts.run(main)
