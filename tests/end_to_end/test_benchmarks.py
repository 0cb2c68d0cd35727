"""Each measurement, with a small sample: the command runs and returns what it should."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks import cold_start, predict, score, training_scale
from tests.support.app_client import running_app


def test_the_predict_path_is_measured(tmp_path: Path) -> None:
    with running_app(SENTIMENT_HOME=str(tmp_path)):
        figures = predict.measure(50)
    assert figures["requests"] == 50
    assert 0 < figures["milliseconds"]["p50"] <= figures["milliseconds"]["p99"]


def test_the_cold_start_is_measured_by_part() -> None:
    figures = cold_start.measure(Path(sys.executable), 2)
    assert figures["python"] == f"{sys.version_info.major}.{sys.version_info.minor}"
    parts = {"azure.functions", "function_app", "first prediction", "total"}
    assert figures["seconds"].keys() == parts
    assert all(each["p50"] > 0 for each in figures["seconds"].values())


def test_the_rate_and_the_memory_of_scoring_are_measured() -> None:
    figures = score.measure(80, 40)
    assert figures["whole_file"]["tweets"] == 80
    assert figures["one_thread"]["tweets"] == 40
    assert 0 < figures["whole_file"]["megabytes"] < score.BUDGET_MEGABYTES
    assert figures["one_thread"]["ratio"] > 0


def test_the_time_and_the_memory_of_a_command_on_made_up_tweets_are_measured() -> None:
    figures = training_scale.measure(2000, training_scale.explore)
    assert figures["rows"] == 2000
    assert figures["seconds"] > 0
    assert 0.05 < figures["peak_gigabytes"] < 4
