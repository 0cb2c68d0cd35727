"""The client."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

import httpx2

from sentiment.api.schemas import FeedbackResponse, Verdict
from sentiment.client import protocol
from sentiment.client.errors import NoAnswerError, UnavailableError
from sentiment.client.protocol import Answer, Call
from sentiment.client.retries import Retries

TIMEOUT_SECONDS = 30.0


class Client:
    """Asks a running app. Safe to share by threads; to be closed, or used in a with statement.

    Args:
        address: Of the app, such as ``https://my-app.azurewebsites.net`` or
            ``http://localhost:7071``.
        key: A function key or host key; None where the app needs none.
        timeout: Seconds without a sign of the app after which an attempt is given up.
        retries: How patient the client is.
    """

    def __init__(
        self,
        address: str,
        key: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        retries: Retries | None = None,
    ) -> None:
        self._retries = retries or Retries()
        self._http = httpx2.Client(base_url=address, headers=protocol.headers(key), timeout=timeout)

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def predict(self, text: str, explain: bool = False) -> Answer:
        """Return the sentiment of one tweet.

        Args:
            text: As it was written, up to 4,000 characters.
            explain: Whether to tell what each word did to the answer.

        Raises:
            ClientError: See ``sentiment.client.errors``.
        """
        (answer,) = self.predict_many([text], explain)
        return answer

    def predict_many(self, texts: Iterable[str], explain: bool = False) -> Iterator[Answer]:
        """Yield the sentiment of any number of tweets, in order.

        They are sent in as few requests as the API allows, each when its first answer is taken.

        Raises:
            ClientError: See ``sentiment.client.errors``.
        """
        for call in protocol.predict_calls(texts, explain):
            yield from protocol.read_predictions(self._send(call), call)

    def feedback(
        self,
        prediction_id: str,
        verdict: Verdict,
        text: str | None = None,
        consent: bool | None = None,
    ) -> FeedbackResponse:
        """Say whether a prediction was right; the latest verdict on a prediction counts, once.

        Args:
            prediction_id: From the answer.
            verdict: ``correct``, ``incorrect``, or ``retracted`` to take an earlier one back.
            text: The tweet; it is kept, masked, only with ``consent``.
            consent: True to keep the text, False to withdraw what was kept, None to leave it.

        Raises:
            ClientError: See ``sentiment.client.errors``.
        """
        call = protocol.feedback_call(prediction_id, verdict, text, consent)
        return protocol.read_feedback(self._send(call))

    def _send(self, call: Call) -> bytes:
        attempt = 1
        while not isinstance(outcome := self._attempt(call), bytes):
            time.sleep(self._retries.pause_after(attempt, outcome))
            attempt += 1
        return outcome

    def _attempt(self, call: Call) -> bytes | UnavailableError | NoAnswerError:
        """Return what came back, or the error after which another attempt makes sense."""
        try:
            response = self._http.post(call.path, content=call.body)
        except httpx2.TransportError as error:
            return protocol.no_answer(error, self._http.base_url.netloc.decode())
        return protocol.outcome_of(response.status_code, response.headers, response.content, call)
