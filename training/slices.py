"""Kinds of tweets on which a model may do better or worse than on average."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

_NEGATION = re.compile(r"\b(?:not|no|never|nothing|nobody|cannot|without)\b|n['’]t\b|\b[a-z]+nt\b")
_NEGATED_WORDS = frozenset({"dont", "cant", "wont", "didnt", "isnt", "wasnt", "doesnt", "aint"})
_ELONGATION = re.compile(r"([a-z])\1{2,}")
_LONG_WORDS, _SHORT_WORDS = 20, 5


def _negated(text: str) -> bool:
    return any(
        not match.group().isalpha()
        or not match.group().endswith("nt")
        or match.group() in _NEGATED_WORDS
        for match in _NEGATION.finditer(text)
    )


_TESTS: dict[str, Callable[[str], bool]] = {
    "negation": _negated,
    '"but"': lambda text: re.search(r"\bbut\b", text) is not None,
    "elongation": lambda text: _ELONGATION.search(text) is not None,
    "question": lambda text: "?" in text,
    "at most 5 words": lambda text: len(text.split()) <= _SHORT_WORDS,
    "at least 20 words": lambda text: len(text.split()) >= _LONG_WORDS,
    "with mention": lambda text: "@" in text,
    "with link": lambda text: "http" in text or "www." in text,
}

SLICES = tuple(_TESTS)
"""The names of the slices; the place of a name is its bit in ``flags``."""


def flags(texts: Sequence[str]) -> NDArray[np.uint16]:
    """Return, for each raw tweet, a number whose bit n says whether it is in slice n."""
    lowered = [text.lower() for text in texts]
    columns = [
        np.array([test(text) for text in lowered], np.uint16) << at
        for at, test in enumerate(_TESTS.values())
    ]
    return np.bitwise_or.reduce(columns).astype(np.uint16)


def members(flagged: NDArray[np.uint16], name: str) -> NDArray[np.bool_]:
    """Return which rows are in a slice."""
    return (flagged >> SLICES.index(name)) & 1 == 1
