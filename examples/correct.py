"""Tell the app that it was wrong, then think better of it: ``python -m examples.correct``."""

from __future__ import annotations

import os

from examples import ending_shortly
from sentiment.client import Client

address = os.environ.get("SENTIMENT_URL", "http://localhost:7071")

with ending_shortly(), Client(address, os.environ.get("SENTIMENT_KEY")) as client:
    text = "just great, another delay"
    answer = client.predict(text)
    print(f"The app says {answer.label}.")
    if answer.prediction_id is None:
        raise SystemExit("This app takes no feedback: it has no receipt key.")
    told = client.feedback(answer.prediction_id, "incorrect", text=text, consent=True)
    print(f"{told.outcome}: {told.verdict}, text kept: {told.text_stored}")
    told = client.feedback(answer.prediction_id, "correct", consent=False)
    print(f"{told.outcome}: {told.verdict}, text kept: {told.text_stored}")
