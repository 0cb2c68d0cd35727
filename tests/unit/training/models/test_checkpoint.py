from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.tweets import made_up
from training.models.base import TrainingTask
from training.models.checkpoint import STATE_FILE, CheckpointFile, Progress, discard
from training.split import LabelledTweet, split_corpus

SPLIT = split_corpus(LabelledTweet(text, label, "") for label, text in made_up(200))


def test_a_checkpoint_is_deleted_whether_a_file_or_a_folder_or_gone(tmp_path: Path) -> None:
    file, folder, other = (tmp_path / name for name in ("lstm-1.npz", "bert-1", "bert-2"))
    file.write_bytes(b"state")
    for each in (folder, other):
        each.mkdir()
        (each / STATE_FILE).write_text("{}")
        (each / "step-9.keras").write_bytes(b"weights")
    for each in (file, folder, tmp_path / "gone"):
        discard(each)
    assert list(tmp_path.iterdir()) == [other]
    assert len(list(other.iterdir())) == 2


def test_a_full_disk_leaves_the_last_checkpoint_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = CheckpointFile("lstm", TrainingTask(SPLIT.training, SPLIT.validation, tmp_path), {})
    file.save(Progress(epoch=1, state=[np.arange(3)], best=[np.ones(2)]))

    def fail(target: Any, **_: Any) -> None:
        target.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="No space left"):
        file.save(Progress(epoch=2))
    progress = file.load()
    assert progress.epoch == 1
    np.testing.assert_array_equal(progress.state[0], [0, 1, 2])
    assert [path.name for path in tmp_path.iterdir()] == [file.path and file.path.name]


def test_another_fit_has_another_checkpoint(tmp_path: Path) -> None:
    task = TrainingTask(SPLIT.training, SPLIT.validation, tmp_path)
    smaller = replace(task, training=SPLIT.training.head(100))
    files = {
        CheckpointFile("lstm", task, {"units": 32}).path,
        CheckpointFile("lstm", task, {"units": 64}).path,
        CheckpointFile("lstm", smaller, {"units": 32}).path,
    }
    assert len(files) == 3
