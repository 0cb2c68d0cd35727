"""Further tweets to train on only: labelled by their emoticons, which are taken out of most."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from sentiment.text import normalize, remove_emoticons
from training.data import LabelledTweet, read_corpus
from training.split import TRAINING, part_of, text_key

SAMPLE = "extra"
"""How these rows are sampled: as somebody happened to collect them, so never at random."""

KEPT_OF_TEN = 1
"""Tweets of ten that keep their emoticons: enough to learn what they mean, and little else."""

_RETWEET = re.compile(r"\bRT\b")


def add_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--extra`` to a command that trains."""
    parser.add_argument("--extra", type=Path, action="append", default=[],
                        help="CSV of further tweets labelled by their emoticons, to train on only:"
                        " retweets are left out, and so are most emoticons;"
                        " may be repeated")  # fmt: skip


def read_extra(paths: Sequence[Path]) -> Iterator[LabelledTweet]:
    """Yield the tweets of files that may be trained on.

    Retweets are left out, as their words are another's than the label's. Emoticons are taken out
    of nine tweets of ten by their hash, as the corpus's makers did: a model that finds the label in
    the text learns nothing else. Texts that belong to validation or test are left out, too, with or
    without their emoticons.

    Raises:
        CorpusError: A file cannot be read.
    """
    for path in paths:
        for tweet in read_corpus(path):
            if _RETWEET.search(tweet.text):
                continue
            bare = remove_emoticons(tweet.text)
            key = text_key(normalize(bare))
            if part_of(key) != TRAINING:
                continue
            if key % 10 >= KEPT_OF_TEN:
                yield LabelledTweet(bare, tweet.label, SAMPLE)
            elif part_of(text_key(normalize(tweet.text))) == TRAINING:
                yield LabelledTweet(tweet.text, tweet.label, SAMPLE)
