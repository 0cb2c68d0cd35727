"""Feedback through the real app, and what is stored of it."""

from __future__ import annotations

import json

from sentiment.feedback import StoredFeedback
from sentiment.feedback.stores import chosen_store
from sentiment.settings import read_settings
from tests.support.app_client import Answer, Client

KEY = "k" * 40
TEXT = "@Bob the worst trip ever"


def send(client: Client, came_from: str | None = None, **content: object) -> Answer:
    """Predict a text and send feedback on it."""
    predicted = client.post("predict", {"text": TEXT}).json["predictions"][0]
    return send_on(client, predicted["prediction_id"], came_from, **content)


def send_on(client: Client, token: str, came_from: str | None, **content: object) -> Answer:
    body = {"prediction_id": token, "verdict": "incorrect", **content}
    headers = {"content-type": "application/json"}
    if came_from is not None:
        headers["x-forwarded-for"] = came_from
    return client.call("feedback", body=json.dumps(body).encode(), headers=headers)


def stored(feedback_id: str, **environment: str) -> StoredFeedback:
    store = chosen_store(read_settings(environment))
    assert store is not None
    row = store.find(feedback_id)
    assert row is not None
    return row
