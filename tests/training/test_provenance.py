from __future__ import annotations

from importlib.metadata import version

import pytest

from training.provenance import library_versions


def test_the_interpreter_that_the_gate_runs_with_is_recorded() -> None:
    assert library_versions()["ai-edge-litert"] == version("ai-edge-litert")


def test_a_library_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.provenance._LIBRARIES", ("numpy", "no-such-library"))
    assert set(library_versions()) == {"numpy"}
