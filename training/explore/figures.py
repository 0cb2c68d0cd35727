"""What the exploration shows as figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator, PercentFormatter

from operations.report.drawing import COLORS, STYLE, legend_above, new_figure, to_svg
from operations.report.log_odds import Words
from training.explore.copies import Copies
from training.explore.growth import Growth
from training.explore.lengths import Lengths
from training.explore.statistics import Group
from training.explore.traits import Share

_NEGATIVE, _POSITIVE = COLORS["negative"][0], COLORS["positive"][0]
_CLASSES = (("negative", _NEGATIVE), ("positive", _POSITIVE))


def draw_balance(groups: Sequence[Group]) -> str:
    """Draw the shares of the classes in each group as stacked bars."""
    with mpl.rc_context(STYLE):
        figure = new_figure(1.3 + 0.42 * len(groups))
        axes = figure.subplots()
        places = np.arange(len(groups))
        left = np.zeros(len(groups))
        for name, color in _CLASSES:
            shares = np.array([getattr(group, name) / max(group.total, 1) for group in groups])
            axes.barh(places, shares, left=left, height=0.62, color=color, label=name)
            for place, (start, share) in enumerate(zip(left, shares, strict=True)):
                _label_bar(axes, start + share / 2, place, share)
            left += shares
        axes.set_yticks(places, [f"{group.name} ({group.total:,})" for group in groups])
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.axvline(0.5, color=COLORS["ink"][0], linewidth=1, linestyle=(0, (4, 3)))
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        legend_above(figure, axes)
        return to_svg(figure, "balance")


def draw_copies(copies: Copies) -> str:
    """Draw how many texts occur how often, apart for those with one label and with both."""
    with mpl.rc_context(STYLE):
        figure = new_figure(3.3)
        axes = figure.subplots()
        places = np.arange(len(copies.groups))
        kinds = (
            ("one label", "agreeing", COLORS["muted"][0], -0.2),
            ("both labels", "contradicting", COLORS["accent"][0], 0.2),
        )
        for label, name, color, shift in kinds:
            counts = [getattr(group, name) for group in copies.groups]
            axes.bar(places + shift, counts, width=0.38, color=color, label=label)
            for place, count in zip(places, counts, strict=True):
                axes.annotate(
                    f"{count:,}", (place + shift, max(count, 0.7)), (0, 3),
                    textcoords="offset points", ha="center", fontsize=9.5,
                )  # fmt: skip
        axes.set_yscale("log")
        axes.set_ylim(0.7, 6 * max(copies.texts, 1))
        axes.yaxis.set_major_formatter(FuncFormatter(_short))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.set_xticks(places, [group.name for group in copies.groups])
        axes.set_xlabel("occurrences of a text after normalisation")
        axes.set_ylabel("distinct texts (log scale)")
        axes.grid(visible=False, axis="x")
        legend_above(figure, axes)
        return to_svg(figure, "copies")


def draw_lengths(characters: Lengths, tokens: Lengths) -> str:
    """Draw the distributions of both lengths by class, with the medians."""
    with mpl.rc_context(STYLE):
        figure = new_figure(3.5)
        left, right = figure.subplots(1, 2)
        _draw_length(left, characters, 5, "characters")
        _draw_length(right, tokens, 1, "tokens")
        left.set_title("Characters, as written")
        right.set_title("Tokens, after normalisation")
        left.set_ylabel("share of the class")
        legend_above(figure, left)
        return to_svg(figure, "lengths")


def draw_growth(growth: Growth, words: Words, sizes: Sequence[int]) -> str:
    """Draw the growth of the vocabulary with Heaps' law, and what a vocabulary covers."""
    with mpl.rc_context(STYLE):
        figure = new_figure(3.6)
        left, right = figure.subplots(1, 2)
        _draw_heaps(left, growth)
        _draw_coverage(right, words, sizes)
        return to_svg(figure, "growth")


def draw_traits(traits: Mapping[str, tuple[Share, Share]]) -> str:
    """Draw the share of each class that has each trait, with 95% intervals, on a log scale."""
    with mpl.rc_context(STYLE):
        figure = new_figure(1.4 + 0.36 * len(traits))
        axes = figure.subplots()
        places = np.arange(len(traits))
        pairs = list(traits.values())
        for side, ((name, color), shift) in enumerate(zip(_CLASSES, (-0.13, 0.13), strict=True)):
            _draw_shares(axes, [pair[side] for pair in pairs], name, color, shift)
        axes.set_xscale("log")
        least = min((share.value for pair in pairs for share in pair if share.hits), default=0.01)
        axes.set_xlim(least / 2, 1.1)
        axes.xaxis.set_major_formatter(FuncFormatter(_percent_tick))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_yticks(places, list(traits))
        axes.invert_yaxis()
        axes.set_xlabel("share of the tweets of the class (log scale)")
        legend_above(figure, axes)
        return to_svg(figure, "traits")


def _label_bar(axes: Axes, x: float, y: float, share: float) -> None:
    if share >= 0.06:
        axes.text(x, y, f"{share:.1%}", ha="center", va="center", color=COLORS["surface"][0])


def _draw_length(axes: Axes, lengths: Lengths, width: int, unit: str) -> None:
    limit = max(lengths.quantile(0.999), width)
    edges = np.arange(0, limit + width, width)
    for label, (name, color) in enumerate(_CLASSES):
        counts = lengths.of(label)[: edges[-1]]
        padded = np.pad(counts, (0, int(edges[-1]) - len(counts)))
        shares = padded.reshape(-1, width).sum(axis=1) / max(lengths.of(label).sum(), 1)
        axes.stairs(shares, edges, color=color, linewidth=1.8, label=name)
        axes.stairs(shares, edges, color=color, fill=True, alpha=0.12)
        median = lengths.quantile(0.5, label)
        axes.axvline(median, color=color, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.set_xlim(0, float(edges[-1]))
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel(f"{unit} (bins of {width}; dashed: median)" if width > 1 else
                    f"{unit} (dashed: median)")  # fmt: skip
    axes.grid(visible=False, axis="x")


def _draw_heaps(axes: Axes, growth: Growth) -> None:
    tokens = np.array(growth.tokens, np.float64)
    axes.plot(
        tokens, growth.words, "o", color=COLORS["positive"][0], markersize=4.5, label="measured"
    )
    if growth.factor is not None and growth.exponent is not None:
        axes.plot(
            tokens, growth.factor * tokens**growth.exponent,
            color=COLORS["negative"][0], linewidth=1.6,
            label=f"{growth.factor:.3g} × tokens^{growth.exponent:.3f}",
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_short))
        axis.set_minor_locator(NullLocator())
    axes.set_title("Growth")
    axes.set_xlabel("tokens read, in random order (log scale)")
    axes.set_ylabel("distinct words (log scale)")
    axes.legend(loc="upper left")


def _draw_coverage(axes: Axes, words: Words, sizes: Sequence[int]) -> None:
    curve = np.unique(np.geomspace(1, max(words.kept, 2), 80).astype(int))
    axes.plot(
        curve, [words.coverage(int(size)) for size in curve],
        color=COLORS["positive"][0], linewidth=1.8,
    )  # fmt: skip
    axes.plot(
        sizes, [words.coverage(size) for size in sizes], "o",
        color=COLORS["positive"][0], markersize=5,
    )  # fmt: skip
    axes.set_xscale("log")
    axes.set_ylim(0, 1.03)
    axes.xaxis.set_major_formatter(FuncFormatter(_short))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.set_title("Coverage")
    axes.set_xlabel("most frequent words kept (log scale)")
    axes.set_ylabel("share of all tokens")


def _draw_shares(axes: Axes, shares: Sequence[Share], name: str, color: str, shift: float) -> None:
    seen = [(place, share) for place, share in enumerate(shares) if share.hits]
    values = np.array([share.value for _, share in seen])
    bounds = np.array([share.interval for _, share in seen]).reshape(-1, 2)
    errors: Any = np.abs(bounds.T - values)
    # One class lies a little above the other, so that equal shares do not hide each other.
    axes.errorbar(
        values, [place + shift for place, _ in seen], xerr=errors, fmt="o" if shift < 0 else "s",
        color=color, markersize=6.5, elinewidth=1.6, capsize=0, label=name,
    )  # fmt: skip


def _short(value: float, _position: object = None) -> str:
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def _percent_tick(value: float, _position: object = None) -> str:
    return f"{100 * value:g}%"
