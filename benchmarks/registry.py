"""What a registry must stand: ``python -m benchmarks.registry`` (needs Azurite: make tools).

Publishers killed at random moments, publishers racing, a model swapped under load, and what a
configured registry costs the first answer.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from http.client import HTTPException
from pathlib import Path
from typing import Any

from benchmarks.cold_start import run_once
from benchmarks.paired import added, measure_pairs
from benchmarks.record import check_budget, record
from operations.registry import promote, publish
from sentiment.model.bundle import BundleError, Decision, read_bundle
from sentiment.model.classifier import Classifier
from sentiment.registry import ConflictError, RegistryError
from sentiment.registry.registry import CONTAINER, Registry
from sentiment.storage import Storage
from tests.support.azurite import Azurite, azurite
from tests.support.registry import new_registry, write_version
from tests.support.running import APP, Server, ask, running

KILLS, RACES, CLIENTS, SWAPS, STARTS = 50, 100, 8, 20, 60
BUDGET_MILLISECONDS, BUDGET_SWAP_SECONDS = 20.0, 5.0

_PUBLISHER = """
import sys
from pathlib import Path
from sentiment.registry.registry import Registry
from sentiment.storage import Storage
from operations.registry import publish
container, folder = sys.argv[1:]
registry = Registry(Storage(sys.stdin.readline().strip()).container(container))
registry.pointer()
print("ready", flush=True)
publish(registry, Path(folder))
print("done", flush=True)
"""
_JSON = {"Content-Type": "application/json"}
_TEXT = "what a day it was"


def main() -> None:
    """Measure and record."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, count in (("kills", KILLS), ("races", RACES), ("swaps", SWAPS), ("starts", STARTS)):
        parser.add_argument(f"--{name}", type=int, default=count, help="(default: %(default)s)")
    options = parser.parse_args()
    with emulator() as running_emulator:
        figures = {
            "killed_publishers": prove_kills(running_emulator, options.kills),
            "races": prove_races(running_emulator, options.races),
            "swaps": prove_swaps(running_emulator, options.swaps),
            "first_answer": measure_first_answer(running_emulator, options.starts),
        }
    record("registry", figures)
    let_down = figures["killed_publishers"]["readers_let_down"]
    check_budget("How often a reader was let down", let_down, 0)
    slowest = figures["swaps"]["seconds_until_served"]["largest"]
    check_budget("The slowest swap, in seconds,", slowest, BUDGET_SWAP_SECONDS)
    first = figures["first_answer"]
    what = f"What a registry adds to the first answer ({first['judged_by']}), in ms,"
    check_budget(what, first["judged_milliseconds"], BUDGET_MILLISECONDS)


@contextlib.contextmanager
def emulator() -> Iterator[Azurite]:
    """Run Azurite with data that are thrown away."""
    with tempfile.TemporaryDirectory() as folder, azurite(Path(folder)) as started:
        yield started


def prove_kills(storage: Azurite, count: int) -> dict[str, Any]:
    """Kill publishers at random moments, while a reader loads what is current again and again.

    Returns:
        How many were killed in their work, how many had finished, how often the reader loaded a
        bundle meanwhile, and how often it did not get a whole one.

    Raises:
        BundleError, RegistryError: What is current is not whole afterwards, or publishing failed.
    """
    registry, random_moment = new_registry(storage), random.Random(7)
    with tempfile.TemporaryDirectory() as folder:
        publish(registry, write_version(Path(folder), "first"))
        usual = _publish_and_kill(registry, storage, write_version(Path(folder), "usual"), None)
        killed = finished = 0
        with _reading(registry) as loaded:
            for number in range(count):
                version = write_version(Path(folder), f"killed-{number}")
                moment = random_moment.uniform(0, usual)
                if _publish_and_kill(registry, storage, version, moment) < 0:
                    killed += 1
                else:
                    finished += 1
                if number % 5 == 4:
                    publish(registry, version)  # what was left half-way is completed
                    assert _read_current(registry) == version.name
        publish(registry, write_version(Path(folder), "last"))
    assert _read_current(registry) == "last"
    return {
        "publishers": count,
        "killed": killed,
        "finished": finished,
        "reads": len(loaded),
        "readers_let_down": loaded.count(False),
    }


@contextlib.contextmanager
def _reading(registry: Registry) -> Iterator[list[bool]]:
    """Load what is current in the background; list whether each time a whole bundle came."""
    loaded: list[bool] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                _read_current(registry)
                loaded.append(True)
            except (BundleError, RegistryError):
                loaded.append(False)
            stop.wait(0.02)  # the publisher is to have its share of the processor

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield loaded
    finally:
        stop.set()
        reader.join()


def _publish_and_kill(
    registry: Registry, storage: Azurite, folder: Path, after: float | None
) -> float:
    """Return how many seconds the publisher took, or -1 if it was killed before it was done."""
    container = registry.container.container_name
    publisher = subprocess.Popen(
        [sys.executable, "-c", _PUBLISHER, container, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=APP,
    )
    with publisher as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{storage.connection}\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        started = time.perf_counter()
        if after is not None:
            time.sleep(after)
            process.kill()
        said = process.stdout.readline()
        seconds = time.perf_counter() - started
    return seconds if said == "done\n" else -1.0


def _read_current(registry: Registry) -> str:
    current = registry.pointer().pointer.current
    assert current is not None
    return registry.download(current.version, current.manifest_sha256).manifest.version


def prove_races(storage: Azurite, count: int) -> dict[str, Any]:
    """Let two publishers start from the same pointer; exactly one must win, each time."""
    registry = new_registry(storage)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            barrier = threading.Barrier(2)
            outcomes: dict[str, str] = {}
            versions = [write_version(Path(folder), f"{side}-{number}") for side in "ab"]
            threads = [
                threading.Thread(target=_race, args=(registry, barrier, version, outcomes))
                for version in versions
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(outcomes.values()) == ["conflict", "won"], outcomes
            winner = next(name for name, outcome in outcomes.items() if outcome == "won")
            assert _read_current(registry) == winner
    promotions = registry.pointer().pointer.promotions
    assert len(promotions) == count
    return {"races": count, "won_by_one": count, "promotions": len(promotions)}


def _race(
    registry: Registry, barrier: threading.Barrier, folder: Path, outcomes: dict[str, str]
) -> None:
    seen = registry.pointer()
    barrier.wait(30)
    try:
        publish(registry, folder, seen)
        outcomes[folder.name] = "won"
    except ConflictError as error:
        outcomes[folder.name] = "conflict" if "Somebody else" in str(error) else str(error)


def prove_swaps(storage: Azurite, count: int) -> dict[str, Any]:
    """Promote two models in turn under load; every answer must be that of the model it names."""
    registry = Registry(Storage(storage.connection).container(CONTAINER))
    registry.prepare()
    with tempfile.TemporaryDirectory() as folder:
        expected = {}
        for name, temperature in (("cold", 0.5), ("warm", 3.0)):
            decision = Decision(temperature, 0.5, (0.4, 0.6))
            version = write_version(Path(folder), name, decision=decision)
            publish(registry, version)
            expected[name] = Classifier(read_bundle(version)).predict(_TEXT).probability
        settings = {"SENTIMENT_STORAGE": storage.connection, "SENTIMENT_REFRESH_SECONDS": "0"}
        with running(Path(folder) / "home", settings=settings) as server:
            return _swap_under_load(server, registry, expected, count)


def _swap_under_load(
    server: Server, registry: Registry, expected: dict[str, float], count: int
) -> dict[str, Any]:
    answers: list[tuple[str, float]] = []
    errors: list[str] = []
    stop = threading.Event()
    threads = [
        threading.Thread(target=_ask_until, args=(server, stop, answers, errors))
        for _ in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    seconds = [
        _time_swap(registry, ("cold", "warm")[number % 2], answers) for number in range(count)
    ]
    stop.set()
    for thread in threads:
        thread.join()
    known = [(version, value) for version, value in answers if version in expected]
    wrong = [each for each in known if abs(each[1] - expected[each[0]]) > 1e-5]
    assert not errors, errors[:3]
    assert not wrong, wrong[:3]
    return {
        "clients": CLIENTS,
        "swaps": count,
        "answers": len(answers),
        "failed_requests": len(errors),
        "answers_of_another_model": len(wrong),
        "seconds_until_served": {
            "p50": round(statistics.median(seconds), 2),
            "largest": round(max(seconds), 2),
        },
    }


def _time_swap(registry: Registry, version: str, answers: list[tuple[str, float]]) -> float:
    """Return the seconds from a promotion to the first answer of its model."""
    promote(registry, version)
    started = time.perf_counter()
    while not answers or answers[-1][0] != version:
        if time.perf_counter() - started > 30:
            raise AssertionError(f"{version} was never served.")
        time.sleep(0.01)
    return time.perf_counter() - started


def _ask_until(
    server: Server, stop: threading.Event, answers: list[tuple[str, float]], errors: list[str]
) -> None:
    body = json.dumps({"text": _TEXT}).encode()
    with server.connect() as connection:
        while not stop.is_set():
            try:
                answer = ask(connection, "POST", "/api/predict", body, _JSON)
            except (OSError, HTTPException) as error:
                errors.append(type(error).__name__)
                connection.close()
                continue
            if answer.status != 200:
                errors.append(str(answer.status))
                continue
            told = answer.json()
            answers.append((told["model"]["version"], told["predictions"][0]["probability"]))


def measure_first_answer(storage: Azurite, count: int) -> dict[str, Any]:
    """Time new processes without and with a registry, pair by pair."""
    settings = {"SENTIMENT_STORAGE": storage.connection}
    pairs = measure_pairs(lambda: _first_answer({}), lambda: _first_answer(settings), count)
    without, configured = (statistics.median(values) for values in zip(*pairs, strict=True))
    found = added([(1000 * first, 1000 * second) for first, second in pairs])
    judged_by, judged = found.judged(BUDGET_MILLISECONDS)
    return {
        "pairs": count,
        "seconds_without": round(without, 3),
        "seconds_with": round(configured, 3),
        "added_milliseconds": {name: round(value, 1) for name, value in asdict(found).items()},
        "judged_by": judged_by,
        "judged_milliseconds": round(judged, 1),
        "budget_milliseconds": BUDGET_MILLISECONDS,
    }


def _first_answer(settings: dict[str, str]) -> float:
    return run_once(sys.executable, settings)["total"]


if __name__ == "__main__":
    main()
