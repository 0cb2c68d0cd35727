from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sentiment.storage import Storage
from tests.support.azurite import Azurite
from training import vault
from training.cli import main
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


def test_what_is_stored_is_not_replaced_by_something_else_unasked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / "b").write_text("before")
    assert main(["data", "push", str(folder)]) == 0
    (folder / "a").write_text("new")
    (folder / "b").write_text("afterwards")
    capsys.readouterr()
    assert main(["data", "push", str(folder)]) == 1
    said = capsys.readouterr()
    assert "checkpoint/b is stored already with other content (6 bytes, pushed 2" in said.err
    assert "Give --replace" in said.err
    assert "Pushed" not in said.out
    assert main(["data", "pull", "checkpoint", "--into", str(tmp_path / "stored")]) == 0
    stored = tmp_path / "stored" / "checkpoint"
    assert {file.name: file.read_text() for file in stored.iterdir()} == {"b": "before"}
    assert main(["data", "push", "--replace", str(folder)]) == 0
    assert main(["data", "pull", "checkpoint", "--into", str(tmp_path / "stored")]) == 0
    assert (stored / "b").read_text() == "afterwards"


def test_what_is_stored_is_listed_with_size_time_and_digest(
    tmp_path: Path, emulator: Azurite, container: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "list"]) == 0
    assert capsys.readouterr().out == "Nothing is stored yet.\n"
    data = tmp_path / "base.csv"
    data.write_bytes(b"x" * 1234)
    assert main(["data", "push", str(data)]) == 0
    with Storage(emulator.connection).container(container) as client:
        client.upload_blob("from elsewhere", b"1")
    capsys.readouterr()
    assert main(["data", "list"]) == 0
    head, mine, other = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["name", "bytes"]
    name, size, day, _, digest = mine.split()
    assert (name, size, digest) == ("base.csv", "1,234", hashlib.sha256(b"x" * 1234).hexdigest())
    assert datetime.now(UTC).year == int(day[:4])
    assert other.split()[:3] == ["from", "elsewhere", "1"]
    assert other.endswith("unknown")
    assert main(["data", "push", str(_renamed(data, "from elsewhere"))]) == 1


def _renamed(file: Path, name: str) -> Path:
    return file.rename(file.with_name(name))


def test_what_somebody_else_pushes_meanwhile_is_kept(
    tmp_path: Path,
    emulator: Azurite,
    container: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = tmp_path / "base.csv"
    data.write_text("mine")
    assert main(["data", "push", str(data)]) == 0
    with Storage(emulator.connection).container(container) as client:
        seen = vault._stored(client, "base.csv")
        client.upload_blob("base.csv", b"theirs", overwrite=True)
        for known in (seen, None):
            answers = iter([known, vault._stored(client, "base.csv")])
            with monkeypatch.context() as stale:
                stale.setattr(vault, "_stored", lambda *_, answers=answers: next(answers))
                assert main(["data", "push", "--replace", str(data)]) == 1
            assert "Somebody else pushed base.csv meanwhile" in capsys.readouterr().err
        assert client.download_blob("base.csv").readall() == b"theirs"


def test_two_files_cannot_get_one_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / name / "base.csv" for name in ("one", "two")]
    for file in files:
        file.parent.mkdir()
        file.write_text(str(file))
    assert main(["data", "push", *map(str, files)]) == 1
    assert "would both get the name base.csv" in capsys.readouterr().err
    assert main(["data", "list"]) == 0
    assert "Nothing is stored" in capsys.readouterr().out


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
    assert "not what was pushed; push it again with --replace" in capsys.readouterr().err
    assert data.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [data]
    assert main(["data", "push", "--replace", str(data)]) == 0
    assert main(["data", "pull", "base.csv", "--into", str(tmp_path / "again")]) == 0


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
