"""The commands that a team runs, over the events that the real app wrote."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from operations.cli import main
from tests.support.app_client import running_app
from tests.support.traffic import reference_of, write_bundle_with


def test_drift_and_alerts_read_what_the_app_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_app(SENTIMENT_HOME=str(tmp_path)) as client:
        answers = client.post("predict", {"texts": ["so good", "zzzqqq hmm", "so bad"]}).json
        for answer in answers["predictions"]:
            body = {"prediction_id": answer["prediction_id"], "verdict": "incorrect"}
            assert client.post("feedback", body).status == 201
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    bundle = write_bundle_with(tmp_path / "bundle", reference_of())
    manifest = json.loads((bundle / "manifest.json").read_text())
    served = {**manifest, "version": answers["model"]["version"]}
    (bundle / "manifest.json").write_text(json.dumps(served))
    assert main(["drift", "--bundle", str(bundle)]) == 1
    said = capsys.readouterr().out
    assert said.splitlines()[1].startswith("3 predictions")
    assert "Negative feedback: 3 of 3" in said
    assert "Malformed" not in said
    assert main(["alerts"]) == 2
    said = capsys.readouterr().out
    # The evaluation that sees them is still to come, unless a full five minutes just passed.
    assert re.search("negative-feedback-burst: (is to fire next|fired at 1 evaluation),", said)
    assert "negative-feedback-rate: quiet" in said
    assert "failures: quiet" in said
