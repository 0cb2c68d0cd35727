"""Reviewed feedback beside the base data: what is trained on, and what is kept to be replayed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.text import mask, normalize
from training.data import read_corpus
from training.run_records import EvaluationSet, make_set
from training.split import TRAINING, LabelledTweet, Split, part_of, text_key

SAMPLE = "feedback"
"""How feedback rows are sampled: by people who objected, so never at random."""

REPLAY = "feedback"
_REPLAYED_OF_TEN = 3

Say = Callable[[str], None]


@dataclass(frozen=True)
class FeedbackRows:
    """Reviewed feedback, apart by what it is for.

    Attributes:
        training: Rows to train on.
        replay: Rows to compare models with.
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
        known.setdefault(_key(tweet.text), tweet)
    training = tuple(tweet for key, tweet in known.items() if not is_replayed(key))
    return FeedbackRows(training, tuple(t for key, t in known.items() if is_replayed(key)))


def keep_apart(split: Split, feedback: FeedbackRows, say: Say) -> tuple[Split, FeedbackRows]:
    """Keep held-out tweets out of the training rows, and training rows out of the replay.

    Feedback is stored masked, so that a held-out tweet may come back with another key than its
    own; it is told by what masking leaves of it, and neither trained on nor replayed. A text to
    replay that is in the base data or the extra tweets, too, is trained on and not replayed.

    Args:
        split: Of the base data, the extra tweets and the feedback to train on.
        feedback: As it was read.
        say: Told how many rows are left.

    Returns:
        The split and the feedback, less those rows; of feedback that contradicts the base data,
        which is not trained on, nothing is left either.
    """
    held = {_masked_key(raw) for part in (split.validation, split.test) for raw in part.raw}
    comes_back = keys_of(t for t in feedback.training if _masked_key(t.text) in held)
    apart = split.without_training(comes_back)
    trained = set(apart.training.keys.tolist())
    training = tuple(t for t in feedback.training if _key(t.text) in trained)
    replay = tuple(t for t in feedback.replay if _key(t.text) not in trained)
    say(f"Feedback: {len(training):,} rows to train on, {len(replay):,} to replay; left out:")
    say(f"  held-out tweets that were masked: {len(comes_back):,}")
    say(f"  to replay, but in the base data: {len(feedback.replay) - len(replay):,}")
    return apart, replace(feedback, training=training, replay=replay)


def keys_of(tweets: Iterable[LabelledTweet]) -> NDArray[np.uint64]:
    """Return the keys of tweets as the split has them, [rows]."""
    return np.array([_key(tweet.text) for tweet in tweets], np.uint64)


def is_replayed(key: int) -> bool:
    """Return whether a text, given by its key, is kept for the replay."""
    return part_of(key) != TRAINING or key % 10 < _REPLAYED_OF_TEN


def as_set(tweets: Iterable[LabelledTweet]) -> EvaluationSet:
    """Return rows as a set that models are compared on."""
    return make_set(REPLAY, list(tweets))


def _key(text: str) -> int:
    return text_key(normalize(text))


def _masked_key(text: str) -> int:
    return _key(mask(text))


def _read(paths: Sequence[Path]) -> Iterator[LabelledTweet]:
    for path in paths:
        for tweet in read_corpus(path):
            if normalize(tweet.text):
                yield tweet._replace(sample=SAMPLE)
