"""Retraining on real tweets: ``python -m benchmarks.retraining --data CSV`` (needs Azurite).

A champion that saw few tweets is published. A challenger that reads hardly any word must be
refused, and one that was trained on everything must be published. The part of reviewed feedback is
played by tweets of the same file, with its labels; they are taken out of the base data.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import os
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.record import record
from benchmarks.registry import emulator
from operations.registry import open_registry
from sentiment.model.bundle import BundleError
from sentiment.model.served import ServedModel
from sentiment.registry.follower import Follower
from sentiment.storage import CONNECTION
from sentiment.telemetry.sink import NullSink
from training.cli import main as run_command
from training.data import read_corpus
from training.retrain.command import REFUSED
from training.split import LabelledTweet

CHAMPION_ROWS, FEEDBACK_ROWS = 60_000, 5_000
_FOLLOWED = ("current", "empty")
FEW_WORDS = "min_documents=2000"


class FollowingApp:
    """Serves what the registry names, as the app does: fetched, verified and loaded.

    Args:
        cache: The folder that keeps the bundle last fetched.
    """

    def __init__(self, cache: Path) -> None:
        self._model = ServedModel(BundleError("no model yet"))
        self._follower = Follower(open_registry, self._model, cache, NullSink())

    def served(self) -> str | None:
        """Look at the registry; return the version that is served then, if any.

        Raises:
            SystemExit: The app cannot serve what the registry names.
        """
        status = self._follower.check()
        if status.state not in _FOLLOWED:
            raise SystemExit(f"The app does not serve what was published: {status.detail}")
        return self._model.version


def main() -> None:
    """Retrain twice and record what became of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="CSV of labelled tweets")
    parser.add_argument("--champion-rows", type=int, default=CHAMPION_ROWS,
                        help="(default: %(default)s)")  # fmt: skip
    parser.add_argument("--feedback-rows", type=int, default=FEEDBACK_ROWS,
                        help="(default: %(default)s)")  # fmt: skip
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, emulator() as storage:
        os.environ[CONNECTION] = storage.connection
        os.environ["SENTIMENT_HOME"] = f"{folder}/home"
        figures = prove(Path(folder), options.data, options.champion_rows, options.feedback_rows)
    record("retraining", figures)


def prove(folder: Path, data: Path, champion_rows: int, feedback_rows: int) -> dict[str, Any]:
    """Publish a champion and let a worse and a better challenger contest its place.

    Args:
        folder: For everything that is written; the reports are worse.md and better.md.
        data: The tweets.
        champion_rows: How many of them the champion is made from.
        feedback_rows: How many of the others play reviewed feedback.

    Returns:
        Per challenger: whether it won, whether an app that follows the registry serves it then,
        and the reasons with their figures.
    """
    app = FollowingApp(folder / "app" / "bundle")
    tweets = read_corpus(data)
    few = _write(folder / "few.csv", islice(tweets, champion_rows))
    feedback = _write(folder / "feedback.csv", islice(tweets, feedback_rows))
    rest = _write(folder / "rest.csv", tweets)
    bundle = folder / "champion"
    records = ["--runs", str(folder / "runs")]
    _run(["train", "logistic", "--data", str(few), "--output", str(bundle), *records])
    _run(["publish", "--bundle", str(bundle)])
    files = ["--data", str(few), "--data", str(rest), "--feedback", str(feedback)]
    contest = ["retrain", *files, "--output", str(folder / "challenger"), "--publish"]
    worse, better = ["--report", str(folder / "worse.md")], ["--report", str(folder / "better.md")]
    return {
        "champion_rows": champion_rows,
        "feedback_rows": feedback_rows,
        "worse": _contest(app, [*contest, *worse, "--set", FEW_WORDS], REFUSED),
        "better": _contest(app, [*contest, *better], 0),
    }


def _write(path: Path, tweets: Iterator[LabelledTweet]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["target", "text", "sample"])
        writer.writerows((4 * tweet.label, tweet.text, tweet.sample) for tweet in tweets)
    return path


def _contest(app: FollowingApp, command: Sequence[str], expected: int) -> dict[str, Any]:
    before = app.served()
    said = _run(command, expected)
    served = app.served()
    wins = expected == 0
    assert (served != before) == wins, f"{before} was served, and now {served}"
    verdict = next(at for at, line in enumerate(said) if line.startswith("The challenger "))
    reasons = [line.strip() for line in said[verdict + 1 :] if line.startswith("  ")]
    return {"wins": wins, "is_served": served != before, "reasons": reasons}


def _run(command: Sequence[str], expected: int = 0) -> list[str]:
    """Run a command of ``training``; return the lines it printed.

    Raises:
        SystemExit: Its exit code is another than expected.
    """
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = run_command(command)
    print(said.getvalue(), end="", flush=True)
    if code != expected:
        raise SystemExit(f"{' '.join(command[:2])} ended with {code}, not {expected}.")
    return said.getvalue().splitlines()


if __name__ == "__main__":
    main()
