"""Findings as figures."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import PercentFormatter

from operations.drift.findings import Comparison, NegativeFeedback
from operations.report.drawing import COLORS, STYLE, legend_above, new_figure, to_svg

_WIDTH = 0.38


def draw_comparison(comparison: Comparison, name: str) -> str:
    """Draw the share of the reference and of the period in each bin as bars beside each other.

    Args:
        comparison: Of one measure.
        name: Of the figure, for the ids in it.
    """
    with mpl.rc_context(STYLE):
        figure = new_figure(2.9)
        axes = figure.subplots()
        places = np.arange(len(comparison.bins))
        sides = (
            ("reference", comparison.expected, COLORS["muted"][0], -_WIDTH / 2),
            ("this period", comparison.observed, COLORS["accent"][0], _WIDTH / 2),
        )
        for label, shares, color, shift in sides:
            axes.bar(places + shift, shares, width=_WIDTH, color=color, label=label)
        crowded = len(comparison.bins) > 6
        axes.set_xticks(
            places, comparison.bins, rotation=30 if crowded else 0,
            ha="right" if crowded else "center", fontsize=9.5,
        )  # fmt: skip
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_ylabel("share of tweets")
        axes.grid(visible=False, axis="x")
        legend_above(figure, axes)
        return to_svg(figure, name)


def draw_feedback(feedback: NegativeFeedback, name: str) -> str:
    """Draw the rate of negative feedback with its 95% interval beside the limit."""
    with mpl.rc_context(STYLE):
        figure = new_figure(1.7)
        axes = figure.subplots()
        axes.axvline(
            feedback.limit, color=COLORS["ink"][0], linewidth=1.2, linestyle=(0, (4, 3)),
            label="limit",
        )  # fmt: skip
        rate = feedback.rate
        if rate is not None:
            axes.errorbar(
                [rate.value], [0], xerr=[[rate.value - rate.low], [rate.high - rate.value]],
                fmt="o", color=COLORS["negative"][0], markersize=7, elinewidth=2,
                label="negative feedback",
            )  # fmt: skip
        axes.set_xlim(0, 1)
        axes.set_ylim(-1, 1)
        axes.set_yticks([])
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_xlabel("share of distinct feedbacks")
        axes.grid(visible=False, axis="y")
        legend_above(figure, axes)
        return to_svg(figure, name)
