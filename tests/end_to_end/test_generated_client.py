"""A client that a well-known generator makes of the app's own description."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.host import Server
from tests.support.visit import KEY

PROGRAM = """
import sys
from generated import AuthenticatedClient
from generated.api.sentiment import feedback, model, predict
from generated.models import FeedbackRequest, FeedbackRequestVerdict, PredictRequest, Problem

client = AuthenticatedClient(
    base_url=sys.argv[1], token=sys.argv[2], prefix="", auth_header_name="x-functions-key"
)
with client:
    answer = predict.sync(client=client, body=PredictRequest(texts=["so happy", "so sad"]))
    print(*[each.label.value for each in answer.predictions])
    verdict = FeedbackRequest(
        answer.predictions[0].prediction_id, FeedbackRequestVerdict.CORRECT
    )
    print(feedback.sync(client=client, body=verdict).outcome.value)
    refused = predict.sync(client=client, body=PredictRequest(text=" "))
    print(isinstance(refused, Problem), refused.field)
    print(*model.sync(client=client).labels)
"""


def test_a_generated_client_predicts_and_gives_feedback(server: Server, tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_bytes(server.request("GET", "/api/openapi.json").body)
    (tmp_path / "config.json").write_text(json.dumps({"post_hooks": []}))
    made = subprocess.run(
        [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json",
         "--config", "config.json", "--meta", "none", "--output-path", "generated",
         "--fail-on-warning"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, f"{server.url}/api", KEY],
        cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "positive negative",
        "created",
        "True $.text",
        "negative positive",
    ]
