"""From a float model to TFLite, in a process of its own: the converter may crash.

What is imported here is packed with every float model that MLflow keeps, so it must be light.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sentiment.model.bundle import LABELS, NAME, SCHEMA_VERSION, Decision, Encoder, Manifest

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
