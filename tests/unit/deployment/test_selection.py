"""Which files of the repository are deployed."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from deployment.build import _UNUSED
from deployment.selection import deployed_files
from tests.support.pythons import ROOT


@pytest.fixture(scope="module")
def files() -> list[str]:
    return deployed_files(ROOT)


def test_the_app_its_settings_its_model_and_its_room_are_deployed_whole(files: list[str]) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "function_app.py", "host.json", "model_artifacts", "sentiment"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert files == sorted(tracked.stdout.splitlines())


def test_every_module_that_the_app_imports_is_deployed(files: list[str]) -> None:
    for name in files:
        if name.endswith(".py"):
            for module in own_imports(ROOT / name):
                path = module.replace(".", "/")
                assert f"{path}.py" in files or f"{path}/__init__.py" in files, (name, module)


def own_imports(source: Path) -> set[str]:
    found = list(ast.walk(ast.parse(source.read_text())))
    names = {alias.name for node in found if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in found if isinstance(node, ast.ImportFrom)}
    return {each for each in names if each.partition(".")[0] in {"sentiment", "training"}}


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


def test_nothing_that_is_removed_holds_what_runs() -> None:
    assert not [each for each in _UNUSED if each.endswith((".py", ".json", ".txt"))]
