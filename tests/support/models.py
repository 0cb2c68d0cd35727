"""Made-up rows to fit a model on, and a fitted model as the app would serve it."""

from __future__ import annotations

from sentiment.model.bundle import Bundle, Decision
from sentiment.model.classifier import Classifier
from tests.support.tweets import made_up
from training.export import draft_manifest
from training.models.base import ExportedModel
from training.split import LabelledTweet, Split, split_corpus


def split_made_up(count: int) -> Split:
    """Return so many made-up tweets, split."""
    return split_corpus(LabelledTweet(text, label, "") for label, text in made_up(count))


def serve(exported: ExportedModel) -> Classifier:
    """Return a converted model as it would be served, without calibration."""
    decision = Decision(1.0, 0.5, (0.4, 0.6))
    manifest = draft_manifest(exported.model, exported.encoder, "lstm", decision)
    return Classifier(Bundle(manifest, exported.contents()))
