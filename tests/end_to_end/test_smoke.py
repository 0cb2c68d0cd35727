"""What a deployment is asked, on the real app behind a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployment.proof import ProofError
from deployment.smoke import smoke
from sentiment.model.bundle import read_bundle
from tests.support.host import Server, free_port, running
from tests.support.pythons import ROOT
from tests.support.visit import KEY


def address(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/"


def test_an_app_that_answers_passes(server: Server) -> None:
    version = read_bundle(ROOT / "model_artifacts").manifest.version
    assert smoke(address(server), KEY) == version


def test_a_wrong_key_fails(server: Server) -> None:
    with pytest.raises(ProofError, match="/api/predict answers 401, not 200"):
        smoke(address(server), "another key", patience=0)


def test_an_app_that_lets_everybody_in_fails_unless_it_is_public(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        with pytest.raises(ProofError, match="/api/predict answers 200, not 401"):
            smoke(address(server), KEY, patience=0)
        smoke(address(server), "")


def test_a_public_app_passes_whatever_key_is_known(tmp_path: Path) -> None:
    with running(tmp_path, settings={"SENTIMENT_PUBLIC": "true"}) as server:
        smoke(address(server), KEY, patience=0)
        smoke(address(server), "", patience=0)


def test_an_app_that_calls_itself_public_and_asks_for_a_key_fails(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deployment.smoke._is_secured", lambda _contract: False)
    with pytest.raises(ProofError, match="/api/predict answers 401, not 200"):
        smoke(address(server), KEY, patience=0)


def test_an_app_without_a_model_fails(tmp_path: Path) -> None:
    settings = {"SENTIMENT_BUNDLE": str(tmp_path / "none")}
    with (
        running(tmp_path, settings=settings) as server,
        pytest.raises(ProofError, match="/api/health/ready answers 503"),
    ):
        smoke(address(server), "", patience=0)


def test_nothing_that_listens_fails() -> None:
    with pytest.raises(ProofError, match="does not answer"):
        smoke(f"http://127.0.0.1:{free_port()}", "", patience=0)


def test_an_address_of_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="no address"):
        smoke("file:///etc/passwd", "")
