"""The shipped bundle as an MLflow model. MLflow runs this file to load it: no pickle is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from sentiment.bundle import read_bundle
from sentiment.classifier import Classifier
from training.tracking.texts import texts_of

BUNDLE = "bundle"


class Champion(PythonModel):
    """Answers as the app does, with the bundle among the model's artifacts."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read and verify the bundle."""
        self._classifier = Classifier(read_bundle(Path(context.artifacts[BUNDLE])))

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> pd.DataFrame:
        """Return the sentiment of each tweet.

        Args:
            context: Unused.
            model_input: The texts, in one column called ``text``; MLflow makes it from a list.
            params: Unused.

        Returns:
            ``label``, ``probability`` (of "positive") and ``certain``, with the index of the input.

        Raises:
            ValueError: The first column has another name, or a text is not a string.
        """
        answers = self._classifier.predict_batch(texts_of(model_input))
        columns = ("label", "probability", "certain")
        found = {name: [getattr(answer, name) for answer in answers] for name in columns}
        return pd.DataFrame(found, index=model_input.index)


set_model(Champion())
