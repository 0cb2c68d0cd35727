"""Markdown from templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from training.compare import formats


def render(template: str, **values: Any) -> bytes:
    """Fill in a template of this folder."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "interval": formats.interval,
        "percent": formats.percent,
        "points": formats.points,
        "p_value": formats.p_value,
        "duration": formats.duration,
        "thousands": formats.thousands,
        "megabytes": formats.megabytes,
        "commit": formats.commit,
    }
    environment.globals["absent"] = formats.ABSENT
    return environment.get_template(template).render(values).encode()
