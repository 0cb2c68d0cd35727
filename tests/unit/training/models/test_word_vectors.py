from __future__ import annotations

import gzip
import random
from pathlib import Path

import numpy as np
import pytest

from training.models.network import encode
from training.models.vocabulary import learn_vocabulary, words_of
from training.models.word_vectors import WordVectorError, learn_vectors, read_vectors

WORDS = ["[PAD]", "[UNK]", "good", "bad", "day"]


def write(path: Path, content: str) -> Path:
    path.write_bytes(gzip.compress(content.encode()) if path.suffix == ".gz" else content.encode())
    return path


def test_words_of_like_company_get_like_vectors() -> None:
    generator = random.Random(1)
    topics = (["cat", "dog", "fur", "paw", "vet"], ["bus", "car", "road", "fuel", "lane"])
    texts = [" ".join(generator.choices(topics[at % 2], k=6)) for at in range(500)]
    vocabulary = learn_vocabulary(texts, 100, 2)
    words = words_of(vocabulary)
    vectors = learn_vectors(encode(vocabulary, texts, 48), len(words), 4, seed=1)
    assert vectors.shape == (12, 4)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    pets, roads = (vectors[[words.index(word) for word in topic]] for topic in topics)
    assert (pets @ pets.T).mean() > (pets @ roads.T).mean() + 0.5


@pytest.mark.parametrize("name", ["plain.txt", "packed.txt.gz"])
@pytest.mark.parametrize("header", ["", "3 2\n"])
def test_a_file_gives_its_vectors_and_random_ones_to_the_rest(
    tmp_path: Path, name: str, header: str
) -> None:
    path = write(tmp_path / name, f"{header}good 1 2e-1\nother 5 5\nbad -1 .5 \n. . 3 4\n\n")
    vectors = read_vectors(path, WORDS, 2, seed=1)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors[2:4], [[1, 0.2], [-1, 0.5]])
    assert len(np.unique(vectors[[0, 1, 4]])) == 6


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("good 1 2\nbad 1\n", "line 2: a word and 2 numbers are expected"),
        ("2 2\ngood 1 2\nbad 1 x\n", "line 3: a word and 2 numbers are expected"),
        ("good 1 nan\n", "line 1: a word and 2 numbers are expected"),
        ("good 1 2 3\n", "none of the 5 words .* is its dimension 2"),
        ("GOOD 1 2\n", "none of the 5 words"),
    ],
)
def test_a_malformed_file_is_refused_with_the_line(
    tmp_path: Path, content: str, reason: str
) -> None:
    with pytest.raises(WordVectorError, match=rf"vectors\.txt.*{reason}"):
        read_vectors(write(tmp_path / "vectors.txt", content), WORDS, 2, seed=1)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    latin, archive = tmp_path / "latin.txt", tmp_path / "cut.gz"
    latin.write_bytes(b"caf\xe9 1 2\n")
    archive.write_bytes(gzip.compress(b"good 1 2\n" * 2000)[:-9])
    for path in (latin, archive, tmp_path / "absent.txt"):
        with pytest.raises(WordVectorError, match=rf"{path.name} cannot be read"):
            read_vectors(path, WORDS, 2, seed=1)
