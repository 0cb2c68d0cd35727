"""A tenth of each proof: the commands run, and record what they should."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import cold_start, predict, shipped_model
from benchmarks.record import check_budget


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("benchmarks.record.MEASURED", tmp_path)
    return tmp_path


def test_the_predict_path_is_measured(measured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predict, "BUDGET_MILLISECONDS", float("inf"))
    monkeypatch.setattr("sys.argv", ["predict", "--requests", "200"])
    predict.main()
    figures = json.loads((measured / "predict.json").read_text())
    assert figures["requests"] == 200
    assert 0 < figures["milliseconds"]["p50"] <= figures["milliseconds"]["p99"]
    assert figures["machine"]


def test_the_cold_start_is_measured_by_part(
    measured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold_start, "BUDGET_SECONDS", float("inf"))
    monkeypatch.setattr("sys.argv", ["cold_start", "--runs", "2"])
    cold_start.main()
    (file,) = measured.iterdir()
    seconds = json.loads(file.read_text())["seconds"]
    parts = sum(seconds[part]["p50"] for part in seconds if part != "total")
    assert parts == pytest.approx(seconds["total"]["p50"], rel=0.2)


def test_a_figure_over_its_budget_ends_the_proof() -> None:
    check_budget("it", 1.0, 1.0)
    with pytest.raises(SystemExit, match="over the budget"):
        check_budget("it", 1.1, 1.0)


def test_the_shipped_model_is_measured_alone_and_in_batches(
    measured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped_model, "BUDGET_MILLISECONDS", float("inf"))
    monkeypatch.setattr(shipped_model, "LEAST_TWEETS_PER_SECOND", 0)
    monkeypatch.setattr("sys.argv", ["shipped_model", "--runs", "30"])
    shipped_model.main()
    figures = json.loads((measured / "shipped_model.json").read_text())
    assert figures["milliseconds"] > 0
    assert figures["tweets_per_second"] > 0
