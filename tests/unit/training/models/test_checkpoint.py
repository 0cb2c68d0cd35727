from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.tweets import split_made_up
from training.models import logistic
from training.models.base import TrainingTask
from training.models.checkpoint import CheckpointFile, Progress, check_free, save_float_checkpoint

SPLIT = split_made_up(300)


def test_a_full_disk_leaves_the_last_checkpoint_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = CheckpointFile("lstm", TrainingTask(SPLIT.training, SPLIT.validation, tmp_path), {})
    file.save(Progress(done=1, state=[np.arange(3)], best=[np.ones(2)]))

    def fail(target: Any, **_: Any) -> None:
        target.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="No space left"):
        file.save(Progress(done=2))
    progress = file.load()
    assert progress.done == 1
    np.testing.assert_array_equal(progress.state[0], [0, 1, 2])
    assert list(tmp_path.iterdir()) == [file.path]


def test_a_float_checkpoint_is_never_overwritten(tmp_path: Path) -> None:
    model = logistic.fit(
        TrainingTask(SPLIT.training, SPLIT.validation), logistic.LogisticParameters()
    )
    folder = tmp_path / "models" / "float"
    save_float_checkpoint(model, folder)
    assert logistic.load(folder).parameters == model.parameters
    with pytest.raises(FileExistsError, match="float exists and would be lost"):
        check_free(folder)
