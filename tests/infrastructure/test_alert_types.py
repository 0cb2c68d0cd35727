"""The queries of the alerts and the workbook under Microsoft's own Kusto type checker."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.infrastructure.test_workbook import queries
from tests.support.pythons import ROOT

LIBRARY = ROOT / "node_modules" / "@kusto" / "language-service-next"
SCRIPT = Path(__file__).with_name("kql_types.js")
QUERIES = sorted((ROOT / "infra" / "alerts").glob("*.kql"))


def checked(*files: Path) -> dict[str, Any]:
    node = shutil.which("node")
    if node is None or not LIBRARY.is_dir():
        pytest.skip("no Kusto language service found: make tools")
    done = subprocess.run(
        [node, SCRIPT, LIBRARY, *files], capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_every_query_is_well_typed_and_has_columns() -> None:
    found = checked(*QUERIES)
    assert found.keys() == {path.name for path in QUERIES}
    assert {name: each["problems"] for name, each in found.items() if each["problems"]} == {}
    assert all(each["columns"] for each in found.values())


def test_every_query_of_the_workbook_is_well_typed_and_has_columns(tmp_path: Path) -> None:
    files = []
    for number, query in enumerate(queries().values()):
        files.append(tmp_path / f"{number}.kql")
        files[-1].write_text(query)
    found = checked(*files)
    assert len(found) == len(files) > 0
    assert {name: each["problems"] for name, each in found.items() if each["problems"]} == {}
    assert all(each["columns"] for each in found.values())
