"""The figures of the comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

from operations.statistics import Estimate
from training import slices
from training.compare.calibration import Bin
from training.compare.looks import GRID, INK, MUTED, Look, choose_looks, drawing, to_svg
from training.compare.table import Table
from training.run_records import FLOAT

FOLDER = "figures"

_WIDTH = 9.0
_ROC_POINTS = 401
_ROC_ZOOM = 0.4
_LOWEST_SHOWN = 0.4
# Figures are drawn from rounded values, so that the last bit of a logarithm on another processor
# does not make another file.
_DIGITS = 5


def draw_figures(table: Table) -> dict[str, bytes]:
    """Return every figure as SVG by its path below the documents."""
    looks = choose_looks(table.entries)
    drawn = {
        "accuracy": draw_accuracy(table, looks),
        "roc": draw_roc(table, looks),
        "reliability": draw_reliability(table, looks),
        "cost": draw_cost(table, looks),
        "slices": draw_slices(table, looks),
    }
    return {f"{FOLDER}/{name}.svg": content for name, content in drawn.items()}


def draw_accuracy(table: Table, looks: Mapping[str, Look]) -> bytes:
    """Draw the accuracy of both forms of each model with its interval."""
    entries = table.entries
    with drawing():
        figure = _figure(1.5 + 0.5 * len(entries))
        axes = figure.subplots()
        for place, entry in enumerate(entries):
            look = looks[entry.name]
            _draw_interval(axes, entry.shipped.accuracy, place - 0.13, look)
            _draw_interval(axes, entry.forms[FLOAT].accuracy, place + 0.17, look, hollow=True)
            axes.annotate(
                f"{entry.shipped.accuracy.value:.2%}", (1.015, place - 0.02),
                xycoords=("axes fraction", "data"), va="center", fontweight="bold",
            )  # fmt: skip
        _set_rows(axes, [entry.name for entry in entries])
        axes.xaxis.set_major_formatter(FuncFormatter(_percent))
        axes.set_xlabel(f"accuracy on {len(table.test.labels):,} test rows, with 95% interval")
        forms = [_legend_marker(INK, "shipped (int8)"), _legend_marker(INK, "float", hollow=True)]
        figure.legend(handles=forms, loc="outside upper left", ncols=2)
        return to_svg(figure, "Accuracy of each model")


def draw_roc(table: Table, looks: Mapping[str, Look]) -> bytes:
    """Draw the ROC curves of the shipped forms, whole and enlarged."""
    with drawing():
        figure = _figure(5.55)
        whole, zoom = figure.subplots(1, 2)
        for entry in table.entries:
            false_rates, true_rates = _roc(table.test.labels, entry.logits)
            look = looks[entry.name]
            label = f"{entry.name}  {entry.shipped.roc_auc.value:.3f}"
            for axes in (whole, zoom):
                axes.plot(
                    false_rates, true_rates, color=look.color, linestyle=look.dashes,
                    linewidth=1.7, label=label,
                )  # fmt: skip
        whole.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (1, 2)))
        whole.set(xlim=(0, 1), ylim=(0, 1), title="ROC curves", ylabel="true positive rate")
        zoom.set(xlim=(0, _ROC_ZOOM), ylim=(1 - _ROC_ZOOM, 1), title="Their upper left corner")
        for axes in (whole, zoom):
            axes.set_xlabel("false positive rate")
            axes.set_box_aspect(1)
        _legend_below(figure, whole, "area under the curve")
        return to_svg(figure, "ROC curves")


def draw_reliability(table: Table, looks: Mapping[str, Look]) -> bytes:
    """Draw accuracy against confidence of the shipped forms, after the temperature."""
    entries = table.entries
    columns = min(4, len(entries))
    rows = -(-len(entries) // columns)
    with drawing():
        figure = Figure(figsize=(max(_WIDTH * columns / 4, 4.5), 0.6 + 2.45 * rows),
                        layout="constrained")  # fmt: skip
        panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat
        for entry, axes in zip(entries, panels, strict=False):
            _draw_bins(axes, entry.reliability, looks[entry.name].color)
            axes.set_title(entry.name)
            axes.text(0.96, 0.06, f"ECE {entry.shipped.calibration_error:.3f}",
                      transform=axes.transAxes, ha="right", color=MUTED, fontsize=9.5,
                      bbox={"color": "white", "pad": 1.5})  # fmt: skip
        for axes in panels:
            axes.set_visible(False)
        accuracies = [each.accuracy.value for entry in entries for each in entry.reliability]
        figure.axes[0].set_ylim(min([_LOWEST_SHOWN, *(value - 0.02 for value in accuracies)]), 1.02)
        figure.supxlabel("confidence (larger points: more answers)", fontsize=10.5, color=MUTED)
        figure.supylabel("share that is right", fontsize=10.5, color=MUTED)
        return to_svg(figure, "Reliability of the probabilities")


def draw_cost(table: Table, looks: Mapping[str, Look]) -> bytes:
    """Draw accuracy against latency and against size, of the shipped forms."""
    with drawing():
        figure = _figure(4.6)
        latency, size = figure.subplots(1, 2, sharey=True)
        for entry in table.entries:
            look, accuracy = looks[entry.name], entry.shipped.accuracy
            for axes, cost in (
                (latency, entry.facts.tweet_milliseconds),
                (size, entry.facts.bytes / 1e6),
            ):
                _draw_cost(axes, cost, accuracy, look, entry.name)
        latency.set(xlabel="p50 of one tweet in ms (log scale)", title="Accuracy against latency")
        size.set(xlabel="bundle in MB (log scale)", title="Accuracy against size")
        for axes in (latency, size):
            axes.set_xscale("log")
            axes.margins(x=0.12)
            axes.xaxis.set_major_formatter(FuncFormatter(_plain))
            axes.xaxis.set_minor_formatter(FuncFormatter(_plain_minor))
            axes.tick_params(axis="x", which="minor", labelsize=8.5)
        latency.yaxis.set_major_formatter(FuncFormatter(_percent))
        latency.set_ylabel("accuracy, with 95% interval")
        _legend_below(figure, latency)
        return to_svg(figure, "Accuracy against latency and size")


def draw_slices(table: Table, looks: Mapping[str, Look]) -> bytes:
    """Draw the accuracy of the shipped forms in each slice."""
    names = [name for name in slices.SLICES if table.slice_rows[name]]
    count = len(table.entries)
    with drawing():
        figure = _figure(1.6 + (len(names) + 1) * (0.24 + 0.075 * count))
        axes = figure.subplots()
        for at, entry in enumerate(table.entries):
            shift = 0.72 * ((at + 0.5) / count - 0.5)
            measures = [entry.shipped.accuracy, *(entry.slices[name] for name in names)]
            for place, measure in enumerate(measures):
                if measure is not None:
                    _draw_interval(axes, measure, place + shift, looks[entry.name], size=4.5)
        labels = [f"{name} ({table.slice_rows[name]:,})" for name in names]
        _set_rows(axes, [f"all ({len(table.test.labels):,})", *labels])
        for border in range(len(names)):
            axes.axhline(border + 0.5, color=GRID, linewidth=1.2 if border else 2.4)
        axes.xaxis.set_major_formatter(FuncFormatter(_percent))
        axes.set_xlabel("accuracy, with 95% interval (number of test rows in brackets)")
        for entry in table.entries:
            axes.plot([], [], color=looks[entry.name].color, marker=looks[entry.name].marker,
                      linewidth=1.3, label=entry.name)  # fmt: skip
        _legend_below(figure, axes)
        return to_svg(figure, "Accuracy by slice")


def _figure(height: float) -> Figure:
    return Figure(figsize=(_WIDTH, height), layout="constrained")


def _set_rows(axes: Axes, names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(visible=False, axis="y")


def _draw_interval(
    axes: Axes,
    measure: Estimate,
    place: float,
    look: Look,
    *,
    hollow: bool = False,
    size: float = 7,
) -> None:
    value, low, high = _rounded(measure)
    axes.plot([low, high], [place, place], color=look.color, linewidth=1.5,
              alpha=0.55 if hollow else 1)  # fmt: skip
    axes.plot(value, place, look.marker, color=look.color, markersize=size - (1.5 if hollow else 0),
              markerfacecolor="white" if hollow else look.color)  # fmt: skip


def _legend_marker(color: str, label: str, *, hollow: bool = False) -> Line2D:
    return Line2D([], [], color=color, marker="o", markersize=5.5 if hollow else 7,
                  markerfacecolor="white" if hollow else color, label=label)  # fmt: skip


def _legend_below(figure: Figure, axes: Axes, title: str | None = None) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, title=title, loc="outside lower center",
        ncols=min(4, len(labels)), handlelength=2.6,
    )  # fmt: skip


def _draw_bins(axes: Axes, bins: Sequence[Bin], color: str) -> None:
    axes.plot([0.5, 1], [0.5, 1], color=MUTED, linewidth=1, linestyle=(0, (4, 3)))
    total = sum(each.rows for each in bins)
    for each in bins:
        value, low, high = _rounded(each.accuracy)
        confidence = round(each.confidence, _DIGITS)
        axes.plot([confidence, confidence], [low, high], color=color, linewidth=1.2, alpha=0.6)
        axes.plot(confidence, value, "o", color=color,
                  markersize=round(2.5 + 11 * (each.rows / total) ** 0.5, 2))  # fmt: skip
    axes.set_xlim(0.48, 1.02)
    axes.set_xticks((0.5, 0.75, 1))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(_percent))


def _draw_cost(axes: Axes, cost: float, accuracy: Estimate, look: Look, name: str) -> None:
    value, low, high = _rounded(accuracy)
    axes.plot([cost, cost], [low, high], color=look.color, linewidth=1.5)
    axes.plot(cost, value, look.marker, color=look.color, markersize=8, label=name,
              markeredgecolor="white", markeredgewidth=0.8)  # fmt: skip


def _roc(
    labels: NDArray[np.uint8], logits: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    false_rates, true_rates, _ = roc_curve(labels, logits)
    grid = np.linspace(0, 1, _ROC_POINTS)
    return grid, np.round(np.interp(grid, false_rates, true_rates), _DIGITS)


def _rounded(measure: Estimate) -> tuple[float, float, float]:
    value, low, high = (round(end, _DIGITS) for end in (measure.value, measure.low, measure.high))
    return value, low, high


def _percent(value: float, _position: object = None) -> str:
    return f"{100 * value:g}%"


def _plain(value: float, _position: object = None) -> str:
    return f"{value:g}"


def _plain_minor(value: float, _position: object = None) -> str:
    leading = f"{value:e}"[0]
    return f"{value:g}" if leading in "25" else ""
