"""``python -m operations alerts`` over events in files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from operations.cli import main

NOW = datetime(2026, 3, 1, 12, 3, tzinfo=UTC)
PERIOD = ["--since", "2026-03-01", "--until", "2026-03-02"]


def feedback(folder: Path, *seconds: float, verdict: str = "incorrect") -> None:
    folder.mkdir(exist_ok=True)
    with (folder / f"{NOW:%Y-%m-%d}.jsonl").open("a") as file:
        for number, at in enumerate(seconds):
            time = (NOW + timedelta(seconds=at)).isoformat()
            event = {"time": time, "name": "feedback", "feedback_id": f"{number}"}
            file.write(json.dumps({**event, "verdict": verdict, "model_version": "v1"}) + "\n")


def test_it_says_when_a_rule_fired(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    feedback(tmp_path / "events", 0, 100, 299)
    assert main(["alerts", "--events", str(tmp_path / "events"), *PERIOD]) == 2
    said = capsys.readouterr().out
    assert "burst: fired at 2 evaluations, 2026-03-01 12:10 to 2026-03-01 12:15 UTC" in said


def test_what_is_to_come_is_not_called_fired(
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
