from __future__ import annotations

import os
from pathlib import Path

import pytest

from deployment.build import deployed_files, write_zip


def test_without_a_list_nothing_is_deployed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        deployed_files(tmp_path)


def test_the_same_files_give_the_same_zip(tmp_path: Path) -> None:
    folder = tmp_path / "package"
    (folder / "sentiment").mkdir(parents=True)
    for name in ("function_app.py", "sentiment/app.py"):
        (folder / name).write_text("import json\n")
    write_zip(folder, tmp_path / "one.zip")
    for path in folder.rglob("*.py"):
        os.utime(path, (0, 0))
        path.chmod(0o600)
    write_zip(folder, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
