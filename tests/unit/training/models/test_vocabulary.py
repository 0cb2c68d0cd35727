from __future__ import annotations

from sentiment.text import normalize
from training.models.network import encode
from training.models.vocabulary import PAD, UNKNOWN, learn_vocabulary, words_of

TWEETS = ["@Ann_1 don't worry, be happy!!!", "I don’t like #mondays :-/ ... ugh ?!?", "happy now"]


def test_words_keep_mentions_apostrophes_and_runs_of_punctuation() -> None:
    words = words_of(learn_vocabulary([normalize(tweet) for tweet in TWEETS], 100, 1))
    assert words[:4] == [PAD, UNKNOWN, "don't", "happy"]
    assert {"@user", "!!!", "...", "?!?", "#", "mondays", ","} < set(words)
    assert not {"don", "don’t", "user", "!"} & set(words)


def test_padding_is_0_an_unknown_word_1_and_rare_words_are_left_out() -> None:
    vocabulary = learn_vocabulary(["b a b c"], 4, 1)
    assert words_of(vocabulary) == [PAD, UNKNOWN, "b", "a"]
    (ids,) = encode(vocabulary, ["a b c zzz"], 48)
    assert ids.tolist() == [3, 2, 1, 1]
    assert words_of(learn_vocabulary(["a b", "a"], 100, 2)) == [PAD, UNKNOWN, "a"]
