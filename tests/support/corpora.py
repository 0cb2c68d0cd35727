"""A small made-up corpus for exploration, and statistics of it."""

from __future__ import annotations

from pathlib import Path

from training.explore.statistics import Statistics, explore
from training.split import LabelledTweet

FILE = Path("tweets.csv")


def tweets(*rows: tuple[int, str], sample: str = "") -> list[tuple[LabelledTweet, Path]]:
    """Return labelled tweets as ``explore`` takes them."""
    return [(LabelledTweet(text, label, sample), FILE) for label, text in rows]


def found(*rows: tuple[int, str], sample: str = "") -> Statistics:
    """Return the statistics of labelled texts."""
    return explore(tweets(*rows, sample=sample))
