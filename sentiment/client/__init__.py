"""Ask a running app from Python: a client, and the same with ``async``.

It needs the extra ``client``; in the checkout:
``.venv/bin/python -m pip install -e '.[client]'``. What is served never imports it.

    with Client("https://my-app.azurewebsites.net", key=KEY) as client:
        answer = client.predict("what a lovely day")
        client.feedback(answer.prediction_id, "correct")
"""

from __future__ import annotations

from operations.terminal import how_to_install

try:
    import httpx2 as _httpx2  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"sentiment.client needs the package httpx2; in the checkout: {how_to_install('client')}"
    ) from error

from sentiment.api.schemas import FeedbackResponse, ModelReference, WordResponse
from sentiment.client.asynchronous import AsyncClient
from sentiment.client.errors import (
    ClientError,
    InvalidRequestError,
    NoAnswerError,
    RefusedKeyError,
    RequestError,
    UnavailableError,
    UnexpectedAnswerError,
)
from sentiment.client.protocol import Answer
from sentiment.client.retries import Retries
from sentiment.client.synchronous import Client

__all__ = [
    "Answer",
    "AsyncClient",
    "Client",
    "ClientError",
    "FeedbackResponse",
    "InvalidRequestError",
    "ModelReference",
    "NoAnswerError",
    "RefusedKeyError",
    "RequestError",
    "Retries",
    "UnavailableError",
    "UnexpectedAnswerError",
    "WordResponse",
]
