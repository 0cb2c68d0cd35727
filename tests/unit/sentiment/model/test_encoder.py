from __future__ import annotations

import json

import pytest

from sentiment.model.encoder import NgramEncoder, PieceEncoder
from sentiment.model.ngrams import STEM, Ngrams


@pytest.mark.parametrize(("text", "unknown"), [("", 0.0), ("unknown words", 1.0)])
def test_a_text_without_known_ngrams_has_no_ids(text: str, unknown: float) -> None:
    assert NgramEncoder(["a"], Ngrams((1, 1)), 8).encode(text) == ([], False, unknown)


def test_each_ngram_counts_once_and_ids_start_at_one() -> None:
    encoder = NgramEncoder(["a", "b", "a b"], Ngrams((1, 2)), 8)
    assert encoder.encode("a b a b") == ([1, 2, 3], False, 0.0)


def test_more_ids_than_allowed_are_cut_and_reported() -> None:
    assert NgramEncoder(["a", "b", "c"], Ngrams((1, 1)), 2).encode("a b c") == ([1, 2], True, 0.0)


def test_unknown_are_distinct_words_and_neither_pairs_nor_characters() -> None:
    encoder = NgramEncoder(["a", "b", "\tz"], Ngrams((1, 2), (1, 2)), 8)
    assert encoder.encode("a b a zz zz y").unknown == 0.5


def test_a_word_is_known_by_its_form() -> None:
    encoder = NgramEncoder(["wait"], Ngrams((1, 1), forms=STEM), 8)
    assert encoder.encode("waiting waited hmm").unknown == 0.5


PIECES = json.dumps(
    {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": None,
        "decoder": None,
        "model": {
            "type": "WordLevel",
            "vocab": {"[PAD]": 0, "[UNK]": 1, "good": 2, "day": 3},
            "unk_token": "[UNK]",
        },
    }
)


def test_pieces_are_ids_in_order_and_unknown_ones_share_one() -> None:
    encoder = PieceEncoder(PIECES, 8)
    assert encoder.encode("good day good sir") == ([2, 3, 2, 1], False, 0.25)
    assert encoder.largest_id == 3


def test_more_pieces_than_allowed_are_cut_and_reported() -> None:
    assert PieceEncoder(PIECES, 2).encode("good day good") == ([2, 3], True, 0.0)


def test_special_pieces_are_neither_known_nor_unknown() -> None:
    description = json.loads(PIECES)
    description["post_processor"] = {"type": "BertProcessing", "sep": ["[PAD]", 0],
                                     "cls": ["[PAD]", 0]}  # fmt: skip
    encoder = PieceEncoder(json.dumps(description), 8)
    assert encoder.encode("good sir") == ([0, 2, 1, 0], False, 0.5)
    assert encoder.encode("").unknown == 0.0


def test_a_file_without_an_unknown_piece_knows_everything() -> None:
    description = json.loads(PIECES)
    description["model"] = {"type": "BPE", "vocab": {"a": 1}, "merges": []}
    assert PieceEncoder(json.dumps(description), 8).encode("a z") == ([1], False, 0.0)
