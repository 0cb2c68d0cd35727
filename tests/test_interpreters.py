"""The served code under every Python that it promises to work on."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.pythons import environment, require_python

ROOT = Path(__file__).resolve().parent.parent
CORE = ("tests/app/test_contract.py", "tests/sentiment/test_bundle.py",
        "tests/sentiment/test_classifier.py", "tests/sentiment/test_text.py")  # fmt: skip
SERVED = (
    "tests/sentiment",
    "--ignore=tests/sentiment/bulk",  # which is not served
    "--ignore=tests/sentiment/contract",  # needs tools, and differs on no Python
    "tests/app/test_contract.py",
    "tests/app/test_failures.py",
)
TOOLS = ("hypothesis", "pytest==9.2.0", "pytest-timeout==2.4.0", "simplemma==2.0.0",
         "tokenizers==0.23.3")  # fmt: skip


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("version", "tests"),
    [pytest.param("3.12", CORE, id="3.12"), pytest.param("3.13", SERVED, id="3.13-of-the-cloud")],
)
def test_the_served_code_passes_its_tests(version: str, tests: Sequence[str]) -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    requirements = [line for line in lines if line and not line.startswith("#")]
    python = environment(f"served-{version}", require_python(version), [*requirements, *TOOLS])
    done = subprocess.run(
        [python, "-m", "pytest", *tests, "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
