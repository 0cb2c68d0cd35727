"""How a model is drawn, alike in every figure, and how a figure becomes a file."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import matplotlib.style
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

from training.compare.table import Entry

INK, MUTED, GRID = "#1c2430", "#566174", "#e3e7ec"

# Okabe and Ito (2008): told apart with every common form of colour blindness.
_FAMILY_COLORS = MappingProxyType({"logistic": "#d55e00", "lstm": "#00855f", "bert": "#0072b2"})
_OTHER_COLORS = ("#a3447f", "#7a6a00", "#4b4b9a")
_MARKERS = "osD^vPX<>p"
_DASHES: tuple[Any, ...] = ("solid", (0, (5, 1.5)), (0, (2, 1.2)), (0, (5, 1.5, 1, 1.5)))
_LIGHTER_STEP, _LIGHTEST = 0.24, 0.48

_STYLE = {
    # Outlines of letters, not letters: a figure looks the same where a font is missing.
    "svg.fonttype": "path",
    "svg.hashsalt": "compare",
    "font.family": "DejaVu Sans",
    "font.size": 10.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": INK,
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "figure.constrained_layout.w_pad": 0.1,
    "figure.constrained_layout.h_pad": 0.1,
    "savefig.facecolor": "white",
}


@dataclass(frozen=True)
class Look:
    """The colour, marker and dashes of one model."""

    color: str
    marker: str
    dashes: Any


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in our own style, whatever the machine's settings are."""
    with matplotlib.style.context(["default", _STYLE]):
        yield


def choose_looks(entries: Sequence[Entry]) -> Mapping[str, Look]:
    """Return a look for each model: a colour for the family, a shade and marker for the model."""
    families = sorted({entry.facts.family for entry in entries} - set(_FAMILY_COLORS))
    others = (_OTHER_COLORS[at % len(_OTHER_COLORS)] for at in range(len(families)))
    colors = {**_FAMILY_COLORS, **dict(zip(families, others, strict=True))}
    seen: dict[str, int] = {}
    looks = {}
    for entry in entries:
        family = entry.facts.family
        at = seen[family] = seen.get(family, -1) + 1
        looks[entry.name] = Look(
            color=_lighter(colors[family], min(at * _LIGHTER_STEP, _LIGHTEST)),
            marker=_MARKERS[at % len(_MARKERS)],
            dashes=_DASHES[at % len(_DASHES)],
        )
    return looks


def to_svg(figure: Figure, title: str) -> bytes:
    """Return a figure as an SVG file that is the same for the same figure, on any day."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Title": title, "Date": None, "Creator": None})
    lines = buffer.getvalue().decode().splitlines()
    return ("\n".join(line.rstrip() for line in lines) + "\n").encode()


def _lighter(color: str, share: float) -> str:
    red, green, blue = (part + (1 - part) * share for part in to_rgb(color))
    return to_hex((red, green, blue))
