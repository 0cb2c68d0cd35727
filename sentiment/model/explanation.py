"""Which words pushed an answer: each is left out in turn, and the model is asked again."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from sentiment.model.classifier import Classifier
from sentiment.text import is_emoticon

MOST_WORDS = 64
"""Words explained of one text; no model reads many more."""

_CHUNK = re.compile(r"\S+")
_ENTITY = re.compile(r"&#?\w{1,31};")
_JOINERS = frozenset("'’_-@#\u200d")
_MARKS = frozenset("!?")

_WORD, _SYMBOL, _PUNCTUATION = range(3)


class Word(NamedTuple):
    """A word's place in a text, in code points: from ``start`` up to, and without, ``end``."""

    start: int
    end: int


def explain(classifier: Classifier, text: str) -> list[tuple[Word, float]]:
    """Return each word of a text, in order, with its contribution; the model is asked once.

    The contribution of a word is by how much it raised the log-odds of "positive": the difference
    between the calibrated log-odds of the whole text and those of the text without it
    (leave-one-out; Robnik-Šikonja and Kononenko 2008).
    """
    words = find_words(text)[:MOST_WORDS]
    if not words:
        return []
    without = (f"{text[: word.start]} {text[word.end :]}" for word in words)
    scaled = classifier.logits([text, *without]) / classifier.manifest.decision.temperature
    return [(word, float(scaled[0] - left)) for word, left in zip(words, scaled[1:], strict=True)]


def find_words(text: str) -> list[Word]:
    """Return the words of a text in order: words, links, emoticons, emoji, runs of ! and ?.

    A mention, a link, a contraction and a letter with its combining marks are one word each;
    punctuation such as a comma is none.
    """
    return [
        Word(chunk.start() + start, chunk.start() + end)
        for chunk in _CHUNK.finditer(text)
        for start, end in _split(chunk.group())
    ]


def _split(chunk: str) -> Iterator[Word]:
    whole = "://" in chunk or chunk.startswith("www.") or _ENTITY.search(chunk)
    if whole or is_emoticon(chunk):
        yield Word(0, len(chunk))
        return
    kinds = _kinds(chunk)
    for kind, run in itertools.groupby(range(len(chunk)), lambda number: kinds[number]):
        at = list(run)
        word = Word(at[0], at[-1] + 1)
        text = chunk[word.start : word.end]
        if kind != _PUNCTUATION or not _MARKS.isdisjoint(text) or is_emoticon(text):
            yield word


def _kinds(chunk: str) -> list[int]:
    kinds = [_kind(character) for character in chunk]
    for at, character in enumerate(chunk):
        joins = character in _JOINERS or unicodedata.category(character)[0] == "M"
        if joins and at > 0 and kinds[at - 1] != _PUNCTUATION:
            kinds[at] = kinds[at - 1]
        elif joins and at + 1 < len(chunk) and kinds[at + 1] == _WORD:
            kinds[at] = _WORD
    return kinds


def _kind(character: str) -> int:
    category = unicodedata.category(character)
    if category[0] in "LN":
        return _WORD
    return _SYMBOL if category[0] == "S" else _PUNCTUATION
