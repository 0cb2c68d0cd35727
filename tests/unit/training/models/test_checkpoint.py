from __future__ import annotations

from pathlib import Path

import pytest

from training.models.checkpoint import STATE_FILE, discard


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


def test_what_is_left_of_a_deletion_that_ended_early_is_no_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / STATE_FILE).write_text("{}")
    (tmp_path / "step-9.keras").write_bytes(b"weights")

    def end(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("shutil.rmtree", end)
    with pytest.raises(KeyboardInterrupt):
        discard(tmp_path)
    assert not (tmp_path / STATE_FILE).exists()
