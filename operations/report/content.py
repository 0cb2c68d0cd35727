"""What a page says: numbers at the top, then sections of words, tables and figures."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """A table; the first cell of a row is its header, the second may be text, not a number."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    prose: bool = False


@dataclass(frozen=True)
class Picture:
    """A figure: its SVG, what it shows, and the same for those who cannot see it."""

    svg: str
    caption: str
    alternative: str


@dataclass(frozen=True)
class Section:
    """One question and its answer.

    Attributes:
        name: Its anchor in the page.
        title: Its heading.
        finding: The answer in a sentence or two.
        notes: How it was measured.
        picture: Its figure; None where there is nothing to draw.
        tables: The numbers beside the figure.
    """

    name: str
    title: str
    finding: str
    notes: tuple[str, ...]
    picture: Picture | None
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Tile:
    """One number at the top of the report."""

    value: str
    name: str


def percent(count: float, total: float) -> str:
    """Return a share in percent with as many decimals as it needs to be told from 0 and 100."""
    share = 100 * count / total if total else 0.0
    if 0 < share < 0.01:
        return "<0.01%"
    if 99.99 < share < 100:
        return ">99.99%"
    return f"{share:.2f}%" if 0 < share < 1 or 99 < share < 100 else f"{share:.1f}%"
