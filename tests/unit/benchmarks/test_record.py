"""What is recorded of a measurement, and that each record is that of a command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.record import MEASURED, check_budget, record, spread
from tests.support.pythons import ROOT

RECORDS = sorted(MEASURED.glob("*.json"))


def test_a_record_says_when_and_on_what_machine_it_was_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = record("it", {"requests": 3, "milliseconds": spread([1, 2, 3], 1)}, tmp_path)
    content = json.loads(path.read_text())
    assert content["milliseconds"] == {"p50": 2.0, "p95": 2.9, "p99": 3.0}
    assert content["machine"]
    assert content["date"] > "2026"
    assert json.loads(capsys.readouterr().out) == content


def test_a_figure_over_its_budget_ends_the_command() -> None:
    check_budget("it", 1.0, 1.0)
    with pytest.raises(SystemExit, match=r"it is 1\.1, over the budget of 1\.0"):
        check_budget("it", 1.1, 1.0)


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_every_figure_that_is_kept_comes_from_a_command(path: Path) -> None:
    name = path.stem.partition("_3.")[0]
    assert (ROOT / "benchmarks" / f"{name}.py").is_file()
    figures = json.loads(path.read_text())
    assert {"machine", "date"} <= figures.keys()
    shipped = json.loads((ROOT / "model_artifacts" / "manifest.json").read_text())["version"]
    assert figures.get("model", shipped) == shipped
