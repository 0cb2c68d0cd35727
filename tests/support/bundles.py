"""Bundles of models that a test trained, of the one that ships, and their classifiers."""

from __future__ import annotations

from sentiment.model.bundle import LABELS, NAME, SCHEMA_VERSION, Bundle, Decision, Manifest
from sentiment.model.classifier import Classifier
from training.models.base import ExportedModel


def bundle_of(export: ExportedModel) -> Bundle:
    """Return a bundle of a converted model."""
    decision = Decision(1.0, 0.5, (0.4, 0.6))
    manifest = Manifest(
        SCHEMA_VERSION, NAME, "1", "made up", "", LABELS, export.encoder, decision, files={}
    )
    return Bundle(manifest, export.contents())


def serve(export: ExportedModel) -> Classifier:
    """Return a converted model as the app would serve it."""
    return Classifier(bundle_of(export))
