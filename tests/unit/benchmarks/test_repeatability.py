from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import repeatability
from tests.support.tiny_bert import write_tiny_bert
from tests.support.tweets import made_up, write_csv


def test_a_family_is_trained_twice_and_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.record.MEASURED", tmp_path)
    monkeypatch.setattr(repeatability, "NEURAL", ("bert",))
    monkeypatch.setattr(repeatability, "BUDGET_POINTS", 50.0)
    data = write_csv(tmp_path / "data.csv", made_up(600))
    encoder = write_tiny_bert(tmp_path / "encoder")
    settings = (f"encoder={encoder}", "epochs=0.5", "batch_size=32", "learning_rate=0.005")
    given = [word for setting in settings for word in ("--set", f"bert.{setting}")]
    arguments = ["--data", str(data), "--rows", "200", *given]
    monkeypatch.setattr("sys.argv", ["repeatability", *arguments])
    repeatability.main()
    figures = json.loads((tmp_path / "repeatability.json").read_text())
    assert figures["rows"] == 200
    assert figures["bert"]["parameters"]["epochs"] == 0.5
    first, second = figures["bert"]["accuracy"]
    assert figures["bert"]["points"] == pytest.approx(100 * abs(first - second), abs=0.002)
    assert figures["bert"]["validation_rows"] > 0
    assert figures["bert"]["backend"] == repeatability.backend_of("bert")
    assert repeatability.backend_of("lstm") == "tensorflow"


def test_models_that_differ_too_much_end_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"points": repeatability.BUDGET_POINTS + 0.1}
    monkeypatch.setattr(repeatability, "compare", lambda *_: figures)
    monkeypatch.setattr(repeatability, "record", lambda *_: None)
    monkeypatch.setattr("sys.argv", ["repeatability", "--data", "unread.csv"])
    with pytest.raises(SystemExit, match="over the budget"):
        repeatability.main()
