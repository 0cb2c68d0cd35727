from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from sentiment.storage import Storage
from tests.azurite import Azurite
from training.commands import main
from training.vault import VaultError, pull_file


@pytest.fixture(autouse=True)
def container(emulator: Azurite, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"training-{uuid.uuid4().hex[:12]}"
    monkeypatch.setattr("training.vault.CONTAINER", name)
    monkeypatch.setenv("SENTIMENT_STORAGE", emulator.connection)
    return name


def test_files_and_folders_come_back_as_they_were(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "base.csv"
    data.write_bytes(b"x" * 5_000_000)
    checkpoint = tmp_path / "checkpoint"
    (checkpoint / "deep").mkdir(parents=True)
    (checkpoint / "model.keras").write_bytes(b"weights")
    (checkpoint / "deep" / "tokenizer.json").write_bytes(b"{}")
    assert main(["data", "push", str(data), str(checkpoint)]) == 0
    assert "Pushed base.csv (5.0 MB)" in capsys.readouterr().out
    assert main(["data", "push", str(data)]) == 0
    assert "base.csv is there already" in capsys.readouterr().out
    other = tmp_path / "other"
    assert main(["data", "pull", "base.csv", "checkpoint", "--into", str(other)]) == 0
    assert (other / "base.csv").read_bytes() == data.read_bytes()
    assert (other / "checkpoint" / "model.keras").read_bytes() == b"weights"
    assert (other / "checkpoint" / "deep" / "tokenizer.json").read_bytes() == b"{}"


def test_what_was_changed_in_storage_is_refused_and_overwrites_nothing(
    tmp_path: Path, emulator: Azurite, container: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "base.csv"
    data.write_text("mine")
    assert main(["data", "push", str(data)]) == 0
    with Storage(emulator.connection).container(container) as client:
        sent = client.get_blob_client("base.csv").get_blob_properties().metadata
        client.upload_blob("base.csv", b"tampered", overwrite=True, metadata=sent)
    assert main(["data", "pull", "base.csv", "--into", str(tmp_path)]) == 1
    assert "not what was pushed" in capsys.readouterr().err
    assert data.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [data]


@pytest.mark.parametrize("name", ["../evil", "/evil", "deep/../../evil"])
def test_a_name_cannot_lead_out_of_the_folder(
    tmp_path: Path, emulator: Azurite, container: str, name: str
) -> None:
    # The emulator refuses such names, so the file is asked for as a listing would name it.
    client = Storage(emulator.connection).container(container)
    with client, pytest.raises(VaultError, match="outside"):
        pull_file(client, name, tmp_path / "into", print)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["push", "/nowhere/base.csv"], "does not exist"),
        (["pull", "absent"], "Nothing in storage has the name absent"),
    ],
)
def test_what_is_not_there_is_named(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", *arguments]) == 1
    assert reason in capsys.readouterr().err


def test_without_settings_the_command_says_which_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SENTIMENT_STORAGE")
    assert main(["data", "pull", "a"]) == 1
    assert "set SENTIMENT_STORAGE" in capsys.readouterr().err
