"""The client for programs that use ``async``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from types import TracebackType
from typing import Self

import httpx2

from sentiment.api.schemas import FeedbackResponse, Verdict
from sentiment.client import protocol
from sentiment.client.errors import NoAnswerError, UnavailableError
from sentiment.client.protocol import Answer, Call
from sentiment.client.retries import Retries
from sentiment.client.synchronous import TIMEOUT_SECONDS


class AsyncClient:
    """Asks a running app, as ``Client`` does. To be closed, or used in an async with statement.

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
        self._http = httpx2.AsyncClient(
            base_url=address, headers=protocol.headers(key), timeout=timeout
        )

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Close the connections."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def predict(self, text: str, explain: bool = False) -> Answer:
        """Return the sentiment of one tweet.

        Args:
            text: As it was written, up to 4,000 characters.
            explain: Whether to tell what each word did to the answer.

        Raises:
            ClientError: See ``sentiment.client.errors``.
        """
        (answer,) = [each async for each in self.predict_many([text], explain)]
        return answer

    async def predict_many(
        self, texts: Iterable[str], explain: bool = False
    ) -> AsyncIterator[Answer]:
        """Yield the sentiment of any number of tweets, in order.

        They are sent in as few requests as the API allows, each when its first answer is taken.

        Raises:
            ClientError: See ``sentiment.client.errors``.
        """
        for call in protocol.predict_calls(texts, explain):
            for answer in protocol.read_predictions(await self._send(call), call):
                yield answer

    async def feedback(
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
        return protocol.read_feedback(await self._send(call))

    async def _send(self, call: Call) -> bytes:
        attempt = 1
        while not isinstance(outcome := await self._attempt(call), bytes):
            await asyncio.sleep(self._retries.pause_after(attempt, outcome))
            attempt += 1
        return outcome

    async def _attempt(self, call: Call) -> bytes | UnavailableError | NoAnswerError:
        """Return what came back, or the error after which another attempt makes sense."""
        try:
            response = await self._http.post(call.path, content=call.body)
        except httpx2.TransportError as error:
            return protocol.no_answer(error, self._http.base_url.netloc.decode())
        return protocol.outcome_of(response.status_code, response.headers, response.content, call)
