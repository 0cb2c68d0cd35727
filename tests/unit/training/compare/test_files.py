from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from training.compare.files import StaleError, check_files, write_files

FILES = {"results.md": b"new", "figures/roc.svg": b"<svg/>"}


def listed(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_are_written_with_their_folders_and_nothing_is_left_over(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    assert listed(tmp_path) == sorted(FILES)
    assert (tmp_path / "results.md").read_bytes() == b"new"
    check_files(tmp_path, FILES)


def test_other_files_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "mine.svg").write_text("mine")
    write_files(tmp_path, FILES)
    assert (tmp_path / "figures" / "mine.svg").read_text() == "mine"


def test_a_full_disk_leaves_every_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, {"results.md": b"old"})
    calls = []

    def sync(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", sync)
    with pytest.raises(OSError, match="No space left"):
        write_files(tmp_path, FILES)
    assert listed(tmp_path) == ["results.md"]
    assert (tmp_path / "results.md").read_bytes() == b"old"


def test_changed_and_missing_files_are_named(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    (tmp_path / "results.md").write_bytes(b"changed")
    with pytest.raises(StaleError, match=r"results\.md in .*python -m training compare"):
        check_files(tmp_path, FILES)
    (tmp_path / "figures" / "roc.svg").unlink()
    with pytest.raises(StaleError, match=r"results\.md, figures/roc\.svg"):
        check_files(tmp_path, FILES)
