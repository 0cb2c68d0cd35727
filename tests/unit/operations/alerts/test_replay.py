"""``python -m training alerts`` over events that the app wrote."""

from __future__ import annotations

import builtins
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.app_client import running_app
from training.cli import main

NOW = datetime(2026, 3, 1, 12, 3, tzinfo=UTC)
PERIOD = ["--since", "2026-03-01", "--until", "2026-03-02"]


def feedback(folder: Path, *seconds: float, verdict: str = "incorrect") -> None:
    folder.mkdir(exist_ok=True)
    with (folder / f"{NOW:%Y-%m-%d}.jsonl").open("a") as file:
        for number, at in enumerate(seconds):
            time = (NOW + timedelta(seconds=at)).isoformat()
            event = {"time": time, "name": "feedback", "feedback_id": f"{number}"}
            file.write(json.dumps({**event, "verdict": verdict}) + "\n")


def test_three_negative_feedbacks_to_the_app_make_the_rule_fire(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        predictions = client.post("predict", {"texts": ["so good"] * 3}).json["predictions"]
        for prediction in predictions:
            body = {"prediction_id": prediction["prediction_id"], "verdict": "incorrect"}
            assert client.post("feedback", body).status == 201
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    assert main(["alerts"]) == 2
    said = capsys.readouterr().out
    # The evaluation that sees them is still to come, unless a full five minutes just passed.
    assert re.search("negative-feedback-burst: (is to fire next|fired at 1 evaluation),", said)
    assert "negative-feedback-rate: quiet" in said
    assert "failures: quiet" in said


def test_it_tells_when_a_rule_fired(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feedback(tmp_path / "events", 0, 100, 299)
    assert main(["alerts", "--events", str(tmp_path / "events"), *PERIOD]) == 2
    said = capsys.readouterr().out
    assert "burst: fired at 2 evaluations, 2026-03-01 12:10 to 2026-03-01 12:15 UTC" in said


def test_what_is_to_come_is_not_told_as_fired(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feedback(tmp_path / "events", 0, 10, 20)
    early = ["--since", "2026-03-01", "--until", "2026-03-01T12:04"]
    assert main(["alerts", "--events", str(tmp_path / "events"), *early]) == 2
    said = capsys.readouterr().out
    assert "burst: is to fire next, at 2026-03-01 12:05 UTC" in said
    assert "fired" not in said


def test_failures_say_that_it_was_an_absent_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "2026-03-01.jsonl").write_text(
        json.dumps({"time": NOW.isoformat(), "name": "not_ready", "reason": "no model"}) + "\n"
    )
    assert main(["alerts", "--events", str(tmp_path), *PERIOD]) == 2
    said = capsys.readouterr().out
    assert "failures: fired at 3 evaluations" in said
    assert "(counted at most: failed 0, not ready 1)" in said


def test_what_is_no_event_is_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "events"
    feedback(folder, 0, 100, 300)
    feedback(folder, 400, 401, 402, verdict="correct")
    with (folder / f"{NOW:%Y-%m-%d}.jsonl").open("a") as file:
        file.write('{"time": 3}\n[]\nnull\n{"time": "x", "name": "feedback"}\nno json\n')
    assert main(["alerts", "--events", str(folder), *PERIOD]) == 0
    said = capsys.readouterr().out
    assert said.startswith("6 events from")
    assert said.count("quiet") == 3


def test_without_the_engine_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    load = builtins.__import__

    def missing(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "duckdb_kql":
            raise ModuleNotFoundError("No module", name=name)
        return load(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    assert main(["alerts", "--events", str(tmp_path)]) == 1
    assert "pip install duckdb duckdb-kql" in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["alerts", "--events", str(tmp_path / "none")]) == 1
    assert "There is no folder" in capsys.readouterr().err
