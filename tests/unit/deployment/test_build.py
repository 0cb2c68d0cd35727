from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from deployment.build import deployed_files
from tests.support.pythons import ROOT


def test_the_app_its_settings_its_model_and_its_room_are_deployed_whole() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "function_app.py", "host.json", "model_artifacts", "sentiment"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert deployed_files(ROOT) == sorted(tracked.stdout.splitlines())


def test_what_git_does_not_track_is_never_deployed(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "--quiet")
    (tmp_path / ".funcignore").write_text("/*\n!/app/\n/app/left/\n")
    for name in ("app/kept.py", "app/left/out.py", "other.py", "app/secret.env"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    git("add", "app/kept.py", "app/left/out.py", "other.py", ".funcignore")
    assert deployed_files(tmp_path) == ["app/kept.py"]


def test_without_a_list_nothing_is_deployed(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        deployed_files(tmp_path)
