from __future__ import annotations

import sys
from pathlib import Path

import pytest

from local_host.reloader import snapshot, supervise


def write(folder: Path, name: str, content: str = "") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")
    return file


def test_sources_settings_and_the_bundle_are_watched_and_nothing_else(tmp_path: Path) -> None:
    watched = ["function_app.py", "sentiment/text.py", "host.json", "model_artifacts/model.tflite"]
    ignored = [".venv/a.py", "env/a.py", "env/pyvenv.cfg", "__pycache__/a.json", "a.sqlite", "a.md"]
    for name in watched + ignored:
        write(tmp_path, name)
    assert {file.relative_to(tmp_path).as_posix() for file in snapshot(tmp_path)} == set(watched)


@pytest.mark.parametrize("change", ["write", "delete", "add"])
def test_every_kind_of_change_is_seen(tmp_path: Path, change: str) -> None:
    file = write(tmp_path, "function_app.py")
    before = snapshot(tmp_path)
    assert snapshot(tmp_path) == before
    if change == "write":
        file.write_text("x = 1", encoding="utf-8")
    elif change == "delete":
        file.unlink()
    else:
        write(tmp_path, "model_artifacts/ngrams.txt")
    assert snapshot(tmp_path) != before


@pytest.mark.parametrize("code", [0, 1, 7])
def test_a_server_that_ends_by_itself_ends_all_with_its_code(tmp_path: Path, code: int) -> None:
    assert supervise([sys.executable, "-c", f"raise SystemExit({code})"], tmp_path) == code


def test_a_server_that_fails_after_a_change_is_started_again_after_the_next(tmp_path: Path) -> None:
    # The first run changes a file and waits to be stopped; the second fails after a further
    # change; the third ends well.
    script = """
import pathlib, sys, time
runs = pathlib.Path(sys.argv[1], "runs.txt")
runs.write_text((runs.read_text() if runs.exists() else "") + "x")
count = len(runs.read_text())
pathlib.Path(sys.argv[1], f"change{count}.py").write_text("")
if count == 1:
    time.sleep(60)
sys.exit(1 if count == 2 else 0)
"""
    assert supervise([sys.executable, "-c", script, str(tmp_path)], tmp_path) == 0
    assert (tmp_path / "runs.txt").read_text() == "xxx"
