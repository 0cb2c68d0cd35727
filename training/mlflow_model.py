"""The code of the MLflow models: MLflow runs this file to load one, so no pickle is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from sentiment.model.bundle import LABELS, read_bundle
from sentiment.model.classifier import Classifier
from sentiment.text import normalize

Answer = Callable[[list[str]], Mapping[str, Any]]
"""Returns the columns of the answers, each with one value a text."""


class TextModel(PythonModel):
    """Answers texts: with the bundle among its artifacts as the app does, or else with the float
    model as it did before its conversion.
    """

    def load_context(self, context: PythonModelContext) -> None:
        """Read the model's files."""
        artifacts = context.artifacts
        self._answer = (
            _load_bundle(Path(artifacts["bundle"]))
            if "bundle" in artifacts
            else _load_float_model(Path(artifacts["model"]), context.model_config["family"])
        )

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
            ``label``, and of a bundle ``probability`` (of "positive") and ``certain``, of a float
            model ``logit`` (of "positive", not calibrated), with the index of the input.

        Raises:
            ValueError: The first column has another name, or a text is not a string.
        """
        return pd.DataFrame(self._answer(_texts(model_input)), index=model_input.index)


def _load_bundle(folder: Path) -> Answer:
    classifier = Classifier(read_bundle(folder))

    def answer(texts: list[str]) -> Mapping[str, Any]:
        answers = classifier.predict_batch(texts)
        columns = ("label", "probability", "certain")
        return {name: [getattr(each, name) for each in answers] for name in columns}

    return answer


def _load_float_model(folder: Path, family: str) -> Answer:
    from training.models.catalog import FAMILIES

    model = FAMILIES[family].load(folder)

    def answer(texts: list[str]) -> Mapping[str, Any]:
        logits = model.logits([normalize(text) for text in texts])
        return {"label": [LABELS[int(logit >= 0)] for logit in logits], "logit": logits}

    return answer


def _texts(model_input: pd.DataFrame) -> list[str]:
    # MLflow passes the first column alone, so another one must not be taken for the texts.
    column = model_input.columns[0]
    if isinstance(column, str) and column != "text":
        raise ValueError(f"The first column must be 'text'; it is {column!r}.")
    texts: list[str] = model_input[column].tolist()
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("Some texts are not strings.")
    return texts


set_model(TextModel())
