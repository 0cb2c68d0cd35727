"""A page as one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from operations.report.drawing import COLORS
from sentiment.files import replace_file

_FOLDER = Path(__file__).parent


class ReportError(OSError):
    """A report cannot be written; the message says where and what to do."""


def render_page(template: Path, **values: Any) -> str:
    """Return a page as HTML without scripts and without references to anything outside.

    Args:
        template: Extends ``page.html.j2``, which names its blocks.
        values: ``tiles``, ``sections`` and what the template itself needs.
    """
    environment = Environment(
        loader=FileSystemLoader([template.parent, _FOLDER]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template.name).render(values, colors=COLORS)


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
