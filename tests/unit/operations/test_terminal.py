from __future__ import annotations

from operations.terminal import counted


def test_one_is_told_from_none_and_from_many() -> None:
    assert [counted(count, "row") for count in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    assert counted(1234567, "row") == "1,234,567 rows"
    assert counted(1, "copy is", "copies are") == "1 copy is"
    assert counted(21, "copy is", "copies are") == "21 copies are"
