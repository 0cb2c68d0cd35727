"""The shipped bundle as an MLflow model. MLflow runs this file to load it: no pickle is kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModelContext

from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from training.tracking.text_model import TextModel

BUNDLE = "bundle"


class Champion(TextModel):
    """Answers as the app does, with the bundle among the model's artifacts."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read and verify the bundle."""
        self._classifier = Classifier(read_bundle(Path(context.artifacts[BUNDLE])))

    def answer(self, texts: list[str]) -> Mapping[str, Any]:
        """Return ``label``, ``probability`` (of "positive") and ``certain``."""
        answers = self._classifier.predict_batch(texts)
        columns = ("label", "probability", "certain")
        return {name: [getattr(answer, name) for answer in answers] for name in columns}


set_model(Champion())
