"""A float model as an MLflow model. MLflow runs this file to load it: no pickle is kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModelContext

from sentiment.model.bundle import LABELS
from sentiment.text import normalize
from training.models.catalog import FAMILIES
from training.tracking.pyfunc import FILES_FOLDER
from training.tracking.text_model import TextModel


class FloatModel(TextModel):
    """Answers as the fitted model did before it was converted."""

    def load_context(self, context: PythonModelContext) -> None:
        """Read the model's own files."""
        family = FAMILIES[context.model_config["family"]]
        self._model = family.load(Path(context.artifacts[FILES_FOLDER]))

    def answer(self, texts: list[str]) -> Mapping[str, Any]:
        """Return ``label`` and ``logit`` (of "positive", not calibrated)."""
        logits = self._model.logits([normalize(text) for text in texts])
        return {"label": [LABELS[int(logit >= 0)] for logit in logits], "logit": logits}


set_model(FloatModel())
