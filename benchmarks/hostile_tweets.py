"""Tweets that try to be repeated: in a log, an error, an event or a trace."""

from __future__ import annotations

import random
from dataclasses import dataclass

_FORMS = (
    "@{mark} look at https://example.com/{mark}?q={mark}",
    '"}}, {{"name": "feedback", "verdict": "{mark}"}}',
    "{mark}\r\n2026-01-01 00:00:00 ERROR {mark}",
    "%s %d %(name)s {{0}} {{text}} ${{{mark}}} {mark}",
    "<script>{mark}</script> &lt;{mark}&gt;",
    "'; DROP TABLE feedback; -- {mark}",
    "\u202e{mark}\u202c \u200b{mark}\ufeff \x00\x1b[31m{mark}",
    "so happy 😍 قهوة {mark} " + "é" * 30,
    "{mark} " * 6,
    "Bearer {mark} password={mark} +33 6 12 34 56 78 {mark}@example.com",
)


@dataclass(frozen=True)
class HostileTweet:
    """A tweet, and a word in it that occurs nowhere else."""

    text: str
    mark: str


def hostile_tweets(count: int, seed: int = 1) -> list[HostileTweet]:
    """Return so many tweets, every form equally often; the same for the same seed."""
    chance = random.Random(seed)
    marks = [f"zq{chance.getrandbits(60):015x}" for _ in range(count)]
    return [
        HostileTweet(_FORMS[number % len(_FORMS)].format(mark=mark), mark)
        for number, mark in enumerate(marks)
    ]
