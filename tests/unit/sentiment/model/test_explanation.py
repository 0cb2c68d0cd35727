from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from sentiment.model.explanation import MOST_WORDS, explain, find_words
from sentiment.settings import read_settings


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(read_bundle(read_settings({}).bundle))


def contributions(classifier: Classifier, text: str) -> dict[str, float]:
    return {text[word.start : word.end]: value for word, value in explain(classifier, text)}


def test_discriminative_words_push_in_their_direction(classifier: Classifier) -> None:
    found = contributions(classifier, "my coffee was cold and horrible today")
    assert min(found, key=lambda word: found[word]) == "horrible"
    found = contributions(classifier, "what a wonderful, beautiful morning")
    assert max(found, key=lambda word: found[word]) in {"wonderful", "beautiful"}


def test_offsets_are_those_of_the_text_as_it_was_sent(classifier: Classifier) -> None:
    text = "😍 e\u0301te\u0301 &amp; I LOVE   it :("
    found = contributions(classifier, text)
    assert list(found) == ["😍", "e\u0301te\u0301", "&amp;", "I", "LOVE", "it", ":("]
    assert found["LOVE"] > 0 > found[":("]


def test_a_contribution_is_the_change_of_the_log_odds(classifier: Classifier) -> None:
    (_, first), (_, second) = explain(classifier, "lovely train")
    temperature = classifier.manifest.decision.temperature
    whole, train, lovely = classifier.logits(["lovely train", "train", "lovely"]) / temperature
    assert first == pytest.approx(whole - train, abs=1e-4)
    assert second == pytest.approx(whole - lovely, abs=1e-4)


def test_a_text_without_words_has_no_contributions(classifier: Classifier) -> None:
    assert explain(classifier, "... ,") == []


def test_a_long_text_is_explained_from_its_start(classifier: Classifier) -> None:
    assert len(explain(classifier, "good " * 500)) == MOST_WORDS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I don't like it.", ["I", "don't", "like", "it"]),
        ("great, really great!!", ["great", "really", "great", "!!"]),
        ("love it😍😍 so", ["love", "it", "😍😍", "so"]),
        ("thumbs 👍🏽 up", ["thumbs", "👍🏽", "up"]),
        ("👨‍👩‍👧 at home", ["👨‍👩‍👧", "at", "home"]),
        ("cafe\u0301 e\u0301te\u0301", ["cafe\u0301", "e\u0301te\u0301"]),
        ("@airline thanks #winning", ["@airline", "thanks", "#winning"]),
        ("see https://t.co/x?y=1 now", ["see", "https://t.co/x?y=1", "now"]),
        ("Tom &amp; Jerry &lt;3", ["Tom", "&amp;", "Jerry", "&lt;3"]),
        ("so sad :( ok :-D", ["so", "sad", ":(", "ok", ":-D"]),
        ("what a day:(", ["what", "a", "day", ":("]),
        ("self-made (really?)", ["self-made", "really", "?)"]),
        ("今日は楽しい", ["今日は楽しい"]),
        ("...", []),
        ("", []),
        (" \t\n", []),
    ],
)
def test_words_are_found_where_a_reader_sees_them(text: str, words: list[str]) -> None:
    assert [text[word.start : word.end] for word in find_words(text)] == words


@given(st.text())
def test_words_lie_in_order_inside_the_text_and_hold_no_blank(text: str) -> None:
    end = 0
    for word in find_words(text):
        assert end <= word.start < word.end <= len(text)
        assert not any(character.isspace() for character in text[word.start : word.end])
        end = word.end
