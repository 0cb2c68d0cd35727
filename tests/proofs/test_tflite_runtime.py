"""Bundles under ``tflite-runtime``, the predecessor of the runtime that is deployed.

It serves the logistic family as the deployed runtime does. Neural models have one scale for each
output unit, which it cannot load: it must say so, and what to install.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment.model.bundle import write_bundle
from sentiment.model.classifier import Classifier
from tests.support.bundles import bundle_of
from tests.support.pythons import ROOT, environment, require_python
from tests.support.tweets import made_up
from training.models import logistic
from training.models.base import TrainingTask
from training.split import LabelledTweet, split_corpus

PYTHON = "3.11"
# Both runtimes sum the same float32 numbers, in another order: on 8,000 tweets with logits from
# -8 to 8 the largest difference was 9.5e-7, two units in the last place. Ten times that leaves
# room for other processors, and is still far below anything a user could notice.
TOLERANCE = 1e-5
SCRIPT = """
import importlib.util, json, sys
from pathlib import Path

from sentiment.model.bundle import BundleError, read_bundle
from sentiment.model.classifier import Classifier
from sentiment.model.tflite import TfliteModel

classifier = Classifier(read_bundle(Path(sys.argv[1])))
assert "tflite_runtime.interpreter" in sys.modules
assert importlib.util.find_spec("ai_edge_litert") is None
try:
    TfliteModel(read_bundle(Path(sys.argv[2])).model)
except BundleError as error:
    refusal = str(error)
print(json.dumps({"refusal": refusal, "logits": classifier.logits(json.load(sys.stdin)).tolist()}))
"""
TEXTS = [
    "I love this phone, it is awesome",
    "this is the worst day, i hate everything",
    "",
    "\x00",
    "@someone see https://example.com/a?b=c &lt;3",
    "sooooooo coooool!!!!!!",
    "😍😍😍 👨‍👩‍👧‍👦 أحب هذا e\u0301t\u00e9",
    "happy " * 600,
]

pytestmark = pytest.mark.proof


def test_it_serves_the_logistic_family_and_refuses_the_model_that_ships(tmp_path: Path) -> None:
    split = split_corpus(LabelledTweet(text, label, "") for label, text in made_up(3000))
    task = TrainingTask(split.training, split.validation)
    bundle = bundle_of(logistic.fit(task, logistic.LogisticParameters()).export())
    write_bundle(tmp_path / "logistic", bundle.manifest, bundle.contents)
    deployed = (ROOT / "requirements.txt").read_text().splitlines()
    msgspec = next(line for line in deployed if line.startswith("msgspec=="))
    requirements = ["tflite-runtime==2.14.0", "numpy<2", msgspec]
    python = environment("tflite-runtime", require_python(PYTHON), requirements)
    done = subprocess.run(
        [python, "-c", SCRIPT, tmp_path / "logistic", ROOT / "model_artifacts"],
        cwd=ROOT, input=json.dumps(TEXTS), capture_output=True, text=True, check=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    expected = Classifier(bundle).logits(TEXTS)
    assert np.ptp(expected) > 1, "The texts must not all be alike to the model."
    np.testing.assert_allclose(answer["logits"], expected, rtol=0, atol=TOLERANCE)
    for said in ("model.tflite cannot be loaded", "FULLY_CONNECTED", "pip install ai-edge-litert"):
        assert said in answer["refusal"]
