"""Statistics as one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from training.explore.figures import COLORS
from training.explore.sections import make_sections, make_tiles
from training.explore.statistics import Statistics
from training.files import replace_file

TEMPLATE = "report.html.j2"


class ReportError(OSError):
    """A report cannot be written; the message says where and what to do."""


@dataclass(frozen=True)
class Origin:
    """When a report was made, and the names of its files with their SHA-256."""

    created: datetime
    files: Mapping[str, str]


def render_report(found: Statistics, origin: Origin) -> str:
    """Return the report as HTML without scripts and without references to anything outside."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(TEMPLATE).render(
        tiles=make_tiles(found),
        sections=make_sections(found),
        origin=origin,
        colors=COLORS,
        seed=found.seed,
    )


def write_report(path: Path, content: str) -> None:
    """Write a report aside, then rename it to ``path``.

    Raises:
        ReportError: The disk is full or cannot be written; ``path`` is as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content.encode("utf-8"))
    except OSError as error:
        raise ReportError(
            f"The report cannot be written to {path}: {error.strerror or error}. Make room there,"
            " or choose another place with --output."
        ) from error
