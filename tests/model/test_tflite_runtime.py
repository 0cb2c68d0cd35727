"""Bundles under ``tflite-runtime``, the predecessor of the runtime that is deployed.

It serves the logistic family as the deployed runtime does. Neural models have one scale for each
output unit, which it cannot load: it must say so, and what to install.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from tests.support.pythons import ROOT, environment, require_python
from tests.support.tweets import made_up, write_csv
from training.models import logistic
from training.train import TrainingConfig, train

PYTHON = "3.11"
# Both runtimes sum the same float32 numbers, in another order: on 8,000 tweets with logits from
# -8 to 8 the largest difference was 9.5e-7, two units in the last place. Ten times that leaves
# room for other processors, and is still far below anything a user could notice.
TOLERANCE = 1e-5
SCRIPT = """
import importlib.util, json, sys
from pathlib import Path

import numpy

from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier

texts = json.load(sys.stdin)
classifier = Classifier(read_bundle(Path(sys.argv[1])))
predictions = classifier.predict_batch(texts)
answer = {
    "python": sys.version,
    "numpy": numpy.__version__,
    "tflite_runtime_loaded": "tflite_runtime.interpreter" in sys.modules,
    "litert_installed": importlib.util.find_spec("ai_edge_litert") is not None,
    "single": [classifier.predict(text).logit for text in texts],
    "batch": [prediction.logit for prediction in predictions],
    "labels": [prediction.label for prediction in predictions],
    "truncated": [prediction.truncated for prediction in predictions],
}
json.dump(answer, sys.stdout)
"""
REFUSAL = """
import sys
from pathlib import Path

from sentiment.model.bundle import BundleError, read_bundle
from sentiment.model.tflite import TfliteModel

try:
    TfliteModel(read_bundle(Path(sys.argv[1])).model)
except BundleError as error:
    print(error)
"""
TEXTS = [
    "I love this phone, it is awesome",
    "this is the worst day, i hate everything",
    "not bad at all",
    "I don't like it",
    "meh",
    "a",
    "?",
    " ",
    "",
    "\x00",
    "\ufeff\u200b",
    "zzzzqqqq xxyyzz",
    "@someone @other thanks for the follow!",
    "see https://example.com/a?b=c and www.example.com",
    "Tom &amp; Jerry &lt;3 &quot;again&quot;",
    "sooooooo coooool!!!!!!",
    "WHY IS MY TRAIN LATE AGAIN???",
    "so happy :) :-D ;)",
    "so sad :( :'(",
    "😍😍😍",
    "👍🏽👎🏿 👨‍👩‍👧‍👦 🇩🇪",
    "أحب هذا الهاتف كثيرا",
    "אני שונא את זה",
    "love \u202eמעורב\u202c mixed directions",
    "今日はとても楽しかった",
    "čeština, Ελληνικά, Türkçe",
    "e\u0301t\u00e9 \ufb01ne \uff47\uff4f\uff4f\uff44",
    "tabs\tand\nnew lines\r\n everywhere",
    "happy " * 600,
    "I hate mondays but love fridays " * 125,
    " ".join(f"word{number} good bad" for number in range(250)),
    "!?#$%&'()*+,-./ 0123456789",
]

pytestmark = pytest.mark.needs(f"Python {PYTHON}")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A logistic bundle of its own."""
    folder = tmp_path_factory.mktemp("logistic")
    config = TrainingConfig(
        logistic.FAMILY,
        logistic.LogisticParameters(),
        [write_csv(folder / "tweets.csv", made_up(3000))],
        folder / "bundle",
        name="logistic",
        records=folder / "runs",
        home=folder,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SENTIMENT_HOME", str(folder))  # where MLflow's store is
        train(config)
    return folder / "bundle"


@pytest.fixture(scope="module")
def python() -> Path:
    """An environment of its own, without ai-edge-litert."""
    deployed = (ROOT / "requirements.txt").read_text().splitlines()
    msgspec = next(line for line in deployed if line.startswith("msgspec=="))
    return environment(
        "tflite-runtime", require_python(PYTHON), ["tflite-runtime==2.14.0", "numpy<2", msgspec]
    )


@pytest.fixture(scope="module")
def answer(python: Path, bundle: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(python, SCRIPT, bundle))
    return found


def run(python: Path, script: str, bundle: Path) -> str:
    done = subprocess.run(
        [python, "-c", script, bundle],
        cwd=ROOT,
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def classifier(bundle: Path) -> Classifier:
    classifier = Classifier(read_bundle(bundle))
    assert "ai_edge_litert.interpreter" in sys.modules
    return classifier


def test_the_shipped_model_is_refused_with_the_package_that_is_needed(python: Path) -> None:
    told = run(python, REFUSAL, ROOT / "model_artifacts")
    assert "model.tflite cannot be loaded" in told
    assert "FULLY_CONNECTED" in told
    assert "pip install ai-edge-litert" in told


def test_it_was_tflite_runtime_that_answered(answer: dict[str, Any]) -> None:
    assert answer["python"].startswith(f"{PYTHON}.")
    assert answer["numpy"].startswith("1.")
    assert answer["tflite_runtime_loaded"]
    assert not answer["litert_installed"]


@pytest.mark.parametrize("way", ["single", "batch"])
def test_both_runtimes_give_the_same_logits(
    answer: dict[str, Any], classifier: Classifier, way: str
) -> None:
    if way == "single":
        expected = [classifier.predict(text).logit for text in TEXTS]
    else:
        expected = [prediction.logit for prediction in classifier.predict_batch(TEXTS)]
    assert np.ptp(expected) > 1, "The texts must not all be alike to the model."
    np.testing.assert_allclose(answer[way], expected, rtol=0, atol=TOLERANCE)


def test_both_runtimes_give_the_same_answers(
    answer: dict[str, Any], classifier: Classifier
) -> None:
    expected = classifier.predict_batch(TEXTS)
    assert answer["labels"] == [prediction.label for prediction in expected]
    assert answer["truncated"] == [prediction.truncated for prediction in expected]
    assert set(answer["labels"]) == {"negative", "positive"}
