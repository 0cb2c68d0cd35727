"""The request in the README gets the answer that stands below it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.app_client import running_app
from tests.support.pythons import ROOT

REQUEST_AND_ANSWER = re.compile(r"\$ curl .*/api/predict .*\\\n +-d '(.+)'\n(\{.+\})\n")


@pytest.mark.parametrize("document", ["README.md", "LISEZMOI.md"])
def test_the_app_gives_the_answer_that_the_document_shows(document: str, tmp_path: Path) -> None:
    found = REQUEST_AND_ANSWER.search((ROOT / document).read_text("utf-8"))
    assert found
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        answer = client.post("predict", json.loads(found[1])).json
    [prediction] = answer["predictions"]
    prediction["prediction_id"] = "..."
    for rounded in ("probability", "confidence"):
        prediction[rounded] = round(prediction[rounded], 2)
    assert answer == json.loads(found[2])
