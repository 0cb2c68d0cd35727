"""Word vectors: computed from how words occur together, or read from a file."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

WINDOW = 4
"""Words to each side that count as context; nearer ones count more."""

_CONTEXT_SMOOTHING = 0.75
_SPREAD = 0.1


class WordVectorError(ValueError):
    """A file of word vectors cannot be used; the message says where and what to do."""


def random_vectors(words: int, dimension: int, seed: int, spread: float = _SPREAD) -> Any:
    """Return float32 [words, dimension], normally distributed with a standard deviation."""
    generator = np.random.default_rng(seed)
    return generator.normal(0.0, spread, (words, dimension)).astype(np.float32)


def learn_vectors(
    sequences: Sequence[NDArray[np.int32]], words: int, dimension: int, seed: int
) -> NDArray[np.float32]:
    """Return vectors that factorise the positive pointwise mutual information of words.

    That is what skip-gram with negative sampling does implicitly (Levy and Goldberg 2014, Neural
    Word Embedding as Implicit Matrix Factorization). Smoothed contexts and the square root of the
    singular values are from Levy, Goldberg and Dagan (2015).

    Args:
        sequences: The ids of each tweet's words, below ``words``.
        words: How many ids there are.
        dimension: Numbers in a vector.
        seed: For the randomised decomposition, and for what it leaves undetermined.

    Returns:
        Vectors float32 [words, dimension]; small random ones for words that never occur.
    """
    from sklearn.utils.extmath import randomized_svd

    information = _positive_information(_cooccurrences(sequences, words))
    vectors = random_vectors(words, dimension, seed)
    rank = min(dimension, words - 1)
    left, values, _ = randomized_svd(information, rank, n_iter=4, random_state=seed)
    learned = left * np.sqrt(values)
    occurs = np.diff(information.indptr) > 0
    if occurs.any():
        learned *= _SPREAD / max(float(learned[occurs].std()), 1e-12)
        vectors[occurs, :rank] = learned[occurs]
    return vectors


def _cooccurrences(sequences: Sequence[NDArray[np.int32]], words: int) -> Any:
    from scipy.sparse import csr_matrix

    flat = np.concatenate([*sequences, np.empty(0, np.int32)])
    tweet = np.repeat(np.arange(len(sequences)), [len(ids) for ids in sequences])
    counts: Any = csr_matrix((words, words), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        together = tweet[:-distance] == tweet[distance:]
        left, right = flat[:-distance][together], flat[distance:][together]
        weights = np.full(len(left), (WINDOW + 1 - distance) / WINDOW, np.float32)
        counts = counts + csr_matrix((weights, (left, right)), shape=(words, words))
    return (counts + counts.T).tocsr()


def _positive_information(counts: Any) -> Any:
    occurrences = np.asarray(counts.sum(axis=1), np.float64).ravel()
    contexts = occurrences**_CONTEXT_SMOOTHING
    information = counts.tocoo()
    expected = occurrences[information.row] * contexts[information.col] / contexts.sum()
    information.data = np.maximum(np.log(information.data / expected), 0.0).astype(np.float32)
    information = information.tocsr()
    information.eliminate_zeros()
    return information


def read_vectors(
    path: Path, words: Sequence[str], dimension: int, seed: int
) -> NDArray[np.float32]:
    """Return the vectors of words from a file in the usual text format.

    A line is a word followed by its numbers, separated by blanks; a first line of two whole
    numbers (how many words, how many numbers) is passed over. Files that end in ``.gz`` are
    decompressed.

    Returns:
        Vectors float32 [words, dimension]; words that the file lacks get random ones of the
        same spread.

    Raises:
        WordVectorError: The file is missing, malformed, or has none of the words in vectors of
            the dimension.
    """
    ids = {word: at for at, word in enumerate(words)}
    found: dict[int, NDArray[np.float32]] = {}
    try:
        with _open_text(path) as lines:
            for word, vector in _parse(lines, path, dimension):
                if word in ids:
                    found.setdefault(ids[word], vector)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise WordVectorError(f"{path} cannot be read as UTF-8 text: {error}.") from error
    if not found:
        raise WordVectorError(
            f"{path} has none of the {len(words):,} words of the training rows; are its words in"
            f" lower case, and is its dimension {dimension}?"
        )
    known = np.array(list(found.values()))
    vectors: NDArray[np.float32] = random_vectors(len(words), dimension, seed, float(known.std()))
    vectors[list(found)] = known
    return vectors


def _parse(lines: IO[str], path: Path, dimension: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    for number, line in enumerate(lines, start=1):
        # The word itself may hold blanks, as some do in the larger GloVe files.
        word, *fields = line.rstrip().rsplit(" ", dimension)
        if not word or (number == 1 and word.isdecimal() and len(fields) == 1):
            continue
        try:
            vector = np.array(fields, np.float32)
        except ValueError:
            vector = np.empty(0, np.float32)
        if len(vector) != dimension or not np.isfinite(vector).all():
            raise WordVectorError(
                f"{path}, line {number}: a word and {dimension} numbers are expected; give the"
                " dimension of the file, or mend the line."
            )
        yield word, vector


def _open_text(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="\n")
    return path.open(encoding="utf-8", newline="\n")
