"""Assign every distinct tweet to training, validation or test, for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from sentiment.bundle import LABELS
from sentiment.text import normalize
from training.corpus import CorpusError, LabelledTweet

TEST_SHARE = 0.09
VALIDATION_SHARE = 0.06

HOLD_OUT_SAMPLES = frozenset({"", "random"})
"""Samples that represent the whole corpus. Other rows are never measured on."""


@dataclass(frozen=True)
class Rows:
    """Distinct normalised texts, their labels (1 is positive) and their stable 64-bit keys."""

    texts: list[str]
    labels: NDArray[np.uint8]
    keys: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.texts)

    def head(self, count: int | None) -> Rows:
        """Return the first rows; rows lie in the order of their keys, so they are a random draw."""
        return (
            self
            if count is None
            else Rows(self.texts[:count], self.labels[:count], self.keys[:count])
        )

    def digest(self) -> str:
        """Return the SHA-256 of the keys and labels: equal digests mean equal rows."""
        return hashlib.sha256(self.keys.tobytes() + self.labels.tobytes()).hexdigest()


@dataclass
class Counts:
    """What became of the rows that were read."""

    read: int = 0
    empty: int = 0
    duplicates: int = 0
    contradicting: int = 0
    set_aside: int = 0
    training: int = 0
    validation: int = 0
    test: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


@dataclass(frozen=True)
class Split:
    """The three parts of a corpus, disjoint by normalised text."""

    training: Rows
    validation: Rows
    test: Rows
    counts: Counts = field(compare=False)


def check_usable(split: Split) -> None:
    """Raise CorpusError unless every part has rows of both classes."""
    parts = {"training": split.training, "validation": split.validation, "test": split.test}
    for name, rows in parts.items():
        if len(np.unique(rows.labels)) < len(LABELS):
            found = "no row" if len(rows) == 0 else "rows of one class only"
            raise CorpusError(
                f"There are {found} for {name}; rows of both classes are needed."
                " Check the labels, or add more data."
            )


def text_key(normalized: str) -> int:
    """Return the 64-bit key of a normalised text: the start of its SHA-256."""
    return int.from_bytes(hashlib.sha256(normalized.encode("utf-8")).digest()[:8], "big")


def part_of(key: int) -> str:
    """Return ``test``, ``validation`` or ``training`` for a key, whatever corpus it is in."""
    share = key / 2**64
    if share < TEST_SHARE:
        return "test"
    return "validation" if share < TEST_SHARE + VALIDATION_SHARE else "training"


def split_corpus(tweets: Iterable[LabelledTweet]) -> Split:
    """Normalise, deduplicate and split a corpus.

    Texts that are equal after normalisation count once, texts with both labels not at all. The
    part of a text depends on the text alone, so that no later corpus can move a test row into
    training. A text that belongs to validation or test but was sampled otherwise than at random
    is set aside: it is neither measured on nor trained on.
    """
    counts = Counts()
    seen: dict[str, tuple[int, bool]] = {}
    contradicting: set[str] = set()
    for tweet in tweets:
        counts.read += 1
        text = normalize(tweet.text)
        if not text:
            counts.empty += 1
            continue
        label, held_out = seen.get(text, (tweet.label, False))
        if text in seen:
            counts.duplicates += 1
        if label != tweet.label:
            contradicting.add(text)
        seen[text] = (label, held_out or tweet.sample in HOLD_OUT_SAMPLES)
    for text in contradicting:
        del seen[text]
    counts.contradicting = len(contradicting)
    return _assign(seen, counts)


def _assign(seen: dict[str, tuple[int, bool]], counts: Counts) -> Split:
    parts: dict[str, list[tuple[int, str, int]]] = {"training": [], "validation": [], "test": []}
    for text, (label, may_hold_out) in seen.items():
        key = text_key(text)
        part = part_of(key)
        if part == "training" or may_hold_out:
            parts[part].append((key, text, label))
        else:
            counts.set_aside += 1
    rows = {name: _rows(members) for name, members in parts.items()}
    counts.training, counts.validation, counts.test = (
        len(rows[name]) for name in ("training", "validation", "test")
    )
    return Split(rows["training"], rows["validation"], rows["test"], counts)


def _rows(members: list[tuple[int, str, int]]) -> Rows:
    members.sort()
    return Rows(
        [text for _, text, _ in members],
        np.array([label for *_, label in members], np.uint8),
        np.array([key for key, *_ in members], np.uint64),
    )
