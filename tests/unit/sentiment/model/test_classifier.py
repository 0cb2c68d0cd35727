from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest

from sentiment.model.bundle import Bundle, BundleError, Decision, Encoder, read_bundle
from sentiment.model.classifier import Classifier, sigmoid
from sentiment.settings import read_settings

TEXTS = [f"{word} {'very ' * count}much" for word in ("love", "hate", "eh") for count in range(30)]

# Padding changes the order in which numbers are added up, and rounding to int8 makes more of it.
TOLERANCE = 0.03


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_bundle(read_settings({}).bundle)


@pytest.fixture(scope="module")
def classifier(bundle: Bundle) -> Classifier:
    return Classifier(bundle)


def changed(bundle: Bundle, **changes: object) -> Bundle:
    return Bundle(msgspec.structs.replace(bundle.manifest, **changes), bundle.contents)


def test_a_batch_gives_what_single_calls_give(classifier: Classifier) -> None:
    alone = [classifier.predict(text).logit for text in TEXTS]
    together = [prediction.logit for prediction in classifier.predict_batch(TEXTS)]
    assert together == pytest.approx(alone, abs=TOLERANCE)
    assert classifier.logits(TEXTS) == pytest.approx(np.array(alone), abs=TOLERANCE)


def test_no_texts_give_no_predictions(classifier: Classifier) -> None:
    assert classifier.predict_batch([]) == []


def test_the_decision_turns_a_logit_into_an_answer(bundle: Bundle) -> None:
    logit = Classifier(bundle).predict("love it").logit
    assert logit > 0
    strict = Classifier(changed(bundle, decision=Decision(2.0, 0.9999, (0.0, 1.0))))
    answer = strict.predict("love it")
    assert answer.probability == pytest.approx(1 / (1 + np.exp(-logit / 2)))
    assert (answer.label, answer.certain) == ("negative", False)
    assert answer.confidence == pytest.approx(1 - answer.probability)


def test_a_text_longer_than_the_model_reads_is_marked(bundle: Bundle) -> None:
    short = msgspec.structs.replace(bundle.manifest.encoder, max_tokens=3)
    classifier = Classifier(changed(bundle, encoder=short))
    assert classifier.predict("i love this very good day").truncated
    assert not classifier.predict("love").truncated


@pytest.mark.parametrize(
    ("encoder", "reason"),
    [
        (Encoder("runes", "ngrams.txt", 8, "tweet-1"), "encoder of type 'runes'"),
        (Encoder("ngrams", "ngrams.txt", 8, "tweet-99"), "normaliser 'tweet-99'"),
        (Encoder("ngrams", "ngrams.txt", 8, "tweet-1", {"words": "x"}), "malformed"),
    ],
)
def test_what_this_app_cannot_encode_is_refused(
    bundle: Bundle, encoder: Encoder, reason: str
) -> None:
    contents = {**bundle.contents, "ngrams.txt": b"a"}
    manifest = msgspec.structs.replace(bundle.manifest, encoder=encoder)
    with pytest.raises(BundleError, match=reason):
        Classifier(Bundle(manifest, contents))


def test_a_vocabulary_larger_than_the_models_tables_is_refused(bundle: Bundle) -> None:
    name = bundle.manifest.encoder.file
    described = json.loads(bundle.contents[name])
    vocabulary = described["model"]["vocab"]
    vocabulary["qwertz"] = len(vocabulary)
    contents = {**bundle.contents, name: json.dumps(described).encode()}
    with pytest.raises(BundleError, match="does not answer"):
        Classifier(Bundle(bundle.manifest, contents))


@pytest.mark.parametrize("logit", [-1000.0, -1.0, 0.0, 1.0, 1000.0])
def test_the_sigmoid_never_overflows(logit: float) -> None:
    assert sigmoid(logit) + sigmoid(-logit) == pytest.approx(1)
