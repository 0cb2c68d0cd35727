from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training.models import bert, logistic
from training.models.base import ModelFamily
from training.models.catalog import FAMILIES
from training.models.logistic import FAMILY
from training.models.tuned_parameters import (
    FOLDER,
    ParametersError,
    TunedParameters,
    choose_parameters,
    load_parameters,
    parameters_file,
    save_parameters,
)

GOOD = {"longest_words": 3, "inverse_regularization": 1.5}


def write(folder: Path, content: Any) -> Path:
    path = parameters_file("logistic", folder)
    path.write_text(
        content if isinstance(content, str) else json.dumps(content), errors="surrogateescape"
    )
    return path


def test_what_was_saved_is_what_a_family_is_trained_with(tmp_path: Path) -> None:
    path = save_parameters(TunedParameters("logistic", GOOD, {"trial": 7}), tmp_path / "new")
    assert load_parameters(FAMILY, folder=tmp_path / "new") == GOOD
    parameters = FAMILY.make_parameters(load_parameters(FAMILY, folder=tmp_path / "new"))
    assert (parameters.longest_words, parameters.min_documents) == (3, 3)
    assert json.loads(path.read_text())["found"] == {"trial": 7}
    assert path.read_text().endswith("}\n")


def test_with_a_teacher_other_parameters_are_best_and_without_them_the_usual_ones(
    tmp_path: Path,
) -> None:
    save_parameters(TunedParameters("logistic", GOOD, {"teacher": None}), tmp_path)
    assert load_parameters(FAMILY, distilled=True, folder=tmp_path) == GOOD
    few = {"longest_words": 1}
    path = save_parameters(
        TunedParameters("logistic", few, {"teacher": "20260101T000000Z-bert"}), tmp_path
    )
    assert path.name == "logistic-distilled.json"
    assert load_parameters(FAMILY, distilled=True, folder=tmp_path) == few
    assert load_parameters(FAMILY, folder=tmp_path) == GOOD


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "malformed"),
        ("[]", "Expected `object`"),
        ("\udcff", "cannot be used"),
        ({"family": "logistic"}, "missing required field `parameters`"),
        ({"family": "lstm", "parameters": {}}, "for the family 'lstm'"),
        ({"family": "logistic", "parameters": {"magic": 1}}, "no parameter 'magic'"),
        ({"family": "logistic", "parameters": {"longest_words": "3"}}, "Expected `int`, got `str`"),
        (
            {"family": "logistic", "parameters": {"longest_words": True}},
            "Expected `int`, got `bool`",
        ),
    ],
)
def test_a_malformed_file_is_an_error_that_says_what_to_do(
    tmp_path: Path, content: Any, reason: str
) -> None:
    path = write(tmp_path, content)
    with pytest.raises(ParametersError, match=reason) as raised:
        load_parameters(FAMILY, folder=tmp_path)
    assert str(path) in str(raised.value)
    assert "delete it to use the defaults" in str(raised.value)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_the_parameters_that_are_kept_with_the_code_fit_their_families(family: ModelFamily) -> None:
    for distilled in (False, True):
        family.make_parameters(load_parameters(family, distilled=distilled))
        path = parameters_file(family.name, FOLDER, distilled)
        if path.exists():
            found = json.loads(path.read_text())["found"]
            assert (found.get("teacher") is not None) == distilled


def test_what_is_given_goes_before_what_tuning_found() -> None:
    tuned = choose_parameters(logistic.FAMILY, [])
    given = choose_parameters(logistic.FAMILY, ["longest_words=1", "ratio_floor=0.25"])
    assert tuned != logistic.LogisticParameters()
    assert (given.longest_words, given.ratio_floor) == (1, 0.25)
    assert given.inverse_regularization == tuned.inverse_regularization


def test_a_float_checkpoint_to_go_on_from_is_for_families_that_can() -> None:
    chosen = choose_parameters(bert.FAMILY, ["epochs=0.2"], init_from=Path("float"))
    assert (chosen.start, chosen.epochs) == ("float", 0.2)
    with pytest.raises(ValueError, match="logistic cannot go on from a float checkpoint"):
        choose_parameters(logistic.FAMILY, [], init_from=Path("float"))


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("warp=9", "logistic has no parameter 'warp'; it has forms, "),
        (
            "longest_words=two",
            "longest_words is 'two', which is no int; write --set",
        ),
        ("ratio_floor", "ratio_floor is '', which is no float; write --set ratio_floor=VALUE"),
        ("forms=Plain", "forms is 'Plain'; it must be one of plain, stem, lemma"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_with_the_remedy(
    setting: str, reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        choose_parameters(logistic.FAMILY, [setting])
