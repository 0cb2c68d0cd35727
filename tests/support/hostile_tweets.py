"""Tweets that try to be repeated: in a log, an error, an event or a trace."""

from __future__ import annotations

import random
from dataclasses import dataclass

_FORMS = (
    "@{mark} see https://example.com/{mark}",
    '"}}, {{"name": "feedback", "verdict": "{mark}"}}',
    "so\r\n2026-01-01 ERROR {mark}",
    "%s %(name)s {{0}} {{text}} ${{{mark}}}",
    "<script>{mark}</script> &lt;",
    "'; DROP TABLE feedback; -- {mark}",
    "\u202e\u200b{mark}\ufeff \x00\x1b[31m",
    "so happy 😍 قهوة {mark} " + "é" * 10,
    "{mark} " * 3,
    "password={mark} {mark}@example.com",
)


@dataclass(frozen=True)
class HostileTweet:
    """A tweet, and a word in it that occurs nowhere else."""

    text: str
    mark: str


def hostile_tweets(count: int, seed: int = 1) -> list[HostileTweet]:
    """Return so many tweets, every form equally often; the same for the same seed."""
    chance = random.Random(seed)
    marks = [f"zq{chance.getrandbits(32):08x}" for _ in range(count)]
    return [
        HostileTweet(_FORMS[number % len(_FORMS)].format(mark=mark), mark)
        for number, mark in enumerate(marks)
    ]
