"""Interpreters are found where they are, and environments are whole or absent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import pythons
from tests.pythons import environment, find_python, is_absent

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(pythons, "ENVIRONMENTS", tmp_path)
    return tmp_path / "sample"


def script(path: Path, line: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
    return path


def test_the_version_that_runs_the_tests_is_found() -> None:
    found = find_python(VERSION)
    assert found is not None
    assert VERSION in subprocess.run([found, "-V"], capture_output=True, text=True).stdout


def test_a_version_that_is_not_installed_is_none() -> None:
    assert find_python("3.99") is None
    assert is_absent("Skipped: no Python 3.99 found")
    assert not is_absent(f"Skipped: no Python {VERSION} found")


def test_a_shim_that_fails_is_passed_over_for_one_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path / "shims/python3.98", "echo 'pyenv: command not found' >&2; exit 127")
    script(tmp_path / "old/python3.98", "echo cpython 3.9")
    script(tmp_path / "versions/3.98.0t/bin/python3.98", "echo cpython 3.98t")
    right = script(tmp_path / "versions/3.98.0/bin/python3.98", "echo cpython 3.98")
    monkeypatch.setenv("PATH", f"{tmp_path}/shims:{tmp_path}/old:/usr/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    try:
        assert find_python("3.98") == right
    finally:
        find_python.cache_clear()


def test_an_environment_is_made_once_for_the_same_requirements(folder: Path) -> None:
    python = Path(sys.executable)
    made = environment("sample", python, [])
    created = made.parent.parent.stat().st_ctime_ns
    assert environment("sample", python, []) == made
    assert made.parent.parent.stat().st_ctime_ns == created
    assert subprocess.run([made, "-c", "import pytest"], capture_output=True).returncode == 1
    other = environment("sample", python, ["# another"])
    assert sorted(folder.iterdir()) == sorted([made.parent.parent, other.parent.parent])


def test_an_environment_that_cannot_be_filled_says_why_and_leaves_nothing(folder: Path) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)pip install .*ended with .*absent"):
        environment("sample", Path(sys.executable), ["./absent"])
    assert list(folder.iterdir()) == []
