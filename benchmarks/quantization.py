"""What int8 costs a fine-tuned BERT: ``python -m benchmarks.quantization FOLDER --data CSV``.

One scale for each matrix (per tensor) against one for each of its output units (per channel), on
the validation rows: the decision must not look at test rows. Also tells whether the predecessor of
the deployed runtime, ``tflite-runtime``, loads each.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.record import record
from sentiment.model.bundle import Bundle
from sentiment.model.classifier import Classifier
from sentiment.model.tflite import TfliteModel
from tests.support.pythons import ROOT, environment, find_python
from training.calibration import decide
from training.data import read_corpus
from training.export import Quantization
from training.gate import measure_parity
from training.metrics import evaluate
from training.models import bert
from training.split import Rows, split_corpus
from training.train import draft_manifest

TOKENS = 24
_RUNS = 100
_OLD_RUNTIME = "tflite-runtime==2.14.0"
_OLD_PYTHON = "3.11"
_CHILD = """
import json, statistics, sys, time
import numpy as np
from tflite_runtime.interpreter import Interpreter
try:
    interpreter = Interpreter(sys.argv[1], num_threads=1)
    interpreter.resize_tensor_input(0, [1, int(sys.argv[2])])
    interpreter.allocate_tensors()
except (RuntimeError, ValueError) as error:
    print(json.dumps({"loads": False, "reason": str(error).splitlines()[0]}))
    sys.exit()
times = []
for _ in range(20):
    started = time.perf_counter()
    interpreter.set_tensor(0, np.full((1, int(sys.argv[2])), 5, np.int32))
    interpreter.invoke()
    times.append((time.perf_counter() - started) * 1000)
print(json.dumps({"loads": True, "milliseconds": round(statistics.median(times), 2)}))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a model as BERT's `save` wrote it")
    parser.add_argument("--data", type=Path, required=True, help="the corpus it was trained on")
    parser.add_argument("--rows", type=int, help="validation rows (default: all)")
    options = parser.parse_args()
    model = bert.load(options.folder)
    rows = split_corpus(read_corpus(options.data)).validation.head(options.rows)
    parent = model.logits(rows.texts)
    forms = {
        kind.value: measure(model, kind, rows, parent)
        for kind in (Quantization.PER_CHANNEL, Quantization.PER_TENSOR)
    }
    scores = evaluate(rows.labels, parent)
    float_form = {"accuracy": scores["accuracy"], "roc_auc": scores["roc_auc"]}
    figures = {"rows": len(rows), "float": float_form, "forms": forms}
    record("quantization", {**figures, "tokens": TOKENS, "chosen": Quantization.DEFAULT.value})


def measure(
    model: bert.BertModel, kind: Quantization, rows: Rows, parent: NDArray[np.float32]
) -> dict[str, Any]:
    """Return the size, the accuracy and the speed of one form, beside its float parent."""
    export = model.export(kind)
    manifest = draft_manifest(export, model.family, decide(rows.labels, parent))
    logits = Classifier(Bundle(manifest, export.contents())).logits(rows.texts)
    scores = evaluate(rows.labels, logits)
    return {
        "bytes": len(export.model),
        "labels_changed": round(measure_parity(rows.labels, parent, logits).labels_changed, 5),
        "accuracy": scores["accuracy"],
        "roc_auc": scores["roc_auc"],
        "milliseconds": one_tweet_milliseconds(TfliteModel(export.model)),
        "tflite_runtime": ask_old_runtime(export.model),
    }


def one_tweet_milliseconds(model: TfliteModel) -> float:
    """Return the median time for one tweet of ``TOKENS`` tokens on one thread."""
    token_ids = np.full((1, TOKENS), 5, np.int32)
    durations = []
    for _ in range(_RUNS):
        started = time.perf_counter()
        model.logits(token_ids)
        durations.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(durations), 2)


def ask_old_runtime(content: bytes) -> dict[str, Any]:
    """Return whether ``tflite-runtime`` loads a model, and its median time or its reason."""
    interpreter = find_python(_OLD_PYTHON)
    if interpreter is None:
        return {"reason": f"no Python {_OLD_PYTHON} found"}
    python = environment("tflite-runtime-alone", interpreter, [_OLD_RUNTIME, "numpy<2"])
    with tempfile.NamedTemporaryFile(suffix=".tflite") as file:
        file.write(content)
        file.flush()
        child = subprocess.run(
            [python, "-c", _CHILD, file.name, str(TOKENS)],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
    answer: dict[str, Any] = json.loads(child.stdout)
    return answer


if __name__ == "__main__":
    main()
