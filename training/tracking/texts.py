"""What callers hand to an MLflow model of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def texts_of(model_input: pd.DataFrame) -> list[str]:
    """Return the texts in the only column.

    Raises:
        ValueError: The first column is not called ``text``, or a text is not a string.
    """
    # MLflow passes the first column alone, so another one must not be taken for the texts.
    column = model_input.columns[0]
    if isinstance(column, str) and column != "text":
        raise ValueError(f"The first column must be 'text'; it is {column!r}.")
    texts: list[str] = model_input[column].tolist()
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("Some texts are not strings.")
    return texts
