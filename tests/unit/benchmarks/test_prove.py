from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchmarks import prove
from tests.support.pythons import ROOT

ON_DATA = ("retraining", "explanation", "repeatability")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Return the proofs that are started, which all succeed at once."""
    commands: list[list[str]] = []
    monkeypatch.setattr(prove, "_cloud_python", lambda: None)
    monkeypatch.setattr(prove, "_succeeds", lambda command: commands.append(command) or True)
    return commands


def test_with_tweets_what_trains_is_proved_too(started: list[list[str]], tmp_path: Path) -> None:
    data = tmp_path / "tweets.csv"
    data.touch()
    prove.main(["--data", str(data)])
    for name in ON_DATA:
        assert [f"benchmarks.{name}", "--data", str(data)] in started
    assert ["benchmarks.training_scale"] in started
    assert ["benchmarks.predict"] in started


def test_without_tweets_it_is_told_what_is_not_proved(
    started: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    prove.main([])
    assert "No --data given" in capsys.readouterr().out
    assert ["benchmarks.registry"] in started
    names = {command[0].removeprefix("benchmarks.") for command in started}
    assert not names & {*ON_DATA, "training_scale"}


def test_every_proof_that_is_started_exists(started: list[list[str]], tmp_path: Path) -> None:
    data = tmp_path / "tweets.csv"
    data.touch()
    prove.main(["--data", str(data)])
    for command in started:
        assert (ROOT / f"{command[0].replace('.', '/')}.py").is_file()


def test_a_file_that_is_not_there_is_told_of_before_anything_runs(
    started: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        prove.main(["--data", str(tmp_path / "absent.csv")])
    assert "There is no file" in capsys.readouterr().err
    assert not started


def test_a_proof_that_fails_is_named_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prove, "_cloud_python", lambda: None)
    monkeypatch.setattr(prove, "_succeeds", lambda command: command != ["benchmarks.score"])
    with pytest.raises(SystemExit, match=r"^Failed: benchmarks\.score$"):
        prove.main([])


@pytest.mark.parametrize(("given", "passed"), [((), ""), (("DATA=my tweets.csv",), "--data")])
def test_make_passes_the_tweets_on(given: tuple[str, ...], passed: str) -> None:
    command = ["make", "--dry-run", "--always-make", "prove", *given]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = [line for line in said.splitlines() if "benchmarks.prove" in line]
    assert line.partition("benchmarks.prove")[2].strip() == (
        f'{passed} "my tweets.csv"' if passed else ""
    )
