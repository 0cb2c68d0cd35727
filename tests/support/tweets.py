"""Small made-up corpora; no real tweet is kept in the project."""

from __future__ import annotations

import csv
import random
from pathlib import Path

from training.split import LabelledTweet, Split, split_corpus

GOOD = ["love", "great", "happy", "awesome", "thanks", "beautiful", "fun", "sweet", "best", "yay"]
BAD = ["hate", "sad", "tired", "awful", "miss", "worst", "sick", "ugly", "lost", "cry"]
PLAIN = [
    "the",
    "a",
    "day",
    "phone",
    "work",
    "today",
    "my",
    "this",
    "it",
    "is",
    "was",
    "morning",
    "bus",
    "song",
]


def made_up(count: int, seed: int = 0) -> list[tuple[int, str]]:
    """Return distinct labelled texts; about one label in ten is wrong, as in the real corpus."""
    generator = random.Random(seed)
    texts: dict[str, int] = {}
    while len(texts) < count:
        label = generator.randrange(2)
        words = generator.choices(PLAIN, k=7) + generator.choices(GOOD if label else BAD, k=2)
        generator.shuffle(words)
        texts[" ".join(words)] = label if generator.random() > 0.1 else 1 - label
    return [(label, text) for text, label in texts.items()]


def write_csv(path: Path, rows: list[tuple[int, str]], sample: str | None = None) -> Path:
    """Write rows in the layout with a header."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["target", "text", *(["sample"] if sample else [])])
        for label, text in rows:
            writer.writerow([4 * label, text, *([sample] if sample else [])])
    return path


def split_made_up(count: int) -> Split:
    """Return so many made-up tweets, split."""
    return split_corpus(LabelledTweet(text, label, "") for label, text in made_up(count))
