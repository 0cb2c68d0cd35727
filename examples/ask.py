"""Tell the sentiment of tweets and the words that pushed it: ``python -m examples.ask "…" "…"``."""

from __future__ import annotations

import os
import sys

from examples import ending_shortly
from sentiment.client import Client

texts = sys.argv[1:] or ["I love this phone", "my train is late again :("]
address = os.environ.get("SENTIMENT_URL", "http://localhost:7071")

with ending_shortly(), Client(address, os.environ.get("SENTIMENT_KEY")) as client:
    for text, answer in zip(texts, client.predict_many(texts, explain=True), strict=True):
        sure = "" if answer.certain else ", not sure"
        language = "" if answer.english else ", probably not English"
        print(f"{answer.label} ({answer.confidence:.0%}{sure}{language}): {text}")
        for word in sorted(answer.explanation, key=lambda each: -abs(each.contribution))[:3]:
            print(f"  {word.contribution:+.2f} {text[word.start : word.end]}")
