"""What the MLflow models of ours share: texts in, a table of answers out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext


class TextModel(PythonModel):
    """A model that answers texts; a subclass says how."""

    def answer(self, texts: list[str]) -> Mapping[str, Any]:
        """Return the columns of the answers, each with one value a text."""
        raise NotImplementedError

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
            The columns of ``answer``, with the index of the input.

        Raises:
            ValueError: The first column has another name, or a text is not a string.
        """
        return pd.DataFrame(self.answer(_texts(model_input)), index=model_input.index)


def _texts(model_input: pd.DataFrame) -> list[str]:
    # MLflow passes the first column alone, so another one must not be taken for the texts.
    column = model_input.columns[0]
    if isinstance(column, str) and column != "text":
        raise ValueError(f"The first column must be 'text'; it is {column!r}.")
    texts: list[str] = model_input[column].tolist()
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("Some texts are not strings.")
    return texts
