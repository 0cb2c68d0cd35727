"""Parameters as they may be recorded: without paths of the machine."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path

import pytest

from training.models.base import describe_parameters
from training.models.bert import BertParameters
from training.models.logistic import LogisticParameters
from training.models.lstm import LEARNED, PRETRAINED, LstmParameters
from training.models.pretrained import MINILM, attribution


def encoder(value: str | Path) -> str:
    """Return how the name of an encoder is recorded."""
    return describe_parameters(BertParameters(encoder=str(value)))["encoder"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "somewhere" / "mine"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "tokenizer.json").write_text("[]")
    return folder


def test_a_file_is_known_by_its_name_and_content(tmp_path: Path) -> None:
    file = tmp_path / "vectors.txt"
    file.write_text("day 1 2 3\n")
    digest = hashlib.sha256(b"day 1 2 3\n").hexdigest()
    values = describe_parameters(LstmParameters(embedding=str(file)))
    assert values["embedding"] == f"vectors.txt (sha256 {digest[:12]})"
    assert values == {**asdict(LstmParameters()), "embedding": values["embedding"]}


def test_a_folder_is_known_by_its_name_and_what_its_files_are_called_and_hold(
    folder: Path,
) -> None:
    before = encoder(folder)
    assert before.startswith("mine (sha256 ")
    assert describe_parameters(BertParameters(start=f"{folder}/"))["start"] == before
    (folder / "config.json").write_text("{ }")
    changed = encoder(folder)
    (folder / "config.json").rename(folder / "configuration.json")
    assert len({before, changed, encoder(folder)}) == 3


def test_what_is_no_path_is_recorded_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (MINILM, LEARNED, PRETRAINED, "lstm"):
        (tmp_path / name).mkdir()
    for parameters in (
        BertParameters(),
        BertParameters(encoder="hub:owner/name"),
        BertParameters(encoder=""),
        LstmParameters(embedding=LEARNED),
        LstmParameters(embedding=PRETRAINED, cell="lstm"),
        LogisticParameters(),
    ):
        assert describe_parameters(parameters) == asdict(parameters)


@pytest.mark.parametrize("name", [MINILM, "hub:owner"])
def test_a_folder_that_is_named_like_another_encoder_is_not_taken_for_it(
    tmp_path: Path, name: str
) -> None:
    folder = tmp_path / name
    assert attribution(encoder(folder)) == "Encoder: a local one."
    folder.mkdir()
    assert attribution(encoder(folder)) == "Encoder: a local one."
    assert attribution(name) != "Encoder: a local one."
