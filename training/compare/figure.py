"""The figure of the comparison: the same records give the same file, on any day."""

from __future__ import annotations

import io

import matplotlib.style
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from operations.report.drawing import COLORS, STYLE
from training.compare.comparison import Comparison

_WIDTH = 9.0
# Drawn from rounded values, so that another processor's last bit does not make another file.
_DIGITS = 5
_FILE_STYLE = {
    # Outlines of letters, not letters: a file looks the same where a font is missing.
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


def draw_accuracy(comparison: Comparison) -> bytes:
    """Return the accuracy of each shipped model with its interval, the best first, as SVG."""
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
        return _to_svg(figure, "Accuracy of each model")


def _to_svg(figure: Figure, title: str) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Title": title, "Date": None, "Creator": None})
    lines = buffer.getvalue().decode().splitlines()
    return ("\n".join(line.rstrip() for line in lines) + "\n").encode()
