"""The section of a report on the words that tell the two classes apart."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from operations.report.content import Picture, Section, Table
from operations.report.drawing import COLORS, STYLE, new_figure, to_svg
from operations.report.log_odds import MIN_OCCURRENCES, PRIOR_SHARE, TellingWord, Words

_CLASSES = ("negative", "positive")
_SHOWN_WORD_LENGTH = 18
_TITLE = "Most telling words"
_RARE = f"Words that occur fewer than {MIN_OCCURRENCES} times are never shown."


def telling_section(words: Words) -> Section:
    """Return the section on the words that tell the two classes apart."""
    if not any(words.telling):
        return _nothing_telling(words)
    negative, positive = (_enumerate(side[:5]) for side in words.telling)
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
            tell_exactness(words),
        ),
        Picture(
            draw_words(words),
            f"The {max(map(len, words.telling))} most telling words of each class, the strongest"
            " at the top.",
            "Bar charts of z-scores."
            + "".join(
                f" {name.capitalize()}, strongest first: {_list(side)}."
                for name, side in _sides(words)
            ),
        ),
        tuple(_word_table(name, side) for name, side in _sides(words)),
    )


def draw_words(words: Words) -> str:
    """Draw the z-scores of the most telling words of each class that has some."""
    with mpl.rc_context(STYLE):
        longest = max(map(len, words.telling))
        figure = new_figure(1.2 + 0.245 * max(longest, 2))
        sides = _sides(words)
        panels = figure.subplots(1, len(sides), squeeze=False)[0] if sides else ()
        extent = max((abs(word.z) for side in words.telling for word in side), default=1.0)
        for axes, (name, side) in zip(panels, sides, strict=True):
            _draw_side(axes, side, COLORS[name][0])
            axes.set_xlim(0, 1.14 * extent)
            axes.set_title(f"Speaks for {name}")
            axes.set_xlabel("|z| of the weighted log-odds ratio")
        return to_svg(figure, "words")


def shorten(word: str) -> str:
    """Cut a word to what fits beside a bar."""
    return word if len(word) <= _SHOWN_WORD_LENGTH else word[: _SHOWN_WORD_LENGTH - 1] + "…"


def tell_exactness(words: Words) -> str:
    """Return how exact the counts are, in a sentence or two."""
    if words.understated == 0:
        return "All words were counted exactly."
    return (
        "There were too many words to count them all: the rarest were dropped on the way and"
        f" {words.kept:,} are left. A count may be too small by at most {words.understated:,}, and"
        " words that rare may be missing."
    )


def _nothing_telling(words: Words) -> Section:
    finding = "No word tells the two classes apart: " + (
        "none is frequent enough." if all(words.tokens) else "one of them has no tweets."
    )
    return Section("words", _TITLE, finding, (_RARE, tell_exactness(words)), None, ())


def _sides(words: Words) -> list[tuple[str, tuple[TellingWord, ...]]]:
    """Return the classes that have telling words, and these."""
    pairs = zip(_CLASSES, words.telling, strict=True)
    return [(name, side) for name, side in pairs if side]


def _enumerate(side: Sequence[TellingWord]) -> str:
    return _list(side, "“{}”") or "none that is frequent enough"


def _list(side: Sequence[TellingWord], form: str = "{}") -> str:
    return ", ".join(form.format(shorten(word.word)) for word in side)


def _word_table(name: str, side: Sequence[TellingWord]) -> Table:
    return Table(
        f"Words that speak for {name}",
        ("word", "z", "in negative", "in positive", "times as frequent"),
        tuple(
            (
                shorten(word.word),
                f"{word.z:+.1f}".replace("-", "−"),
                f"{word.negative:,}",
                f"{word.positive:,}",
                f"×{word.ratio:.1f}",
            )
            for word in side
        ),
    )


def _draw_side(axes: Axes, side: Sequence[TellingWord], color: str) -> None:
    places = np.arange(len(side))
    scores = [abs(word.z) for word in side]
    axes.barh(places, scores, height=0.72, color=color)
    for place, score in zip(places, scores, strict=True):
        axes.annotate(
            f"{score:.0f}" if score >= 10 else f"{score:.1f}", (score, place), (4, 0),
            textcoords="offset points", va="center", fontsize=9, color=COLORS["muted"][0],
        )  # fmt: skip
    axes.set_yticks(places, [shorten(word.word) for word in side])
    axes.set_ylim(max(len(side), 2) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
