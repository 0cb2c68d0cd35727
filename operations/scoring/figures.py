"""A summary as figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from operations.report.drawing import (
    COLORS,
    STYLE,
    legend_above,
    new_figure,
    stacked_shares,
    to_svg,
)
from operations.scoring.summary import BINS

KINDS = ("negative", "not sure", "positive")
_ROLES = ("negative", "unsure", "positive")
_COLORS = tuple(COLORS[role][0] for role in _ROLES)
_MOST_TICKS = 12


def draw_shares(counts: Sequence[int]) -> str:
    """Draw the shares of negative, not sure and positive as one bar."""
    return stacked_shares({"": counts}, dict(zip(KINDS, _ROLES, strict=True)), "shares")


def draw_periods(periods: Mapping[str, Sequence[int]]) -> str:
    """Draw the shares of each period as stacked bars, and how many tweets there were."""
    with mpl.rc_context(STYLE):
        figure = new_figure(4.4)
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
        table = np.array(list(periods.values()), np.float64).reshape(-1, len(KINDS))
        totals = table.sum(axis=1)
        places = np.arange(len(table))
        _stack(upper, places, table / np.maximum(totals, 1)[:, None], 0.9)
        upper.set_ylim(0, 1)
        upper.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        upper.set_ylabel("share of tweets")
        lower.bar(places, totals, width=0.9, color=COLORS["muted"][0])
        lower.set_ylabel("tweets")
        every = -(-len(table) // _MOST_TICKS)
        lower.set_xticks(places[::every], list(periods)[::every], rotation=30, ha="right")
        for axes in (upper, lower):
            axes.grid(visible=False, axis="x")
        legend_above(figure, upper)
        return to_svg(figure, "periods")


def draw_probabilities(bins: Sequence[Sequence[int]]) -> str:
    """Draw how the probabilities of "positive" are spread: in each bin, tweets of each kind."""
    with mpl.rc_context(STYLE):
        figure = new_figure(2.8)
        axes = figure.subplots()
        table = np.array(bins, np.float64).reshape(BINS, len(KINDS))
        centres = (np.arange(BINS) + 0.5) / BINS
        _stack(axes, centres, table / max(table.sum(), 1), 0.92 / BINS)
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_xlabel("probability of positive")
        axes.set_ylabel("share of tweets")
        axes.grid(visible=False, axis="x")
        legend_above(figure, axes)
        return to_svg(figure, "probabilities")


def _stack(axes: Axes, places: NDArray[Any], shares: NDArray[np.float64], width: float) -> None:
    """Draw a bar at each place, its parts the shares of each kind, [places, kinds]."""
    bottom = np.zeros(len(shares))
    for name, color, part in zip(KINDS, _COLORS, shares.T, strict=True):
        axes.bar(places, part, bottom=bottom, width=width, color=color, label=name)
        bottom += part
