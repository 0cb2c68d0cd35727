from __future__ import annotations

from pathlib import Path

import pytest

from tests.azurite import Azurite
from tests.sentiment.feedback.places import Place, SqlitePlace, TablePlace


@pytest.fixture(params=["sqlite", "table"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Each kind of store in turn."""
    if request.param == "sqlite":
        return SqlitePlace(tmp_path)
    emulator: Azurite = request.getfixturevalue("emulator")
    return TablePlace(emulator.connection)
