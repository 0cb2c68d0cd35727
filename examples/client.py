"""A client of the app in one file to copy; it needs the package httpx2 alone.

    with Client("https://my-app.azurewebsites.net", key=KEY) as client:
        answers = client.predict_many(tweets["text"])  # any list or column; then DataFrame(answers)
        client.feedback(answers[0]["prediction_id"], "correct")

``SENTIMENT_URL=... SENTIMENT_KEY=... python examples/client.py "a lovely day"`` asks from a shell.
"""

import contextlib
import json
import os
import random
import re
import socket
import ssl
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any, Self

import httpx2

MAX_TEXTS, MAX_EXPLAINED_TEXTS, MAX_BYTES = 128, 8, 2**20 - 64
RETRIED, MAX_PAUSE, TIMEOUT = {429, 502, 503, 504}, 60.0, httpx2.Timeout(30.0, connect=5.0)
HOST = r"(?:\[[\da-f:.]+\]|[^\s/?#@:\[\]]+)(?::\d{1,5})?"
ADDRESS = re.compile(rf"(https?://{HOST}(?:/[^\s?#@]*?)??)(/api)?/*", re.IGNORECASE)


class ClientError(Exception):
    """A request failed; ``field`` is the path of what is wrong in it, such as ``$.texts[3]``."""

    def __init__(self, detail: str, status: int | None = None, field: str | None = None) -> None:
        super().__init__(f"{status or ''} {detail}{f' (at {field})' if field else ''}".strip())
        self.status, self.detail, self.field = status, detail, field


class Client:
    """Asks a running app. Threads may share it; each ``with`` opens what the last one closed.

    ``key`` is a function or host key, ``options`` are httpx2's. What fails for a while is sent
    again at most ``retries`` times; the app counts the same feedback once.
    """

    retries = 4
    sleep = staticmethod(time.sleep)

    def __init__(self, address: str, key: str | None = None, **options: Any) -> None:
        found = ADDRESS.fullmatch((address or "").strip())
        key = (key or "").strip()
        if found is None:
            raise ClientError("Give an address like http://localhost:7071, without blanks or key.")
        if not (key.isascii() and key.isprintable()):
            raise ClientError("The key has characters that no key has: copy it again.")
        headers = {"Content-Type": "application/json"} | ({"x-functions-key": key} if key else {})
        self._options = {"base_url": found[1], "headers": headers, "timeout": TIMEOUT, **options}
        self._lock, self._open_blocks = threading.Lock(), 0
        self._http: httpx2.Client | None = httpx2.Client(**self._options)

    def __enter__(self) -> Self:
        with self._lock:
            self._open_blocks += 1
            self._http = self._http or httpx2.Client(**self._options)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._open_blocks -= 1
            if self._http is not None and not self._open_blocks:  # also of other threads
                self._http.close()
                self._http = None

    def predict(self, text: str, explain: bool = False) -> dict[str, Any]:
        """Return the answer for one tweet; with ``explain``, it has what each word did."""
        return self.predict_many([text], explain)[0]

    def predict_many(self, texts: Iterable[str], explain: bool = False) -> list[dict[str, Any]]:
        """Return the answers for a list or column of tweets, in order, asked for in batches."""
        answers: list[dict[str, Any]] = []
        for batch in _batches(texts, MAX_EXPLAINED_TEXTS if explain else MAX_TEXTS):
            content = self._post("predict", {"texts": batch, "explain": explain}, len(answers))
            version = content["model"]["version"]
            answers += [{**each, "model_version": version} for each in content["predictions"]]
        return answers

    def feedback(
        self, prediction_id: str, verdict: str, text: str | None = None, consent: bool | None = None
    ) -> dict[str, Any]:
        """Send "correct", "incorrect" or "retracted"; text is kept, masked, only with consent."""
        given = {k: v for k, v in {"text": text, "consent": consent}.items() if v is not None}
        return self._post("feedback", {"prediction_id": prediction_id, "verdict": verdict, **given})

    def _post(self, path: str, body: object, first: int = 0) -> dict[str, Any]:
        response, content = self._send(f"api/{path}", json.dumps(body)), {}
        with contextlib.suppress(ValueError, TypeError):  # a page, or nothing
            content = dict(response.json())
        if response.is_success and content.keys() & {"predictions", "feedback_id"}:
            return content
        reason = content.get("detail", response.reason_phrase)
        if response.is_success or (response.status_code == 404 and not content):
            reason = f"What answers at {response.url} is not this API: check the address."
        elif response.next_request:  # not followed: the key would travel in the clear
            target, api, _ = str(response.next_request.url.copy_with(query=None)).partition("/api/")
            advice = "give that address" if api else "check the address and the key"
            reason = f"{response.url} sends to {target}: {advice}."
        elif response.status_code in {401, 403} and not content:
            reason = "The key is missing, or none of the app's."
        field = content.get("field") or ""
        field = re.sub(r"\d+", lambda found: str(first + int(found[0])), field, count=1)
        raise ClientError(reason, response.status_code, field or None)

    def _send(self, path: str, body: str, attempt: int = 1) -> httpx2.Response:
        if self._http is None:
            raise ClientError("The client is closed: ask inside its `with` block.")
        pause = random.uniform(0.0, 2.0 ** min(attempt, 5) / 2)
        try:
            response = self._http.post(path, content=body)
        except (httpx2.RequestError, UnicodeError) as error:  # UnicodeError: a host like "a..b"
            cause = getattr(error.__context__, "__context__", None)
            never_left = isinstance(cause or error, (socket.gaierror, ssl.SSLError, UnicodeError))
            if never_left or attempt > self.retries:
                raise ClientError(f"{self._http.base_url} did not answer: {error!r}.") from None
        else:
            asked = response.headers.get("Retry-After", "")
            pause += float(asked) if asked.isdecimal() else 0.0
            if response.status_code not in RETRIED or attempt > self.retries or pause > MAX_PAUSE:
                return response
        self.sleep(pause)
        return self._send(path, body, attempt + 1)


def _batches(texts: Iterable[str], most: int) -> Iterator[list[str]]:
    if isinstance(texts, str) or hasattr(texts, "columns"):
        raise TypeError(f"Give a list or a column of texts, not a {type(texts).__name__}.")
    left = list(texts)
    for number, text in enumerate(left):
        if not isinstance(text, str):
            raise TypeError(f"texts[{number}] is a {type(text).__name__}, not a string.")
    while left:
        batch = left[:most]
        while len(batch) > 1 and len(json.dumps(batch)) > MAX_BYTES:
            batch = batch[: len(batch) // 2]
        del left[: len(batch)]
        yield batch


if __name__ == "__main__":
    with Client(os.environ.get("SENTIMENT_URL", ""), os.environ.get("SENTIMENT_KEY")) as client:
        print(json.dumps(client.predict_many(sys.argv[1:]), indent=2))
