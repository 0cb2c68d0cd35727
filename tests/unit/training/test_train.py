from __future__ import annotations

from pathlib import Path

import pytest

from training.models import logistic
from training.train import TrainingConfig


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
