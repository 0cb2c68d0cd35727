"""Parameters: as they are given, and as they are recorded, without paths of the machine."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from training.models.base import describe_parameters
from training.models.bert import BertParameters
from training.models.catalog import FAMILIES
from training.models.logistic import LogisticParameters
from training.models.lstm import LEARNED, PRETRAINED, LstmParameters
from training.models.pretrained import MINILM, attribution


def test_a_file_is_recorded_by_its_name_and_content_and_a_folder_by_its_name(
    tmp_path: Path,
) -> None:
    file = tmp_path / "vectors.txt"
    file.write_text("day 1 2 3\n")
    digest = hashlib.sha256(b"day 1 2 3\n").hexdigest()
    values = describe_parameters(LstmParameters(embedding=str(file)))
    assert values["embedding"] == f"vectors.txt (sha256 {digest[:12]})"
    assert values == {**asdict(LstmParameters()), "embedding": values["embedding"]}
    assert describe_parameters(BertParameters(start=f"{tmp_path}/"))["start"] == tmp_path.name


@pytest.mark.parametrize(
    "parameters",
    [
        BertParameters(),
        BertParameters(encoder="hub:owner/name"),
        LstmParameters(embedding=LEARNED),
        LstmParameters(embedding=PRETRAINED, cell="lstm"),
        LogisticParameters(),
    ],
)
def test_what_is_no_path_is_recorded_as_it_is(parameters: Any) -> None:
    assert describe_parameters(parameters) == asdict(parameters)


@pytest.mark.parametrize("name", [MINILM, "hub:owner"])
def test_a_folder_that_is_named_like_another_encoder_is_not_taken_for_it(
    tmp_path: Path, name: str
) -> None:
    recorded = describe_parameters(BertParameters(encoder=str(tmp_path / name)))["encoder"]
    assert attribution(recorded) == "Encoder: a local one."
    assert attribution(name) != "Encoder: a local one."


@pytest.mark.parametrize(
    ("family", "value", "reason"),
    [
        ("bert", "mode=magic", "mode is 'magic'; it must be fine-tune or head"),
        ("lstm", "cell=magic", "cell is 'magic'; it must be one of rnn, gru, lstm"),
        ("lstm", "patience=0", "patience is 0; it must be at least 1"),
        ("lstm", "units=many", "units is 'many', which is no int; write --set units=VALUE"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_what_is_expected(
    family: str, value: str, reason: str
) -> None:
    kind = FAMILIES[family]
    with pytest.raises(ValueError, match=reason):
        kind.make_parameters(kind.read_values([value]))
