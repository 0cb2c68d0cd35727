"""The client to copy against the app on the local host."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from examples.client import Client, ClientError
from tests.support.host import APP, Server, environment
from tests.support.visit import KEY


def test_a_tweet_is_answered_and_takes_feedback(server: Server) -> None:
    text = "what a lovely day"
    with Client(f"{server.url}/api", f"{KEY}\n") as client:
        answer = client.predict(text, explain=True)
        assert answer["label"] == "positive"
        assert [text[word["start"] : word["end"]] for word in answer["explanation"]][-1] == "day"
        token = answer["prediction_id"]
        first = client.feedback(token, "incorrect", text=text, consent=True)
        assert (first["outcome"], first["text_stored"]) == ("created", True)
        second = client.feedback(token, "correct", consent=False)
        assert (second["outcome"], second["text_stored"]) == ("replaced", False)


def test_a_bad_text_is_named_among_all(server: Server) -> None:
    with Client(server.url, KEY) as client, pytest.raises(ClientError, match="blank") as raised:
        client.predict_many(["good"] * 129 + [" "])
    assert (raised.value.status, raised.value.field) == (422, "$.texts[129]")


@pytest.mark.parametrize("host", ["no-such-host.invalid", "two..dots"])
def test_nothing_is_tried_again_for_a_host_that_nobody_knows(host: str) -> None:
    pauses: list[float] = []
    with Client(f"http://{host}") as client:
        client.sleep = pauses.append
        with pytest.raises(ClientError, match=f"{re.escape(host)} did not answer"):
            client.predict("good")
    assert not pauses


def test_a_copy_runs_by_itself(server: Server, tmp_path: Path) -> None:
    copy = shutil.copy(APP / "examples" / "client.py", tmp_path)
    settings = {"SENTIMENT_URL": server.url, "SENTIMENT_KEY": KEY}
    done = subprocess.run(
        [sys.executable, copy, "I love this phone \N{GRINNING FACE}", "so sad"],
        cwd=tmp_path, env=environment(tmp_path, settings), capture_output=True, check=True,
    )  # fmt: skip
    assert [each["label"] for each in json.loads(done.stdout)] == ["positive", "negative"]
