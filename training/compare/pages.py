"""The results page and the model card, as Markdown from templates."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.style
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from operations.report.drawing import COLORS, STYLE, to_svg_file
from operations.statistics import Estimate
from sentiment.model.bundle import Manifest
from training.compare.comparison import Comparison, Entry
from training.evaluate import BINS, CERTAIN_PRECISION, SLICES
from training.gate import MAX_ACCURACY_LOSS, MAX_LABELS_CHANGED
from training.run_records import TEST, TORCH, Provenance, attribute, find_source
from training.significance import SIGNIFICANT, format_p, format_points

RESULTS, CARD, FIGURE = "results.md", "model_card.md", "figures/accuracy.svg"

_ABSENT = "–"
_WIDTH = 9.0
# Drawn from rounded values, so that another processor's last bit does not make another file.
_DIGITS = 5
_FILE_STYLE = {
    # Outlines of letters, not letters: a file looks the same where a font is missing.
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "savefig.transparent": False,
}


def write_results(comparison: Comparison) -> bytes:
    """Return the page that compares all runs."""
    entries = comparison.entries
    return _render(
        RESULTS,
        comparison=comparison,
        entries=entries,
        best=entries[0],
        human=[name for name in comparison.sets if name != TEST],
        alike=[pair for pair in comparison.neighbours if pair.p >= SIGNIFICANT],
        slices=SLICES,
        files=sorted(
            {file for entry in entries for file in entry.metadata.provenance.data.files.items()}
        ),
        bins=BINS,
        certain_precision=CERTAIN_PRECISION,
        most_loss=MAX_ACCURACY_LOSS,
        most_changed=MAX_LABELS_CHANGED,
    )


def write_card(manifest: Manifest, comparison: Comparison, entry: Entry) -> bytes:
    """Return the card of a bundle (after Mitchell et al. 2019, Model Cards for Model Reporting).

    Args:
        manifest: Of the bundle.
        comparison: Of all runs.
        entry: The run that made the bundle.
    """
    provenance = entry.metadata.provenance
    known = {name: each for name, each in entry.slices.items() if each is not None}
    return _render(
        CARD,
        manifest=manifest,
        comparison=comparison,
        entry=entry,
        metadata=entry.metadata,
        provenance=provenance,
        attribution=attribute([Path(name) for name in provenance.data.files]),
        years=_years(provenance),
        weakest=min(known, key=lambda name: known[name].value, default=None),
        command=train_command(manifest.family, entry),
        certain_precision=CERTAIN_PRECISION,
    )


def draw_accuracy(comparison: Comparison) -> bytes:
    """Return the accuracy of each shipped model with its interval, the best first, as SVG.

    The same records give the same file, on any day.
    """
    with matplotlib.style.context(["default", STYLE, _FILE_STYLE]):
        entries = comparison.entries
        figure = Figure(figsize=(_WIDTH, 1.1 + 0.4 * len(entries)), layout="constrained")
        axes = figure.subplots()
        for row, entry in enumerate(entries):
            accuracy = entry.test.accuracy
            low, value, high = (
                round(end, _DIGITS) for end in (accuracy.low, accuracy.value, accuracy.high)
            )
            axes.plot([low, high], [row, row], color=COLORS["accent"][0], linewidth=1.6)
            axes.plot(value, row, "o", color=COLORS["accent"][0], markersize=7)
            axes.annotate(
                f"{value:.4f}", (1.015, row), xycoords=("axes fraction", "data"),
                va="center", fontweight="bold",
            )  # fmt: skip
        axes.set_yticks(range(len(entries)), [entry.name for entry in entries])
        axes.set_ylim(len(entries) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.set_xlabel(f"accuracy on {entries[0].test.rows:,} test rows, with 95% interval")
        return to_svg_file(figure, Title="Accuracy of each model").encode()


def train_command(family: str, entry: Entry) -> str:
    """Return the command that trains the model of a run again."""
    provenance = entry.metadata.provenance
    words = ["env", f"KERAS_BACKEND={TORCH}"] if TORCH in provenance.libraries else []
    words += ["python", "-m", "training", "train", family]
    for name in provenance.data.files:
        distant = name in provenance.data.training_only
        words += ["--distant-data" if distant else "--data", name]
    for version in provenance.teachers:
        words += ["--teacher", f"BUNDLE_OF_{version}"]
    words += ["--run-name", entry.name]
    for name, value in provenance.parameters.items():
        words += ["--set", f"{name}={value}"]
    return shlex.join(words)


def learned_from(provenance: Provenance) -> str:
    """Return what a model learned from, in few words."""
    parts = ["labels"]
    parts += ["distant data"] if provenance.data.training_only else []
    parts += ["soft targets"] if provenance.teachers else []
    return " + ".join(parts)


def _years(provenance: Provenance) -> str:
    sources = [find_source(name) for name in provenance.data.files]
    years = sorted({str(source.year) for source in sources if source is not None})
    return " and ".join([*years, "an unrecorded time"] if None in sources else years)


def _render(page: str, **values: Any) -> bytes:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(default_for_string=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "cells": _cells,
        "commit": _commit,
        "duration": format_duration,
        "interval": _interval,
        "learned_from": learned_from,
        "megabytes": lambda count: f"{count / 1e6:.2f}",
        "p": format_p,
        "points": format_points,
        "rows": lambda count: _ABSENT if count is None else f"{count:,}",
        "title": lambda name: "held-out tweets" if name == TEST else name.replace("_", " "),
    }
    return environment.get_template(f"{page}.j2").render(values).encode()


def _cells(values: Sequence[object]) -> str:
    return "".join(f" {value} |" for value in values)


def _interval(estimate: Estimate | None, form: str = ".3f") -> str:
    return _ABSENT if estimate is None else format(estimate, form)


def format_duration(seconds: float) -> str:
    """Return a duration in the two largest units that matter."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def _commit(described: str | None) -> str:
    """Return a commit in twelve digits, with the mark of a changed work tree if there is one."""
    return f"`{described[:12]}{described[40:]}`" if described else _ABSENT
