"""Files of labelled tweets, read with a progress bar into the parts of a corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from pathlib import Path

from training.data import LabelledTweet, read_corpus
from training.split import Split, check_usable, split_corpus


def read_split(
    paths: Sequence[Path], say: Callable[[str], None], more: Iterable[LabelledTweet] = ()
) -> Split:
    """Read files, and further rows, and split them.

    Args:
        paths: The files.
        say: Told how many rows became what.
        more: Rows that are not in a file.

    Raises:
        CorpusError: A file cannot be read, or a part lacks rows of a class.
    """
    from tqdm import tqdm

    tweets = chain(*map(read_corpus, paths), more)
    split = split_corpus(tqdm(tweets, desc="Reading", unit=" tweets", unit_scale=True))
    for name, count in split.counts.as_dict().items():
        say(f"  {name}: {count:,}")
    check_usable(split)
    return split
