from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from sentiment.bundle import read_bundle
from tests.azurite import Azurite
from tests.training.tweets import made_up, write_csv
from training.commands import main
from training.publishing import open_registry

pytestmark = pytest.mark.usefixtures("registry_settings")


@pytest.fixture
def registry_settings(emulator: Azurite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.publishing.CONTAINER", f"models-{uuid.uuid4().hex[:12]}")
    monkeypatch.setenv("SENTIMENT_STORAGE", emulator.connection)
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "home"))


def train(folder: Path, data: Path, name: str) -> Path:
    output = folder / name
    arguments = ["--data", str(data), "--output", str(output), "--runs", str(folder / "runs")]
    assert main(["train", "logistic", *arguments]) == 0
    return output


def retrain(folder: Path, data: Path, *arguments: str) -> int:
    places = ["--output", str(folder / "challenger"), "--report", str(folder / "report.md")]
    return main(["retrain", "--data", str(data), *places, "--least-test", "100", *arguments])


def current_version() -> str:
    current = open_registry().pointer().pointer.current
    assert current is not None
    return current.version


def test_a_better_challenger_is_published_and_a_worse_one_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = write_csv(tmp_path / "small.csv", made_up(5000)[:150])
    large = write_csv(tmp_path / "large.csv", made_up(5000))
    champion = train(tmp_path, small, "champion")
    assert main(["publish", "--bundle", str(champion)]) == 0
    feedback = write_csv(tmp_path / "feedback.csv", made_up(400, seed=3))
    assert retrain(tmp_path, large, "--feedback", str(feedback), "--publish") == 0
    better = read_bundle(tmp_path / "challenger").manifest.version
    assert current_version() == better
    report = (tmp_path / "report.md").read_text()
    assert report.startswith("# The challenger wins")
    assert "## Fixed on the test rows" in report
    assert "| replayed feedback |" in report
    told = capsys.readouterr().out
    assert "better on the test rows" in told

    assert retrain(tmp_path, small, "--least-test", "10", "--publish") == 2
    assert current_version() == better
    assert (tmp_path / "report.md").read_text().startswith("# The challenger is refused")
    assert "refused" in capsys.readouterr().out


def test_an_unknown_parameter_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = write_csv(tmp_path / "data.csv", made_up(500))
    assert retrain(tmp_path, data, "--set", "warp=9") == 1
    assert "no parameter 'warp'" in capsys.readouterr().err


def test_a_family_that_fails_publishes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one_class = write_csv(tmp_path / "one.csv", [(1, f"good {number}") for number in range(50)])
    assert retrain(tmp_path, one_class, "--publish") == 1
    assert "one class" in capsys.readouterr().err
    assert open_registry().pointer().pointer.current is None
