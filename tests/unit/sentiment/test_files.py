from __future__ import annotations

import os
from pathlib import Path

import pytest

from sentiment import files
from sentiment.files import replace_folder


def fill(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True)
    (folder / name).touch()
    return folder


def age(folder: Path) -> None:
    os.utime(folder, (0, 0))


def test_a_failed_replacement_in_two_steps_leaves_what_stood_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "exchange", lambda *_: False)
    folder = fill(tmp_path / "folder", "a")
    with pytest.raises(FileNotFoundError):
        replace_folder(tmp_path / "absent", folder)
    assert (folder / "a").exists()
    assert list(tmp_path.iterdir()) == [folder]


def test_a_link_is_replaced_and_what_it_names_stays(tmp_path: Path) -> None:
    named = fill(tmp_path / "named", "a")
    folder = tmp_path / "folder"
    folder.symlink_to(named)
    replace_folder(fill(tmp_path / "new", "b"), folder)
    assert [path.name for path in folder.iterdir()] == ["b"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "named"]
    assert (named / "a").exists()


def test_only_what_was_abandoned_is_removed(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", "a")
    abandoned = fill(tmp_path / ".folder-new-0123abc_", "b")
    kept = [
        fill(tmp_path / name, "c")
        for name in (".folder-settings", ".folder-2-new-0123abcd", ".other-new-0123abcd")
    ]
    in_use = fill(tmp_path / ".folder-new-abcd0123", "d")
    for path in (abandoned, *kept):
        age(path)
    replace_folder(fill(tmp_path / "new", "e"), folder)
    assert not abandoned.exists()
    assert all(path.exists() for path in (*kept, in_use))
