"""The section of a report on the words that discriminate between the two classes."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from operations.report.drawing import COLORS, STYLE, new_figure, to_svg
from operations.report.log_odds import MIN_OCCURRENCES, PRIOR_SHARE, Words, WordScore
from operations.report.page import Picture, Section, Table
from sentiment.model.bundle import LABELS

_SHOWN_WORD_LENGTH = 18
_TITLE = "Most discriminative words"
_RARE = f"Words that occur fewer than {MIN_OCCURRENCES} times are never shown."


def words_section(words: Words) -> Section:
    """Return the section on the words that discriminate between the two classes."""
    if not any(words.scores):
        return _no_words(words)
    negative, positive = (_enumerate(side[:5]) for side in words.scores)
    return Section(
        "words",
        _TITLE,
        f"The words that speak most clearly for negative are {negative}; for positive, {positive}.",
        (
            "The measure is the z-score of the weighted log-odds ratio with an informative"
            " Dirichlet prior (Monroe, Colaresi & Quinn 2008, “Fightin’ Words”, Political"
            f" Analysis 16(4), 372–403); the prior is this corpus, weighed at {PRIOR_SHARE:.0%}."
            " The ratio compares how often a word occurs per token, without a prior.",
            "“@user” stands for any mention and “http” for any link; an emoticon or emoji is"
            " counted as the word that normalisation gives it.",
            _RARE,
            _describe_exactness(words),
        ),
        Picture(
            _draw_words(words),
            f"The {max(map(len, words.scores))} most discriminative words of each class, the"
            " strongest at the top.",
            "Bar charts of the z-scores in the tables.",
        ),
        tuple(_word_table(name, side) for name, side in _sides(words)),
    )


def _draw_words(words: Words) -> str:
    """Draw the z-scores of the most discriminative words of each class that has some."""
    with mpl.rc_context(STYLE):
        figure = new_figure(1.2 + 0.245 * max(2, *map(len, words.scores)))
        sides = _sides(words)
        panels = figure.subplots(1, len(sides), squeeze=False)[0]
        extent = max(abs(word.z) for side in words.scores for word in side)
        for axes, (name, side) in zip(panels, sides, strict=True):
            _draw_side(axes, side, COLORS[name][0])
            axes.set_xlim(0, 1.14 * extent)
            axes.set_title(f"Speaks for {name}")
            axes.set_xlabel("|z| of the weighted log-odds ratio")
        return to_svg(figure, "words")


def _shorten(word: str) -> str:
    """Cut a word to what fits beside a bar."""
    return word if len(word) <= _SHOWN_WORD_LENGTH else word[: _SHOWN_WORD_LENGTH - 1] + "…"


def _describe_exactness(words: Words) -> str:
    """Return how exact the counts are, in a sentence or two."""
    if words.understated == 0:
        return "All words were counted exactly."
    return (
        "There were too many words to count them all: the rarest were dropped on the way and"
        f" {len(words.frequencies):,} are left. A count may be too small by at most"
        f" {words.understated:,}, and words that rare may be missing."
    )


def _no_words(words: Words) -> Section:
    finding = "No word discriminates between the two classes: " + (
        "none is frequent enough." if all(words.tokens) else "one of them has no tweets."
    )
    return Section("words", _TITLE, finding, (_RARE, _describe_exactness(words)))


def _sides(words: Words) -> list[tuple[str, tuple[WordScore, ...]]]:
    """Return the classes that have discriminative words, and these."""
    pairs = zip(LABELS, words.scores, strict=True)
    return [(name, side) for name, side in pairs if side]


def _enumerate(side: Sequence[WordScore]) -> str:
    shown = ", ".join(f"“{_shorten(word.word)}”" for word in side)
    return shown or "none that is frequent enough"


def _word_table(name: str, side: Sequence[WordScore]) -> Table:
    return Table(
        f"Words that speak for {name}",
        ("word", "z", "in negative", "in positive", "times as frequent"),
        tuple(
            (
                _shorten(word.word),
                f"{word.z:+.1f}".replace("-", "−"),
                word.negative,
                word.positive,
                f"×{word.ratio:.1f}",
            )
            for word in side
        ),
    )


def _draw_side(axes: Axes, side: Sequence[WordScore], color: str) -> None:
    places = np.arange(len(side))
    scores = [abs(word.z) for word in side]
    bars = axes.barh(places, scores, height=0.72, color=color)
    labels = [f"{score:.0f}" if score >= 10 else f"{score:.1f}" for score in scores]
    axes.bar_label(bars, labels, padding=4, fontsize=9, color=COLORS["muted"][0])
    axes.set_yticks(places, [_shorten(word.word) for word in side])
    axes.set_ylim(max(len(side), 2) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
