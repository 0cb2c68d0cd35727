"""Which files of the repository are deployed."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

from deployment.build import _UNUSED
from deployment.selection import deployed_files
from tests.support.pythons import ROOT

FORBIDDEN = ("training/", "tests/", "notebooks/", "benchmarks/", "local_host/", "deployment/",
             "docs/", "examples/", "infra/", ".github/")  # fmt: skip


@pytest.fixture(scope="module")
def files() -> list[str]:
    return deployed_files(ROOT)


def test_only_the_app_and_its_model_are_deployed(files: list[str]) -> None:
    assert {each.partition("/")[0] for each in files} == {
        "function_app.py",
        "host.json",
        "model_artifacts",
        "sentiment",
    }
    assert not [each for each in files if each.startswith(FORBIDDEN)]
    assert "local.settings.json" not in files


def test_what_only_a_command_or_a_client_uses_stays_out(files: list[str]) -> None:
    parts = ("sentiment/bulk/", "sentiment/client/", "sentiment/report/", "sentiment/__main__.py",
             "sentiment/py.typed")  # fmt: skip
    assert not [each for each in files if each.startswith(parts)]


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


def test_the_whole_bundle_is_deployed(files: list[str]) -> None:
    bundle = {f"model_artifacts/{path.name}" for path in (ROOT / "model_artifacts").iterdir()}
    assert bundle <= set(files)


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
