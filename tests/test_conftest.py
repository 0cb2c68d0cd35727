"""What ``--no-skips`` fails and what it lets pass."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pythons import ROOT

SAMPLE = f"""
import pytest

@pytest.fixture
def lazy():
    pytest.skip("too lazy")

def test_that_passes(): pass

def test_that_skips(): pytest.skip("too lazy")

def test_whose_fixture_skips(lazy): pass

@pytest.mark.skip(reason="too lazy")
def test_marked(): pass

@pytest.mark.skipif(True, reason="too lazy")
def test_marked_on_condition(): pass

def test_that_needs_this_python():
    pytest.skip("no Python {sys.version_info.major}.{sys.version_info.minor} found")

def test_that_needs_an_absent_python(): pytest.skip("no Python 3.99 found")

@pytest.mark.xfail
def test_expected_to_fail(): assert False
"""


def run_pytest(folder: Path, source: str, *options: str) -> tuple[int, list[str]]:
    """Run one module with the project's conftest; return the exit code and the lines printed."""
    module = folder / "test_sample.py"
    module.write_text(source)
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider"]
    command += ["-p", "tests.conftest", "-c", "/dev/null", "--rootdir", str(folder)]
    done = subprocess.run(
        [*command, *options, str(module)],
        cwd=ROOT,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def outcomes(lines: list[str]) -> dict[str, str]:
    found = (re.match(r"([A-Z]+) \S+::test_(\w+)", line) for line in lines)
    return {match[2]: match[1] for match in found if match}


def test_every_skip_fails_but_that_for_want_of_an_absent_python(tmp_path: Path) -> None:
    code, lines = run_pytest(tmp_path, SAMPLE, "--no-skips")
    assert code == 1
    assert outcomes(lines) == {
        "that_passes": "PASSED",
        "that_skips": "FAILED",
        "whose_fixture_skips": "ERROR",
        "marked": "ERROR",
        "marked_on_condition": "ERROR",
        "that_needs_this_python": "FAILED",
        "expected_to_fail": "XFAIL",
    }
    assert any(re.match(r"SKIPPED .*no Python 3\.99 found", line) for line in lines)
    assert any("--no-skips turns this skip into a failure. Skipped: too" in line for line in lines)
    assert re.match(r"2 failed, 1 passed, 1 skipped, 1 xfailed, 3 errors in ", lines[-1])


def test_without_the_option_a_skip_is_a_skip(tmp_path: Path) -> None:
    code, lines = run_pytest(tmp_path, SAMPLE)
    assert code == 0
    assert re.match(r"1 passed, 6 skipped, 1 xfailed in ", lines[-1])


@pytest.mark.parametrize(
    "line",
    ["pytest.importorskip('no_such_module')", "pytest.skip('lazy', allow_module_level=True)"],
    ids=["for want of a package", "at will"],
)
def test_a_skipped_module_is_an_error(tmp_path: Path, line: str) -> None:
    code, lines = run_pytest(tmp_path, f"import pytest\n{line}\n", "--no-skips")
    assert code == 2
    assert re.match(r"1 error in ", lines[-1])
