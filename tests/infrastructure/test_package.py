"""What is deployed, and whether it can be imported; ``make package`` builds the whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from deployment.build import deployed_files
from deployment.proof import ProofError, check_imports
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


def test_an_import_that_the_package_cannot_satisfy_is_named(tmp_path: Path) -> None:
    python = Path(sys.executable)
    app = tmp_path / "function_app.py"
    app.write_text("import json\n")
    assert check_imports(tmp_path, python) == 1
    app.write_text("def f():\n    import surely_missing\n")
    with pytest.raises(ProofError, match="surely_missing"):
        check_imports(tmp_path, python)


def test_what_is_installed_beside_the_package_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text("import msgspec\n")
    with pytest.raises(ProofError, match="msgspec"):
        check_imports(tmp_path, Path(sys.executable))
