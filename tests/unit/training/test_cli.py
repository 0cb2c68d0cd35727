from __future__ import annotations

from pathlib import Path

import pytest

from training.cli import choose_records, main
from training.models.catalog import FAMILIES


@pytest.mark.parametrize("command", ["train", "tune", "retrain"])
def test_help_lists_each_parameter_with_its_meaning_default_and_range(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"]) == 0
    page = " ".join(capsys.readouterr().out.split())
    assert "cell: recurrent cell: rnn, gru or lstm (default: lstm; searched: rnn, gru," in page
    assert "units of the cell, in each direction (default: 128; searched: 32 to 192," in page
    assert "seed: of weights, dropout and the order of the rows (default: 7)" in page
    for family in FAMILIES.values():
        assert f"Parameters of {family.name}, {family.summary}:" in page
        assert all(f" {name}: " in page for name, _ in family.describe())


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["train"], "--family"),
        (["train", "logistic"], "--data"),
        (["train", "magic", "--data", "x.csv"], "magic"),
        (["train", "logistic", "--data", "absent.csv", "--set", "warp=9"], "no parameter 'warp'"),
        (["tune", "lstm", "--data", "x.csv", "--trials", "0"], "'0' is no whole number above 0"),
        (["retrain", "--data", "x.csv", "--champion", "absent"], "absent"),
    ],
)
def test_a_wrong_call_ends_with_one_sentence_before_anything_is_read(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    output = ["--output", str(tmp_path / "out")] if len(arguments) > 2 else []
    assert main([*arguments, *output]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ")
    assert reason in line
    assert not (tmp_path / "out").exists()


def test_only_the_bundle_that_ships_has_its_record_in_the_project(tmp_path: Path) -> None:
    assert choose_records(Path("./model_artifacts"), tmp_path) == Path("docs/runs")
    assert choose_records(Path("/tmp/elsewhere"), tmp_path) == tmp_path / "runs"
