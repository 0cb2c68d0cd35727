from __future__ import annotations

import argparse

import pytest

from training import publishing
from training.commands import main


def test_an_interruption_claims_nothing_about_what_was_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt() -> argparse.Namespace:
        raise KeyboardInterrupt

    monkeypatch.setattr(publishing, "open_registry", interrupt)
    assert main(["list"]) == 130
    assert capsys.readouterr().err == "interrupted\n"
