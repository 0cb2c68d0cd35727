from __future__ import annotations

import uuid
from pathlib import Path

import pytest

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
