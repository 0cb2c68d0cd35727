"""A float model as an MLflow model. MLflow runs this file to load it: no pickle is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from sentiment.bundle import LABELS
from sentiment.text import normalize
from training.families.catalog import FAMILIES
from training.tracking.pyfunc import FILES_FOLDER
from training.tracking.texts import texts_of


class FloatModel(PythonModel):
    """Answers as the fitted model did before it was converted."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the model's own files."""
        family = FAMILIES[context.model_config["family"]]
        self._model = family.load(Path(context.artifacts[FILES_FOLDER]))

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
            ``label`` and ``logit`` (of "positive", not calibrated), with the index of the input.

        Raises:
            ValueError: The first column has another name, or a text is not a string.
        """
        logits = self._model.logits([normalize(text) for text in texts_of(model_input)])
        labels = [LABELS[int(logit >= 0)] for logit in logits]
        return pd.DataFrame({"label": labels, "logit": logits}, index=model_input.index)


set_model(FloatModel())
