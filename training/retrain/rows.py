"""Reviewed feedback beside the base data: what is trained on, and what is kept to be replayed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sentiment.text import normalize
from training import slices
from training.corpus import LabelledTweet, read_corpus
from training.runs import EvaluationSet
from training.split import TRAINING, part_of, text_key

SAMPLE = "feedback"
"""How feedback rows are sampled: by people who objected, so never at random."""

REPLAY = "feedback"
_REPLAYED_OF_TEN = 3


@dataclass(frozen=True)
class FeedbackRows:
    """Reviewed feedback, apart by what it is for.

    Attributes:
        training: Rows to train on.
        replay: Rows that no model was trained on, to compare models with.
    """

    training: tuple[LabelledTweet, ...]
    replay: tuple[LabelledTweet, ...]


def read_feedback(paths: Sequence[Path]) -> FeedbackRows:
    """Read exported feedback; three of ten texts, by their hash, are kept for the replay.

    Texts whose hash lies in the validation or test part of the corpus are replayed, too: they are
    never trained on, whoever sends them.

    Raises:
        CorpusError: A file cannot be read.
    """
    known: dict[int, LabelledTweet] = {}
    for tweet in _read(paths):
        known.setdefault(text_key(normalize(tweet.text)), tweet)
    training = tuple(tweet for key, tweet in known.items() if not is_replayed(key))
    return FeedbackRows(training, tuple(t for key, t in known.items() if is_replayed(key)))


def is_replayed(key: int) -> bool:
    """Return whether a text, given by its key, is kept for the replay."""
    return part_of(key) != TRAINING or key % 10 < _REPLAYED_OF_TEN


def as_set(tweets: Iterable[LabelledTweet]) -> EvaluationSet:
    """Return rows as a set that models are compared on."""
    members = list(tweets)
    texts = [normalize(tweet.text) for tweet in members]
    return EvaluationSet(
        REPLAY,
        np.array([text_key(text) for text in texts], np.uint64),
        np.array([tweet.label for tweet in members], np.uint8),
        slices.flags([tweet.text for tweet in members]) if members else np.zeros(0, np.uint16),
        texts,
    )


def _read(paths: Sequence[Path]) -> Iterator[LabelledTweet]:
    for path in paths:
        for tweet in read_corpus(path):
            if normalize(tweet.text):
                yield tweet._replace(sample=SAMPLE)
