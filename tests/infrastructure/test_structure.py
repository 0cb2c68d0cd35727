"""Where tests and their helpers lie."""

from __future__ import annotations

import re

import pytest

import tests.support
from tests.support.pythons import ROOT

TESTS = ROOT / "tests"
LANES = {"app", "end_to_end", "infrastructure", "model", "proofs", "support", "unit"}


def test_every_test_is_in_a_lane() -> None:
    assert {path.name for path in TESTS.iterdir() if (path / "__init__.py").exists()} == LANES
    assert [path.name for path in TESTS.glob("test_*.py")] == []


@pytest.mark.parametrize(
    "path", sorted((TESTS / "unit").rglob("test_*.py")), ids=lambda path: path.stem
)
def test_a_unit_test_lies_where_its_module_does(path) -> None:
    name = path.stem.removeprefix("test_")
    room = ROOT / path.parent.relative_to(TESTS / "unit")
    assert any((room / module).exists() for module in (f"{name}.py", f"__{name}__.py", name))


def test_no_test_imports_another() -> None:
    importing = re.compile(r"^\s*(?:from|import) tests[\w.]*\.test_", re.MULTILINE)
    assert [path for path in TESTS.rglob("*.py") if importing.search(path.read_text())] == []


def test_the_index_lists_every_helper() -> None:
    helpers = {path.stem for path in (TESTS / "support").glob("*.py")} - {"__init__"}
    listed = re.findall(r"^    (\w+): ", tests.support.__doc__ or "", re.MULTILINE)
    assert sorted(listed) == sorted(helpers)
