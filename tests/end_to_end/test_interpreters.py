"""The served code under every Python that it promises to work on."""

from __future__ import annotations

import itertools
import json
import subprocess
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from tests.support.pythons import environment, require_python
from training.gate import MAX_LABELS_CHANGED

ROOT = Path(__file__).resolve().parents[2]
CORE = ("tests/app/test_contract.py", "tests/sentiment/test_bundle.py",
        "tests/sentiment/test_classifier.py", "tests/sentiment/test_text.py")  # fmt: skip
SERVED = (
    "tests/sentiment",
    "--ignore=tests/sentiment/bulk",  # which is not served
    "--ignore=tests/sentiment/contract",  # needs tools, and differs on no Python
    "tests/app/test_contract.py",
    "tests/app/test_failures.py",
)
TOOLS = ("hypothesis", "pytest==9.2.0", "pytest-timeout==2.4.0", "simplemma==2.0.0",
         "tokenizers==0.23.3")  # fmt: skip


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("version", "tests"),
    [pytest.param("3.12", CORE, id="3.12"), pytest.param("3.13", SERVED, id="3.13-of-the-cloud")],
)
def test_the_served_code_passes_its_tests(version: str, tests: Sequence[str]) -> None:
    run(version, "-m", "pytest", *tests, "-p", "no:cacheprovider")


@pytest.mark.timeout(900)
def test_the_interpreter_of_the_cloud_answers_as_that_of_training_does() -> None:
    """The export gate runs with the interpreter of this Python, and the cloud has a later one."""
    openings = ("the food was", "my flight is", "honestly that film is", "@user your app is")
    middles = ("so", "not", "really", "kind of", "never", "just")
    ends = ("good", "awful :(", "great!!", "late again", "fine", "sad", "on thursday", "😍", "bad")
    texts = [" ".join(parts) for parts in itertools.product(openings, middles, ends)]
    script = """
        import json, sys
        from pathlib import Path
        from sentiment.model.bundle import read_bundle
        from sentiment.model.classifier import Classifier
        texts = json.loads(sys.argv[1])
        classifier = Classifier(read_bundle(Path("model_artifacts")))
        print(json.dumps(classifier.logits(texts).tolist()))
    """
    there = np.array(json.loads(run("3.13", "-c", textwrap.dedent(script), json.dumps(texts))))
    here = Classifier(read_bundle(ROOT / "model_artifacts")).logits(texts)
    assert np.abs(there - here).max() < 0.1 * here.std()
    assert ((there >= 0) != (here >= 0)).mean() <= MAX_LABELS_CHANGED


def run(version: str, *arguments: str) -> str:
    """Run another Python with what is deployed on it; return what it printed."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    requirements = [line for line in lines if line and not line.startswith("#")]
    python = environment(f"served-{version}", require_python(version), [*requirements, *TOOLS])
    done = subprocess.run([python, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    return done.stdout
