"""Asks a deployed app what a user would, until it answers or too much time has passed."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from deployment.proof import ProofError

PATIENCE_SECONDS = 240.0
_PAUSE_SECONDS = 5.0
_TIMEOUT_SECONDS = 30.0
_POSITIVE = "I love this, what a wonderful day"


def smoke(url: str, key: str, patience: float = PATIENCE_SECONDS) -> str:
    """Check that an app is ready and predicts; return the version of its model.

    Args:
        url: Its address, without ``/api``.
        key: A host key, which must be needed unless the app says that it is public; "" for none.
        patience: Seconds within which everything must have succeeded once.

    Raises:
        ProofError: Something does not answer as it should.
        ValueError: The address is none of HTTP.
    """
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"{url} is no address of HTTP.")
    deadline = time.monotonic() + patience

    def ask(route: str, expected: HTTPStatus, *sent: str) -> Any:
        while True:
            try:
                return _expect(url, route, expected, *sent)
            except ProofError:
                if time.monotonic() >= deadline:
                    raise
            time.sleep(min(_PAUSE_SECONDS, max(0.0, deadline - time.monotonic())))

    ask("health/live", HTTPStatus.OK)
    ask("health/ready", HTTPStatus.OK)
    if not _is_secured(ask("openapi.json", HTTPStatus.OK)):
        key = ""  # what its users have
    if key:
        ask("predict", HTTPStatus.UNAUTHORIZED, "", _POSITIVE)
    answer = ask("predict", HTTPStatus.OK, key, _POSITIVE)
    (prediction,) = answer["predictions"]
    if prediction["label"] != "positive":
        raise ProofError("The app finds a happy tweet negative.")
    if prediction["prediction_id"] is None:
        raise ProofError("The app signs no receipt: RECEIPT_KEYS is missing.")
    return str(answer["model"]["version"])


def _is_secured(contract: Any) -> bool:
    return bool(contract["paths"]["/predict"]["post"].get("security"))


def _expect(url: str, route: str, expected: HTTPStatus, key: str = "", text: str = "") -> Any:
    headers = {"x-functions-key": key} if key else {}
    body = None
    if text:
        body = json.dumps({"text": text}).encode()
        headers["Content-Type"] = "application/json"
    request = Request(f"{url.rstrip('/')}/api/{route}", body, headers)  # noqa: S310
    try:
        with urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310
            status, content = response.status, response.read()
    except HTTPError as error:
        status, content = error.code, error.read()
    except (URLError, TimeoutError, ConnectionError) as error:
        raise ProofError(f"/api/{route} does not answer: {error}") from error
    if status != expected:
        raise ProofError(f"/api/{route} answers {status}, not {expected.value}.")
    return json.loads(content) if content and status == HTTPStatus.OK else None
