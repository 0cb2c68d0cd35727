from __future__ import annotations

import json

import pytest

from sentiment.encoder import NgramEncoder, PieceEncoder
from sentiment.ngrams import Ngrams


@pytest.mark.parametrize("text", ["", "unknown words"])
def test_a_text_without_known_ngrams_has_no_ids(text: str) -> None:
    assert NgramEncoder(["a"], Ngrams((1, 1)), 8).encode(text) == ([], False)


def test_each_ngram_counts_once_and_ids_start_at_one() -> None:
    encoder = NgramEncoder(["a", "b", "a b"], Ngrams((1, 2)), 8)
    assert encoder.encode("a b a b") == ([1, 2, 3], False)


def test_more_ids_than_allowed_are_cut_and_told() -> None:
    assert NgramEncoder(["a", "b", "c"], Ngrams((1, 1)), 2).encode("a b c") == ([1, 2], True)


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
    assert encoder.encode("good day good sir") == ([2, 3, 2, 1], False)
    assert encoder.largest_id == 3


def test_more_pieces_than_allowed_are_cut_and_told() -> None:
    assert PieceEncoder(PIECES, 2).encode("good day good") == ([2, 3], True)
