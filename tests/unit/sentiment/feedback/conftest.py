from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.azurite import Azurite
from tests.support.feedback_stores import Place, SqlitePlace, TablePlace


@pytest.fixture(params=["sqlite", "table"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Each kind of store in turn."""
    if request.param == "sqlite":
        return SqlitePlace(tmp_path)
    emulator: Azurite = request.getfixturevalue("emulator")
    return TablePlace(emulator.connection)
