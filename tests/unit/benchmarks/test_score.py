"""A tenth of the kills, and a small part of the rest, of ``python -m benchmarks.score``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import score
from tests.support.scoring import QuickClassifier

KILLS = score.KILLS // 10
_CARELESS = """
import sys
from pathlib import Path
output = Path(sys.argv[2])
lines = Path(sys.argv[1]).read_bytes().splitlines(keepends=True)
rejected = output.with_name(output.name + ".rejected.csv")
rejected.write_bytes(b"")
with output.open("ab") as file:
    for line in lines:
        file.write(line)
"""


def test_kills_at_random_moments_change_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", score._STAND_IN]
    found = score.prove_kills(command, tmp_path / "kills", score.KILL_ROWS // 4, KILLS)
    assert found["kills"] >= KILLS
    assert found["files_unlike"] == 0


def test_a_run_that_doubles_rows_is_found_out(tmp_path: Path) -> None:
    source = score.write_tweets(tmp_path / "tweets.csv", ["one", "two"])
    command = [sys.executable, "-c", _CARELESS]
    score._run_in_peace(command, source, "peace.csv")
    output = tmp_path / "killed.csv"
    output.write_text("half a ")
    (tmp_path / "killed.csv.journal").write_text("")
    with pytest.raises(AssertionError, match="killed"):
        score._check_same(command, source, output, tmp_path / "peace.csv")


def test_rates_and_memory_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.record.MEASURED", tmp_path)
    monkeypatch.setattr(score, "LEAST_RATIO", 0.0)
    counts = ["--rows", "80", "--ratio-rows", "80", "--kills", "0", "--model-kills", "1"]
    counts += ["--model-kill-rows", "50"]
    monkeypatch.setattr("sys.argv", ["score", *counts])
    score.main()
    figures = json.loads((tmp_path / "score.json").read_text())
    assert figures["whole_file"]["tweets"] == 80
    assert 0 < figures["whole_file"]["megabytes"] < score.BUDGET_MEGABYTES
    one_thread = figures["whole_file_on_one_thread"]
    assert (one_thread["tweets"], one_thread["threads"]) == (80, 1)
    rate = one_thread["classifier_tweets_per_second"] * one_thread["ratio"]
    assert rate == pytest.approx(one_thread["tweets_per_second"], rel=0.05)
    assert figures["rates"]["ratio_of_processor_time"] > 0.5
    assert figures["killed_with_the_model"]["kills"] == 1


def test_the_rate_of_the_whole_file_is_judged_against_the_classifier_on_one_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.record.MEASURED", tmp_path)
    monkeypatch.setattr("sys.argv", ["score"])
    figures = {
        "rates": {"ratio": 0.99},
        "whole_file": {"megabytes": 200.0},
        "whole_file_on_one_thread": {"megabytes": 200.0, "ratio": 0.79},
    }
    monkeypatch.setattr(score, "measure", lambda folder, options: figures)
    with pytest.raises(SystemExit, match=r"a whole file loses is 0.2.* over the budget"):
        score.main()
    assert (tmp_path / "score.json").exists()


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    import tracemalloc

    from operations.scoring.progress import Progress
    from operations.scoring.run import Job, Run

    peaks = []
    for rows in (3000, 12_000):
        source = score.write_tweets(tmp_path / f"{rows}.csv", score.make_tweets(rows))
        classifier = QuickClassifier()
        tracemalloc.start()
        with Run(Job(source, tmp_path / f"{rows}.out.csv"), classifier, Progress(None)) as run:  # type: ignore[arg-type]
            run.score()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] < 40e6


def test_real_tweets_can_be_read(tmp_path: Path) -> None:
    path = score.write_tweets(tmp_path / "tweets.csv", ["one", "two", "three"])
    assert score.read_tweets(path, 2) == ["one", "two"]
