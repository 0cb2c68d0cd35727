"""Bundle in, predictions out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.model.bundle import Bundle, BundleError, Label, Manifest
from sentiment.model.encoder import PAD_ID, Encoding, make_encoder
from sentiment.model.tflite import TfliteModel
from sentiment.text import normalize

_BATCH_SIZE = 32
_WIDTH_STEP = 8


@dataclass(frozen=True)
class Prediction:
    """What the model says about one tweet.

    ``probability`` is that of "positive", ``confidence`` that of ``label``; ``certain`` is false
    in the band where the model is not sure, ``truncated`` true if the end of the tweet was not
    read. ``unknown`` is the share of its tokens that the model does not know, 0 to 1. ``logit``
    is the model's raw output.
    """

    label: Label
    probability: float
    confidence: float
    certain: bool
    truncated: bool
    unknown: float
    logit: float


class Classifier:
    """Scores tweets with one bundle. Instances are immutable and may be shared by threads.

    Args:
        bundle: A verified bundle.
        threads: How many threads the model may use for one batch.

    Raises:
        BundleError: The bundle needs something that this app does not have, or its model does
            not answer.
    """

    def __init__(self, bundle: Bundle, threads: int = 1) -> None:
        self._manifest = bundle.manifest
        self._encoder = make_encoder(bundle)
        self._model = TfliteModel(bundle.model, threads)
        self._check_answer()

    @property
    def manifest(self) -> Manifest:
        """The manifest of the bundle that answers."""
        return self._manifest

    def predict(self, text: str) -> Prediction:
        """Return the sentiment of one tweet."""
        return self.predict_batch([text])[0]

    def predict_batch(self, texts: Sequence[str]) -> list[Prediction]:
        """Return the sentiment of each tweet, in order."""
        encoded = [self._encoder.encode(normalize(text)) for text in texts]
        logits = self._logits([encoding.ids for encoding in encoded])
        return [
            self._decide(float(logit), encoding)
            for logit, encoding in zip(logits, encoded, strict=True)
        ]

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the model's raw output, float32 [texts], for evaluation."""
        return self._logits([self._encoder.encode(normalize(text)).ids for text in texts])

    def _logits(self, sequences: list[list[int]]) -> NDArray[np.float32]:
        logits = np.empty(len(sequences), np.float32)
        order = sorted(range(len(sequences)), key=lambda at: len(sequences[at]))
        for start in range(0, len(order), _BATCH_SIZE):
            rows = order[start : start + _BATCH_SIZE]
            logits[rows] = self._model.logits(self._pad([sequences[at] for at in rows]))
        return logits

    def _pad(self, sequences: list[list[int]]) -> NDArray[np.int32]:
        longest = max(1, *map(len, sequences))
        width = self._model.fit_width(-(-longest // _WIDTH_STEP) * _WIDTH_STEP)
        batch = np.full((len(sequences), width), PAD_ID, np.int32)
        for row, ids in zip(batch, sequences, strict=True):
            row[: len(ids)] = ids
        return batch

    def _decide(self, logit: float, encoding: Encoding) -> Prediction:
        decision = self._manifest.decision
        probability = sigmoid(logit / decision.temperature)
        positive = probability >= decision.threshold
        low, high = decision.uncertain
        return Prediction(
            label="positive" if positive else "negative",
            probability=probability,
            confidence=probability if positive else 1.0 - probability,
            certain=not low < probability < high,
            truncated=encoding.truncated,
            unknown=encoding.unknown,
            logit=logit,
        )

    def _check_answer(self) -> None:
        width, most = self._model.largest_width, self._manifest.encoder.max_tokens
        if width is not None and width < most:
            raise BundleError(f"model.tflite reads {width} tokens; the manifest allows {most}.")
        try:
            nothing = self._encoder.encode("")
            logits = self._logits([nothing.ids, [1, self._encoder.largest_id]])
        except (ValueError, RuntimeError, IndexError) as error:
            raise BundleError(f"model.tflite does not answer: {error}") from error
        if not np.isfinite(logits).all():
            raise BundleError("model.tflite answers with a value that is not a number.")


def sigmoid(logit: float) -> float:
    """Return 1 / (1 + exp(-logit)) without overflow."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    odds = math.exp(logit)
    return odds / (1.0 + odds)
