"""Figures as SVG whose colours are CSS variables, so that they follow the page's theme."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import PercentFormatter

COLORS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ink": ("#1c2430", "#e6eaf0"),
        "muted": ("#566174", "#a3aec0"),
        "grid": ("#dfe4ea", "#333d4b"),
        "page": ("#f5f6f8", "#11161d"),
        "surface": ("#fefefe", "#1a212b"),
        "negative": ("#c2502d", "#f08c66"),
        "positive": ("#22689f", "#6bb0e8"),
        "unsure": ("#c9d1db", "#4a5668"),
        "accent": ("#5b4b9a", "#b3a4f2"),
    }
)
"""The colours of page and figures by role: light, dark. Negative and positive differ to
readers with any common form of colour blindness."""

STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "page",
    "font.family": "sans-serif",
    "font.size": 11.0,
    "axes.edgecolor": COLORS["muted"][0],
    "axes.labelcolor": COLORS["muted"][0],
    "axes.titlecolor": COLORS["ink"][0],
    "axes.titlesize": 12.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": COLORS["grid"][0],
    "grid.linewidth": 0.8,
    "text.color": COLORS["ink"][0],
    "text.parse_math": False,
    "xtick.color": COLORS["muted"][0],
    "ytick.color": COLORS["muted"][0],
    "xtick.labelcolor": COLORS["ink"][0],
    "ytick.labelcolor": COLORS["ink"][0],
    "ytick.left": False,
    "legend.frameon": False,
    "savefig.transparent": True,
}
"""Matplotlib's settings for a figure of the page, for ``matplotlib.rc_context``."""

_WIDTH = 9.0
_LEAST_LABELLED = 0.06
_EMBEDDED_STYLE = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>", re.DOTALL)


def new_figure(height: float) -> Figure:
    """Return a figure as wide as the page, ``height`` inches high."""
    layout = ConstrainedLayoutEngine(wspace=0.05)
    return Figure(figsize=(_WIDTH, height), layout=layout)


def legend_above(figure: Figure, axes: Axes) -> None:
    """Put the legend of axes above the figure."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=len(labels))


def stacked_shares(rows: Mapping[str, Sequence[int]], kinds: Mapping[str, str], name: str) -> str:
    """Draw the shares of some kinds in each row as one bar of parts.

    Args:
        rows: The counts of each kind, by the label of the row.
        kinds: The colour of each kind, by its role.
        name: The figure's; its ids start with it.
    """
    with mpl.rc_context(STYLE):
        figure = new_figure(1.08 + 0.42 * len(rows))
        axes = figure.subplots()
        places = np.arange(len(rows))
        counts = np.array(list(rows.values()), np.float64)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        left = np.zeros(len(rows))
        for (kind, role), part in zip(kinds.items(), shares.T, strict=True):
            bars = axes.barh(places, part, 0.6, left, color=COLORS[role][0], label=kind)
            labels = [f"{share:.1%}" if share >= _LEAST_LABELLED else "" for share in part]
            ink = COLORS["ink" if role == "unsure" else "surface"][0]
            axes.bar_label(bars, labels, label_type="center", color=ink)
            left += part
        axes.set_yticks(places, list(rows))
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        legend_above(figure, axes)
        return to_svg(figure, name)


def to_svg(figure: Figure, name: str) -> str:
    """Return a figure as an element of the page; its ids start with ``name``."""
    with warnings.catch_warnings():
        # Text stays text in the SVG: a glyph that is not in Matplotlib's own font is no loss.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        return _inline(to_svg_file(figure, Format=None, Type=None), name)


def to_svg_file(figure: Figure, **metadata: str | None) -> str:
    """Return a figure as an SVG document, the same on any day."""
    buffer = io.StringIO()
    named = {"Creator": None, "Date": None, **metadata}
    figure.savefig(buffer, format="svg", metadata=named)
    return "".join(f"{line.rstrip()}\n" for line in buffer.getvalue().splitlines())


def _inline(document: str, name: str) -> str:
    """Turn an SVG document into an element of a page: own ids, the page's colours and font."""
    head, body = document[document.index("<svg") :].split(">", 1)
    view_box = re.search(r'viewBox="[^"]*"', head)
    body = _EMBEDDED_STYLE.sub("", body)
    body = re.sub(r'<g id="[^"]*"', "<g", body).replace("xlink:href", "href")
    body = re.sub(r"font-family: [^;\"]*;? ?", "", body)
    # All figures share one page, and Matplotlib may give two of them the same id.
    body = re.sub(r'( id="| href="#|url\(#)', rf"\g<1>{name}-", body)
    body = " ".join(body.split())
    for role, (light, _) in COLORS.items():
        body = body.replace(light, f"var(--{role})")
    return f'<svg {view_box.group() if view_box else ""} aria-hidden="true">{body}'
