"""Where the words of a text stand, as a reader would mark them."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from sentiment.text import is_emoticon

_CHUNK = re.compile(r"\S+")
_ENTITY = re.compile(r"&#?\w{1,31};")
_JOINERS = frozenset("'’_-@#\u200d")
_TELLING = frozenset("!?")

_WORD, _SYMBOL, _PUNCTUATION = range(3)


class Span(NamedTuple):
    """A part of a text, in code points: from ``start`` up to, and without, ``end``."""

    start: int
    end: int


def find_words(text: str) -> list[Span]:
    """Return the words of a text in order: words, links, emoticons, emoji, runs of ! and ?.

    A mention, a link, a contraction and a letter with its combining marks are one word each; what
    tells nothing, such as a comma, is none.
    """
    return [
        Span(chunk.start() + start, chunk.start() + end)
        for chunk in _CHUNK.finditer(text)
        for start, end in _split(chunk.group())
    ]


def _split(chunk: str) -> Iterator[Span]:
    whole = "://" in chunk or chunk.startswith("www.") or _ENTITY.search(chunk)
    if whole or is_emoticon(chunk):
        yield Span(0, len(chunk))
        return
    kinds = _kinds(chunk)
    for kind, run in itertools.groupby(range(len(chunk)), lambda at: kinds[at]):
        places = list(run)
        span = Span(places[0], places[-1] + 1)
        if kind != _PUNCTUATION or _tells(chunk[span.start : span.end]):
            yield span


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


def _tells(run: str) -> bool:
    return not _TELLING.isdisjoint(run) or is_emoticon(run)
