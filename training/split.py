"""Assign every distinct tweet to training, validation or test, for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.text import normalize

TEST_SHARE = 0.09
VALIDATION_SHARE = 0.06

PARTS = TRAINING, VALIDATION, TEST = "training", "validation", "test"

HOLD_OUT_SAMPLES = frozenset({"", "random"})
"""Samples that represent the whole corpus. Other rows are never measured on."""


class LabelledTweet(NamedTuple):
    """One row: the raw text, 1 for positive or 0 for negative, and how the row was sampled."""

    text: str
    label: int
    sample: str


@dataclass(frozen=True)
class Rows:
    """Distinct tweets.

    Attributes:
        texts: Normalised.
        labels: 1 is positive, 0 negative.
        keys: The stable 64-bit key of each text.
        raw: The texts as they were written; empty for training rows, where nothing needs them.
    """

    texts: list[str]
    labels: NDArray[np.uint8]
    keys: NDArray[np.uint64]
    raw: list[str]

    def __len__(self) -> int:
        return len(self.texts)

    def head(self, count: int | None) -> Rows:
        """Return the first rows; rows lie in the order of their keys, so they are a random draw."""
        if count is None:
            return self
        return Rows(self.texts[:count], self.labels[:count], self.keys[:count], self.raw[:count])

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

    def without_training(self, keys: NDArray[np.uint64]) -> Split:
        """Return the split with the training rows of these keys set aside."""
        rows = self.training
        stays = ~np.isin(rows.keys, keys)
        texts = [text for text, kept in zip(rows.texts, stays, strict=True) if kept]
        training = Rows(texts, rows.labels[stays], rows.keys[stays], rows.raw)
        aside = self.counts.set_aside + len(rows) - len(training)
        counts = replace(self.counts, set_aside=aside, training=len(training))
        return replace(self, training=training, counts=counts)


def text_key(normalized: str) -> int:
    """Return the 64-bit key of a normalised text: the start of its SHA-256."""
    return int.from_bytes(hashlib.sha256(normalized.encode("utf-8")).digest()[:8], "big")


def part_of(key: int) -> str:
    """Return ``test``, ``validation`` or ``training`` for a key, whatever corpus it is in."""
    share = key / 2**64
    if share < TEST_SHARE:
        return TEST
    return VALIDATION if share < TEST_SHARE + VALIDATION_SHARE else TRAINING


def split_corpus(tweets: Iterable[LabelledTweet]) -> Split:
    """Normalise, deduplicate and split a corpus.

    Texts that are equal after normalisation count once, texts with both labels not at all. The
    part of a text depends on the text alone, so that no later corpus can move a test row into
    training. A text that belongs to validation or test but was sampled otherwise than at random
    is set aside: it is neither measured on nor trained on.
    """
    counts = Counts()
    seen: dict[str, _Seen] = {}
    contradicting: set[str] = set()
    for tweet in tweets:
        counts.read += 1
        text = normalize(tweet.text)
        if not text:
            counts.empty += 1
            continue
        known = seen.get(text)
        if known is None:
            seen[text] = _first_seen(text, tweet)
            continue
        counts.duplicates += 1
        if known.label != tweet.label:
            contradicting.add(text)
        seen[text] = known.again(tweet)
    for text in contradicting:
        del seen[text]
    counts.contradicting = len(contradicting)
    return _assign(seen, counts)


class _Seen(NamedTuple):
    """What is known of a text. ``raw`` is kept only where the text may be measured on."""

    key: int
    label: int
    part: str
    may_hold_out: bool
    raw: str

    def again(self, tweet: LabelledTweet) -> _Seen:
        held = self.may_hold_out or tweet.sample in HOLD_OUT_SAMPLES
        # The least of several spellings, so that the order of the rows does not matter.
        raw = "" if self.part == TRAINING else min(self.raw, tweet.text)
        return self._replace(may_hold_out=held, raw=raw)


def _first_seen(text: str, tweet: LabelledTweet) -> _Seen:
    key = text_key(text)
    part = part_of(key)
    raw = "" if part == TRAINING else tweet.text
    return _Seen(key, tweet.label, part, tweet.sample in HOLD_OUT_SAMPLES, raw)


def _assign(seen: dict[str, _Seen], counts: Counts) -> Split:
    parts: dict[str, list[tuple[int, str, _Seen]]] = {name: [] for name in PARTS}
    for text, known in seen.items():
        if known.part == TRAINING or known.may_hold_out:
            parts[known.part].append((known.key, text, known))
        else:
            counts.set_aside += 1
    training, validation, test = (_rows(parts[name]) for name in PARTS)
    counts.training, counts.validation, counts.test = len(training), len(validation), len(test)
    return Split(training, validation, test, counts)


def _rows(members: list[tuple[int, str, _Seen]]) -> Rows:
    members.sort()
    return Rows(
        [text for _, text, _ in members],
        np.array([known.label for *_, known in members], np.uint8),
        np.array([key for key, *_ in members], np.uint64),
        [known.raw for *_, known in members if known.part != TRAINING],
    )
