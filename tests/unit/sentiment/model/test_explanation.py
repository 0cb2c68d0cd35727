from __future__ import annotations

import pytest
from sentiment.model.words import Span

from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from sentiment.model.explanation import MOST_WORDS, explain, without
from sentiment.settings import read_settings


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(read_bundle(read_settings({}).bundle))


def told(classifier: Classifier, text: str) -> dict[str, float]:
    return {text[each.start : each.end]: each.value for each in explain(classifier, text)}


def test_telling_words_push_in_their_direction(classifier: Classifier) -> None:
    found = told(classifier, "my coffee was cold and horrible today")
    assert min(found, key=lambda word: found[word]) == "horrible"
    found = told(classifier, "what a wonderful, beautiful morning")
    assert max(found, key=lambda word: found[word]) in {"wonderful", "beautiful"}


def test_offsets_are_those_of_the_text_as_it_was_sent(classifier: Classifier) -> None:
    text = "😍 e\u0301te\u0301 &amp; I LOVE   it :("
    found = told(classifier, text)
    assert list(found) == ["😍", "e\u0301te\u0301", "&amp;", "I", "LOVE", "it", ":("]
    assert found["LOVE"] > 0 > found[":("]


def test_a_contribution_is_the_change_of_the_log_odds(classifier: Classifier) -> None:
    first, second = explain(classifier, "lovely train")
    temperature = classifier.manifest.decision.temperature
    whole, train, lovely = classifier.logits(["lovely train", "train", "lovely"]) / temperature
    assert first.value == pytest.approx(whole - train, abs=1e-4)
    assert second.value == pytest.approx(whole - lovely, abs=1e-4)


def test_a_text_without_words_has_no_contributions(classifier: Classifier) -> None:
    assert explain(classifier, "... ,") == []


def test_a_long_text_is_explained_from_its_start(classifier: Classifier) -> None:
    assert len(explain(classifier, "good " * 500)) == MOST_WORDS


def test_left_out_words_leave_the_rest() -> None:
    assert without("a bb c", [Span(2, 4), Span(0, 1)]).split() == ["c"]
    assert without("a", []) == "a"
