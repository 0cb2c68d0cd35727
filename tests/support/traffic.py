"""Made-up traffic: what a model says of tweets, as predictions and as events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from operations.events import Observed
from sentiment.model.bundle import SCHEMA_VERSION, read_manifest, write_bundle
from sentiment.model.classifier import Prediction
from sentiment.model.reference import Reference
from sentiment.telemetry.events import FeedbackEvent, PredictionEvent
from sentiment.telemetry.sink import JsonLinesSink
from tests.support.run_records import make_manifest, make_run, make_set
from training.evaluate import make_reference

VERSION = "20260102T030405Z-logistic-0123abcd"


@dataclass(frozen=True)
class Traffic:
    """How tweets and answers are spread; a change of one value is a drift of one measure."""

    positive: float = 0.5
    sureness: float = 2.0
    length: float = 70.0
    unknown: float = 0.05

    def draw(self, count: int, seed: int) -> tuple[list[int], list[Prediction]]:
        """Return the lengths of tweets and what the model says of them."""
        random = np.random.default_rng(seed)
        positive = random.random(count) < self.positive
        confidence = 0.5 + 0.5 * random.beta(self.sureness, 1.5, count)
        lengths = np.clip(random.gamma(4.0, self.length / 4, count), 2, 4000).astype(int)
        words = random.integers(3, 25, count)
        unknown = random.binomial(words, self.unknown) / words
        said = [
            Prediction(
                label="positive" if is_positive else "negative",
                probability=float(sure if is_positive else 1 - sure),
                confidence=float(sure),
                certain=True,
                truncated=False,
                unknown=float(rate),
                logit=0.0,
            )
            for is_positive, sure, rate in zip(positive, confidence, unknown, strict=True)
        ]
        return lengths.tolist(), said


USUAL = Traffic()


def reference_of(traffic: Traffic = USUAL, rows: int = 5000) -> Reference:
    lengths, said = traffic.draw(rows, seed=99)
    return make_reference(["x" * length for length in lengths], said)


def observed_of(traffic: Traffic, count: int, seed: int) -> Observed:
    """Return what drift sees of traffic, without the way over files."""
    lengths, said = traffic.draw(count, seed)
    predictions = [
        PredictionEvent(
            label=each.label,
            probability=each.probability,
            confidence=each.confidence,
            length=length,
            unknown_rate=each.unknown,
            model_version=VERSION,
        )
        for length, each in zip(lengths, said, strict=True)
    ]
    return Observed(predictions)


def write_bundle_with(folder: Path, reference: Reference | None) -> Path:
    """Write a bundle whose model nobody will run."""
    manifest = make_manifest(make_run("logistic", make_set()))
    if reference is not None:
        manifest = msgspec.structs.replace(
            manifest, reference=reference, schema_version=SCHEMA_VERSION
        )
    write_bundle(folder, manifest, {"model.tflite": b"model", "ngrams.txt": b"ngrams"})
    assert read_manifest(folder).version == VERSION
    return folder


def send_predictions(
    folder: Path, traffic: Traffic, count: int, seed: int = 0, version: str = VERSION
) -> None:
    """Emit the events of traffic as the service does; a test compares their fields with its."""
    sink = JsonLinesSink(folder)
    for length, said in zip(*traffic.draw(count, seed), strict=True):
        sink.emit(
            PredictionEvent(
                label=said.label,
                probability=round(said.probability, 6),
                confidence=round(said.confidence, 6),
                certain=said.certain,
                length=length,
                unknown_rate=round(said.unknown, 6),
                duration_ms=0.412,
                model_version=version,
                text_hash="00" * 16,
            )
        )


def send_feedback(
    folder: Path, verdicts: Sequence[str], version: str = VERSION, first: int = 0
) -> None:
    """Emit one feedback for each verdict; their ids count up from ``first``."""
    sink = JsonLinesSink(folder)
    for number, verdict in enumerate(verdicts, start=first):
        sink.emit(
            FeedbackEvent(
                feedback_id=f"feedback-{number}",
                verdict=verdict,
                outcome="created",
                given_at="2026-01-02T03:04:05+00:00",
                predicted_label="positive",
                model_version=version,
            )
        )
