"""Tables as lines to read in a terminal."""

from __future__ import annotations

from collections.abc import Sequence


def align(table: Sequence[Sequence[str]]) -> list[str]:
    """Return a line a row, its cells in columns; what is not printable becomes a space."""
    shown = [[_printable(cell) for cell in row] for row in table]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    ]


def _printable(cell: str) -> str:
    # Nothing that was stored shall steer a terminal.
    return "".join(character if character.isprintable() else " " for character in cell)
