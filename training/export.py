"""From a float model to the contents of a bundle: TFLite, a manifest and a reference.

The converter runs in a process of its own: it may crash, and keeps its memory. The *reference* is
what the shipped model predicts for validation tweets, binned, with which drift is found later.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from operations.statistics import bin_counts
from sentiment.model.bundle import LABELS, NAME, SCHEMA_VERSION, Decision, Encoder, Manifest
from sentiment.model.classifier import Prediction
from sentiment.model.reference import Distribution, Reference

BINS = 10
"""How many bins a distribution has at most."""

_VALUE_DIGITS = 6  # as the events of the app are rounded
_EDGE_DIGITS = 7  # keeps an edge strictly between two such values
_SHARE_DIGITS = 6

_TAIL = 15


class ConversionError(RuntimeError):
    """The TFLite converter failed; the message ends with its own."""


def convert(graph: str, source: Path, *, quantize: bool = True) -> bytes:
    """Return a TFLite model.

    Args:
        graph: ``module:function`` of a function that takes ``source`` and returns a ``tf.Module``
            whose method ``serve`` is a ``tf.function`` with an input signature.
        source: What that function reads the model from.
        quantize: Whether weights become int8, with a scale for each output unit of a matrix; not so
            where a graph brings its own int8 tables.

    Raises:
        ConversionError: The child process failed or wrote nothing.
    """
    with tempfile.TemporaryDirectory(prefix="convert-") as folder:
        target = Path(folder) / "model.tflite"
        child = subprocess.run(
            [sys.executable, "-m", "training.export", graph, source, target, str(quantize)],
            capture_output=True,
            text=True,
            cwd=Path(__file__).resolve().parent.parent,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "KERAS_BACKEND": "tensorflow"},
        )
        if child.returncode != 0 or not target.is_file():
            output = "\n".join(child.stderr.strip().splitlines()[-_TAIL:])
            raise ConversionError(f"The TFLite converter failed ({child.returncode}):\n{output}")
        return target.read_bytes()


def draft_manifest(model: bytes, encoder: Encoder, family: str, decision: Decision) -> Manifest:
    """Return the manifest of a converted model, still without files, metrics and provenance."""
    created = datetime.now(UTC).replace(microsecond=0)
    digest = hashlib.sha256(model).hexdigest()
    return Manifest(
        schema_version=SCHEMA_VERSION,
        name=NAME,
        version=f"{created:%Y%m%dT%H%M%SZ}-{family}-{digest[:8]}",
        family=family,
        created=created.isoformat().replace("+00:00", "Z"),
        labels=LABELS,
        encoder=encoder,
        decision=decision,
        files={},
    )


def make_reference(texts: Sequence[str], predictions: Sequence[Prediction]) -> Reference:
    """Return the reference of a bundle.

    Args:
        texts: As they were written, at least one.
        predictions: The shipped classifier's, of each.
    """
    return Reference(
        rows=len(texts),
        positive=round(
            float(np.mean([prediction.label == "positive" for prediction in predictions])),
            _SHARE_DIGITS,
        ),
        probability=distribute([prediction.probability for prediction in predictions]),
        confidence=distribute([prediction.confidence for prediction in predictions]),
        length=distribute([len(text) for text in texts]),
        unknown_rate=distribute([prediction.unknown for prediction in predictions]),
    )


def distribute(values: Sequence[float]) -> Distribution:
    """Return how values are spread over at most ten bins that hold about as many each.

    Equal values are never parted: a value that more than a tenth of the rows share, such as an
    unknown rate of zero, fills a bin of its own. What is left beyond the last full bin makes a
    bin too, however small it is, and beyond a single value there is an empty one: a rate that was
    always zero and no longer is shall be seen.

    Args:
        values: Finite, at least one.
    """
    rounded = np.asarray(values, np.float64).round(_VALUE_DIGITS)
    distinct, counts = np.unique(rounded, return_counts=True)
    edges = _edges(distinct, counts)
    shares = bin_counts(edges, rounded) / len(rounded)
    return Distribution(
        [float(edge) for edge in edges],
        [round(float(share), _SHARE_DIGITS) for share in shares],
        round(float(rounded.mean()), _VALUE_DIGITS),
    )


def _edges(distinct: NDArray[np.float64], counts: NDArray[np.int64]) -> list[float]:
    full = counts.sum() / BINS
    edges: list[float] = []
    held = 0
    for low, high, count in zip(distinct, distinct[1:], counts, strict=False):
        held += int(count)
        if held >= full:
            edges.append(round(float(low + high) / 2, _EDGE_DIGITS))
            held = 0
    return edges or [_beyond(distinct)]


def _beyond(distinct: NDArray[np.float64]) -> float:
    return round(float(distinct[-1]) + 10.0**-_VALUE_DIGITS / 2, _EDGE_DIGITS)


def _convert_here(graph: str, source: Path, target: Path, quantize: str) -> None:
    import tensorflow as tf

    module_name, function_name = graph.split(":")
    module = getattr(importlib.import_module(module_name), function_name)(source)
    saved = target.parent / "saved_model"
    tf.saved_model.save(module, str(saved), signatures={"serving_default": module.serve})
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if quantize == str(True):
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    target.write_bytes(converter.convert())


if __name__ == "__main__":
    _convert_here(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
