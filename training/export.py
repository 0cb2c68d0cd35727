"""From a float model to TFLite, in a process of its own: the converter may crash."""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sentiment.model.bundle import LABELS, NAME, SCHEMA_VERSION, Decision, Manifest
from training.models.base import ExportedModel

_TAIL = 15


class Quantization(StrEnum):
    """What the converter makes of float32 weights."""

    NONE = "none"
    PER_TENSOR = "per-tensor"
    PER_CHANNEL = "per-channel"
    DEFAULT = PER_CHANNEL


class ConversionError(RuntimeError):
    """The TFLite converter failed; the message ends with its own."""


def convert(graph: str, source: Path, quantization: Quantization) -> bytes:
    """Return a TFLite model.

    Args:
        graph: ``module:function`` of a function that takes ``source`` and returns a ``tf.Module``
            whose method ``serve`` is a ``tf.function`` with an input signature.
        source: What that function reads the model from.
        quantization: To int8 with one scale for each matrix (``PER_TENSOR``) or for each of its
            output units (``PER_CHANNEL``), or not at all, of a graph that brings its own int8
            tables (``NONE``).

    Raises:
        ConversionError: The child process failed or wrote nothing.
    """
    with tempfile.TemporaryDirectory(prefix="convert-") as folder:
        target = Path(folder) / "model.tflite"
        child = subprocess.run(
            [sys.executable, "-m", "training.export", graph, source, target, quantization],
            capture_output=True,
            text=True,
            cwd=Path(__file__).resolve().parent.parent,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2", "KERAS_BACKEND": "tensorflow"},
        )
        if child.returncode != 0 or not target.is_file():
            output = "\n".join(child.stderr.strip().splitlines()[-_TAIL:])
            raise ConversionError(f"The TFLite converter failed ({child.returncode}):\n{output}")
        return target.read_bytes()


def draft_manifest(exported: ExportedModel, family: str, decision: Decision) -> Manifest:
    """Return the manifest of a converted model, still without files, metrics and provenance."""
    created = datetime.now(UTC).replace(microsecond=0)
    digest = hashlib.sha256(exported.model).hexdigest()
    return Manifest(
        schema_version=SCHEMA_VERSION,
        name=NAME,
        version=f"{created:%Y%m%dT%H%M%SZ}-{family}-{digest[:8]}",
        family=family,
        created=created.isoformat().replace("+00:00", "Z"),
        labels=LABELS,
        encoder=exported.encoder,
        decision=decision,
        files={},
    )


def _convert_here(graph: str, source: Path, target: Path, quantization: Quantization) -> None:
    import tensorflow as tf

    module_name, function_name = graph.split(":")
    module = getattr(importlib.import_module(module_name), function_name)(source)
    saved = target.parent / "saved_model"
    tf.saved_model.save(module, str(saved), signatures={"serving_default": module.serve})
    converter = tf.lite.TFLiteConverter.from_saved_model(str(saved))
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    _set_quantization(converter, tf.lite.Optimize.DEFAULT, quantization)
    target.write_bytes(converter.convert())


def _set_quantization(converter: Any, default: Any, quantization: Quantization) -> None:
    if quantization == Quantization.NONE:
        return
    converter.optimizations = [default]
    name = "_experimental_disable_per_channel_quantization_for_dense_layers"
    if not hasattr(converter, name):  # else setting it would do nothing, silently
        raise AttributeError(f"This TensorFlow's converter has no {name}.")
    setattr(converter, name, quantization == Quantization.PER_TENSOR)


if __name__ == "__main__":
    _convert_here(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), Quantization(sys.argv[4]))
