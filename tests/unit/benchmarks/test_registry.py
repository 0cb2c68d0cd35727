"""A tenth of the proofs of the registry."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import registry
from sentiment.registry.pointer import Pointer, Promotion
from tests.support.azurite import Azurite
from tests.support.registry import new_registry
from tests.support.running import APP


def test_a_killed_publisher_lets_no_reader_down(emulator: Azurite) -> None:
    figures = registry.prove_kills(emulator, registry.KILLS // 10)
    assert figures["killed"] > 0
    assert figures["reads"] >= registry.KILLS // 10
    assert figures["readers_let_down"] == 0


def test_a_reader_that_is_let_down_is_counted(emulator: Azurite) -> None:
    empty = new_registry(emulator)
    damaged = Pointer().promoted(Promotion("absent", "0" * 64, "2026-01-01T00:00:00Z"))
    empty.move_pointer(empty.pointer(), damaged)
    with registry._reading(empty) as loaded:
        deadline = time.monotonic() + 30
        while not loaded and time.monotonic() < deadline:
            time.sleep(0.01)
    assert loaded
    assert not any(loaded)


def test_of_two_publishers_exactly_one_wins(emulator: Azurite) -> None:
    figures = registry.prove_races(emulator, registry.RACES // 10)
    assert figures["promotions"] == registry.RACES // 10


def test_a_swap_under_load_fails_no_request(emulator: Azurite) -> None:
    figures = registry.prove_swaps(emulator, registry.SWAPS // 10)
    assert figures["answers"] > 0
    assert figures["seconds_until_served"]["largest"] < registry.BUDGET_SWAP_SECONDS


def test_the_cost_of_a_registry_is_what_it_adds(
    emulator: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        registry, "run_once", lambda _python, settings: {"total": 0.53 if settings else 0.5}
    )
    figures = registry.measure_first_answer(emulator, 2)
    assert figures["added_milliseconds"] == {"median": 30, "low": 30, "high": 30}
    assert figures["judged_by"] == "upper end of the interval"
    assert figures["judged_milliseconds"] == 30


def test_a_registry_that_costs_the_first_answer_too_much_ends_the_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = {"judged_by": "median", "judged_milliseconds": registry.BUDGET_MILLISECONDS + 1}
    monkeypatch.setattr(registry, "measure_first_answer", lambda *_: figures)
    monkeypatch.setattr(registry, "prove_kills", lambda *_: {"readers_let_down": 0})
    monkeypatch.setattr(registry, "prove_races", lambda *_: {})
    swaps = {"seconds_until_served": {"largest": 1}}
    monkeypatch.setattr(registry, "prove_swaps", lambda *_: swaps)
    monkeypatch.setattr(registry, "record", lambda *_: None)
    monkeypatch.setattr("sys.argv", ["registry"])
    with pytest.raises(SystemExit, match=r"first answer \(median\), in ms, is 21.0, over"):
        registry.main()


def test_the_first_answer_waits_for_no_library_of_the_storage(
    emulator: Azurite, tmp_path: Path
) -> None:
    settings = {"SENTIMENT_STORAGE": emulator.connection, "SENTIMENT_HOME": str(tmp_path)}
    asking = """
import sys
import azure.functions as func
import function_app
request = func.HttpRequest(method="POST", url="/api/predict",
    headers={"content-type": "application/json"}, body=b'{"text": "what a lovely day"}')
from local_host.context import invocation
status = function_app.predict(request, invocation("predict")).status_code
print(status, sorted(name for name in sys.modules if name.startswith("azure.storage")))
"""
    child = subprocess.run(
        [sys.executable, "-c", asking],
        capture_output=True,
        text=True,
        check=True,
        cwd=APP,
        env={**os.environ, **settings},
    )
    assert child.stdout == "200 []\n"
