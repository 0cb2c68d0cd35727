"""What ``python -m operations`` needs: reviewing feedback, next to nothing beside the app."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from sentiment.feedback.sqlite_store import DATABASE_FILE, SqliteStore
from tests.support.feedback_stores import FEEDBACK
from tests.support.host import APP, environment

HEAVY = (
    *("scipy", "sklearn", "tensorflow", "keras", "keras_hub", "mlflow", "optuna", "pandas"),
    *("matplotlib", "tqdm", "jinja2", "duckdb", "duckdb_kql", "pyarrow", "training"),
)

PROGRAM = """
import runpy, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {packages!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
for command in {commands!r}:
    sys.argv = ["operations", *command]
    try:
        runpy.run_module("operations", run_name="__main__")
    except SystemExit as ended:
        print("ended with", ended.code or 0, flush=True)
"""


def run_without(
    packages: tuple[str, ...], home: Path, *commands: str
) -> tuple[list[int], str, str]:
    """Run commands in one process; return their exit codes and what both outputs were."""
    lines = [command.split() for command in commands]
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(packages=packages, commands=lines)],
        cwd=APP,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    codes = re.findall(r"^ended with (\d+)$", ended.stdout, re.MULTILINE)
    return [int(code) for code in codes], ended.stdout, ended.stderr


def test_feedback_and_every_help_need_no_heavy_package(tmp_path: Path) -> None:
    SqliteStore(tmp_path / DATABASE_FILE).record(replace(FEEDBACK, text="so good"))
    one = FEEDBACK.feedback_id
    asked = [
        *(f"{name} --help" for name in ("score", "feedback", "drift", "alerts", "publish")),
        "feedback list",
        f"feedback reject {one}",
        f"feedback accept {one}",
        "feedback count",
        f"feedback export {tmp_path / 'accepted.csv.gz'}",
        "feedback purge --days 36500",
        f"feedback delete --feedback-id {one}",
    ]
    codes, said, errors = run_without(HEAVY, tmp_path, *asked)
    assert (codes, errors) == ([0] * len(asked), "")
    assert "Wrote 1 row" in said
    assert "Deleted 1 row." in said


def test_a_command_that_needs_more_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "events").mkdir()
    (tmp_path / "in.csv").write_text("text\nso good\n")
    scored, page = tmp_path / "out.csv", tmp_path / "out.html"
    reported = f"score {tmp_path / 'in.csv'} -o {scored} --report {page}"
    to_parquet = f"score {tmp_path / 'in.csv'} -o {tmp_path / 'out.parquet'}"
    needed = ("duckdb", "duckdb_kql", "jinja2", "pyarrow")
    codes, _, errors = run_without(needed, tmp_path, "alerts", reported, to_parquet)
    assert codes == [1, 1, 1]
    assert re.findall(r"The package (\w+) is missing", errors) == [
        "duckdb_kql",
        "jinja2",
        "pyarrow",
    ]
    assert errors.count("pip install -e '.[operations]'") == 3
    assert not scored.exists()
    codes, _, errors = run_without(("cyclopts",), tmp_path, "feedback list")
    assert codes == [1]
    assert "The package cyclopts is missing" in errors
