from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from operations import registry as publishing
from sentiment.feedback.sqlite_store import DATABASE_FILE, SqliteStore
from tests.support.feedback_stores import FEEDBACK
from tests.support.running import APP, environment
from training.cli import main

NOT_OF_THE_APP = (
    *("scipy", "sklearn", "tensorflow", "keras", "keras_hub", "mlflow", "optuna", "pandas"),
    *("matplotlib", "tqdm", "jinja2", "duckdb", "duckdb_kql", "httpx2"),
)
"""Packages that requirements.txt does not bring, or not to what is deployed."""

PROGRAM = """
import runpy, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {packages!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
for command in {commands!r}:
    sys.argv = ["training", *command]
    try:
        runpy.run_module("training", run_name="__main__")
    except SystemExit as ended:
        print("ended with", ended.code or 0, flush=True)
"""


def run_with_the_app_alone(home: Path, *commands: str) -> tuple[list[int], str, str]:
    """Run commands in one process; return their exit codes and what both outputs were."""
    lines = [command.split() for command in commands]
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(packages=NOT_OF_THE_APP, commands=lines)],
        cwd=APP,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    codes = re.findall(r"^ended with (\d+)$", ended.stdout, re.MULTILINE)
    return [int(code) for code in codes], ended.stdout, ended.stderr


def test_help_needs_no_package_but_those_of_the_app(tmp_path: Path) -> None:
    _, said, _ = run_with_the_app_alone(tmp_path, "--help")
    names = re.findall(r"^    ([a-z]+) ", said, re.MULTILINE)
    assert {"train", "tune", "explore", "compare", "alerts", "feedback", "mlflow"} <= set(names)
    asked = ["train bert --help", *(f"{name} --help" for name in names)]
    codes, _, errors = run_with_the_app_alone(tmp_path, *asked)
    assert (codes, errors) == ([0] * len(asked), "")


def test_feedback_needs_no_package_but_those_of_the_app(tmp_path: Path) -> None:
    SqliteStore(tmp_path / DATABASE_FILE).record(replace(FEEDBACK, text="so good"))
    one = FEEDBACK.feedback_id
    asked = [
        "feedback list",
        f"feedback reject {one}",
        f"feedback accept {one}",
        "feedback count",
        f"feedback export {tmp_path / 'accepted.csv.gz'}",
        "feedback purge --days 36500",
        f"feedback delete --feedback-id {one}",
    ]
    codes, said, errors = run_with_the_app_alone(tmp_path, *asked)
    assert (codes, errors) == ([0] * len(asked), "")
    assert "Wrote 1 row" in said
    assert "Deleted 1 row." in said


def test_a_command_that_needs_more_says_how_to_get_it(tmp_path: Path) -> None:
    codes, _, errors = run_with_the_app_alone(tmp_path, "monitor --days 1")
    assert codes == [1]
    assert "the package scipy is missing" in errors
    assert "make training" in errors


def test_an_interruption_claims_nothing_about_what_was_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> argparse.Namespace:
        raise KeyboardInterrupt

    monkeypatch.setattr(publishing, "open_registry", interrupt)
    assert main(["list"]) == 130
    assert capsys.readouterr().err == "interrupted\n"
