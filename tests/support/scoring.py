"""A run with a model that answers at once, and differently if its batch were another."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from operations.scoring.progress import Progress
from operations.scoring.run import Job, Outcome, Run
from sentiment.model.bundle import read_manifest
from sentiment.model.classifier import Prediction
from sentiment.settings import read_settings


class QuickClassifier:
    """Answers from the text and its whole batch, so that windows cut otherwise are noticed."""

    def __init__(self, version: str = "") -> None:
        import msgspec

        manifest = read_manifest(read_settings({}).bundle)
        self.manifest = msgspec.structs.replace(manifest, version=version or manifest.version)
        self.batches: list[int] = []

    def predict_batch(self, texts: Sequence[str]) -> list[Prediction]:
        self.batches.append(len(texts))
        whole = sum(map(len, texts))
        return [self._predict(text, whole) for text in texts]

    def _predict(self, text: str, whole: int) -> Prediction:
        probability = ((len(text) * 7919 + whole) % 100_003) / 100_003
        positive = probability >= 0.5
        return Prediction(
            label="positive" if positive else "negative",
            probability=probability,
            confidence=max(probability, 1 - probability),
            certain=abs(probability - 0.5) > 0.2,
            truncated=False,
            unknown=0.0,
            logit=0.0,
        )


class Interrupted(QuickClassifier):
    """Stops the run at its fourth window."""

    def predict_batch(self, texts: Sequence[str]) -> list[Prediction]:
        if len(self.batches) == 3:
            raise KeyboardInterrupt
        return super().predict_batch(texts)


def score(source: Path, output: Path, classifier: Any = None, **options: Any) -> Outcome:
    """Score a file as the command does, without a report."""
    job = Job(source, output, **options)
    with Run(job, classifier or QuickClassifier(), Progress(quiet=True)) as run:
        outcome = run.score()
        run.forget()
    return outcome
