"""Which words pushed an answer: each is left out in turn, and the model is asked again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sentiment.model.classifier import Classifier
from sentiment.model.words import Span, find_words

MOST_WORDS = 64
"""Words explained of one text; no model reads many more."""


class Contribution(NamedTuple):
    """What one word did to the answer.

    Attributes:
        start: Where it begins in the text as it was sent, in code points.
        end: Where it ends, exclusive.
        value: By how much it raised the log-odds of "positive"; negative where it lowered them.
    """

    start: int
    end: int
    value: float


def explain(classifier: Classifier, text: str) -> list[Contribution]:
    """Return the contribution of each word of a text, in order, with one batch for the model.

    The contribution of a word is the difference between the calibrated log-odds of the whole text
    and those of the text without it (leave-one-out; Robnik-Šikonja and Kononenko 2008).
    """
    words = find_words(text)[:MOST_WORDS]
    if not words:
        return []
    logits = classifier.logits([text, *(without(text, [word]) for word in words)])
    scaled = logits / classifier.manifest.decision.temperature
    return [
        Contribution(word.start, word.end, float(scaled[0] - left))
        for word, left in zip(words, scaled[1:], strict=True)
    ]


def without(text: str, words: Sequence[Span]) -> str:
    """Return a text with some of its words left out, which do not overlap."""
    kept, at = [], 0
    for word in sorted(words):
        kept.append(text[at : word.start])
        at = word.end
    return " ".join([*kept, text[at:]])
