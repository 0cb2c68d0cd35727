from __future__ import annotations

from pathlib import Path

import pytest

from training.models import bert, logistic
from training.train import TrainingConfig, choose_parameters


def config(folder: Path, checkpoint_out: Path) -> TrainingConfig:
    return TrainingConfig(
        logistic.FAMILY,
        logistic.LogisticParameters(),
        [folder / "absent.csv"],
        folder / "bundle",
        name="logistic",
        records=folder / "runs",
        home=folder / "home",
        checkpoint_out=checkpoint_out,
    )


def test_a_float_checkpoint_is_never_overwritten(tmp_path: Path) -> None:
    kept = tmp_path / "float"
    kept.mkdir()
    config(tmp_path, kept).check_outputs()
    (kept / "weights.npz").write_text("before")
    with pytest.raises(FileExistsError, match="float exists and would be lost"):
        config(tmp_path, kept).check_outputs()


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
