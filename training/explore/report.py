"""Statistics as a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from operations.report.writing import render_page
from training.explore.sections import make_sections, make_tiles
from training.explore.statistics import Statistics

TEMPLATE = Path(__file__).with_name("report.html.j2")


@dataclass(frozen=True)
class Origin:
    """When a report was made, and the names of its files with their SHA-256."""

    created: datetime
    files: Mapping[str, str]


def render_report(found: Statistics, origin: Origin) -> str:
    """Return the report as HTML without scripts and without references to anything outside."""
    return render_page(
        TEMPLATE,
        tiles=make_tiles(found),
        sections=make_sections(found),
        origin=origin,
        seed=found.seed,
    )
