"""A page of tiles, words, tables and figures, and how it becomes one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from operations.report.drawing import COLORS
from sentiment.files import replace_file

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class ReportError(OSError):
    """A report cannot be written; the message says where and what to do."""


@dataclass(frozen=True)
class Table:
    """A table; the first cell of a row is its header, the second may be text, not a number.

    Whole numbers are shown with separators of thousands.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]
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
    picture: Picture | None = None
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Tile:
    """One number at the top of the report."""

    value: str
    name: str


@dataclass(frozen=True)
class Page:
    """A report.

    Attributes:
        title: Its title and heading.
        created: When it is made, in UTC.
        origin: Where it comes from and what it holds, after "Made 1 May 2030, 12:00 UTC".
        tiles: The numbers that a reader wants first.
        sections: The questions and their answers.
        command: The command that writes it.
        footnotes: Further sentences at its end.
    """

    title: str
    created: datetime
    origin: str
    tiles: Sequence[Tile]
    sections: Sequence[Section]
    command: str
    footnotes: Sequence[str] = ()


def percent(count: float, total: float) -> str:
    """Return a share in percent with as many decimals as it needs to differ from 0 and 100."""
    share = 100 * count / total if total else 0.0
    if 0 < share < 0.01:
        return "<0.01%"
    if 99.99 < share < 100:
        return ">99.99%"
    return f"{share:.2f}%" if 0 < share < 1 or 99 < share < 100 else f"{share:.1f}%"


def render_page(page: Page) -> str:
    """Return a page as HTML without scripts and without references to anything outside."""
    return _TEMPLATES.get_template("page.html.j2").render(page=page, colors=COLORS)


def write_report(path: Path, content: str) -> None:
    """Write a report aside, then rename it to ``path``, whose folder exists; see ``check_target``.

    Raises:
        ReportError: The disk is full or cannot be written; ``path`` is as it was.
    """
    try:
        replace_file(path, content.encode("utf-8"))
    except OSError as error:
        raise ReportError(
            f"The report cannot be written to {path}: {error.strerror or error}. Make room there,"
            " or choose another place."
        ) from error
