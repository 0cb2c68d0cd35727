"""The registry when publishers are killed or race, and when models are swapped under load."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from operations.registry import promote, publish
from sentiment.model.bundle import BundleError, Decision, read_bundle
from sentiment.model.classifier import Classifier
from sentiment.registry import ConflictError, RegistryError
from sentiment.registry.registry import CONTAINER, Registry, TaggedPointer
from sentiment.storage import Storage
from tests.support.azurite import Azurite
from tests.support.host import Server, ask, running
from tests.support.pythons import ROOT
from tests.support.registry import new_registry, write_version

pytestmark = pytest.mark.proof

KILLS, RACES, CLIENTS, SWAPS = 50, 100, 8, 20
SWAP_SECONDS = 30.0
TEXT = "what a day it was"
PUBLISHER = """
import sys
from pathlib import Path
from operations.registry import publish
from sentiment.registry.registry import Registry
from sentiment.storage import Storage
connection, container, folder = sys.argv[1:]
registry = Registry(Storage(connection).container(container))
registry.pointer()
print("ready", flush=True)
publish(registry, Path(folder))
print("done", flush=True)
"""


def test_publishers_that_are_killed_let_no_reader_down(emulator: Azurite, tmp_path: Path) -> None:
    registry, chance = new_registry(emulator), random.Random(7)
    publish(registry, write_version(tmp_path, "first"))
    usual = start_publisher(emulator, registry, write_version(tmp_path, "usual"))
    began = time.monotonic()
    assert usual.communicate()[0] == "done\n"
    seconds, killed = time.monotonic() - began, 0
    with reading(registry) as read:
        for number in range(KILLS):
            version = write_version(tmp_path, f"killed-{number}")
            publisher = start_publisher(emulator, registry, version)
            time.sleep(chance.uniform(0, seconds))
            publisher.kill()
            killed += publisher.communicate()[0] == ""
            if number % 5 == 4:
                publish(registry, version)  # completes what was left half-way
                assert read_current(registry) == version.name
    assert killed > KILLS / 2
    assert len(read) > KILLS
    assert all(read)
    publish(registry, write_version(tmp_path, "last"))
    assert read_current(registry) == "last"


def start_publisher(emulator: Azurite, registry: Registry, folder: Path) -> subprocess.Popen[str]:
    """Return a process that is about to publish."""
    arguments = [emulator.connection, registry.container.container_name, str(folder)]
    process = subprocess.Popen(
        [sys.executable, "-c", PUBLISHER, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@contextmanager
def reading(registry: Registry) -> Iterator[list[bool]]:
    """Load what is current again and again; list whether each time a whole bundle came."""
    read: list[bool] = []
    stop = threading.Event()

    def load() -> None:
        while not stop.wait(0.02):  # the publisher needs its share of the processor
            try:
                read_current(registry)
                read.append(True)
            except (BundleError, RegistryError):
                read.append(False)

    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(load)
        try:
            yield read
        finally:
            stop.set()
    reader.result()


def read_current(registry: Registry) -> str:
    current = registry.pointer().pointer.current
    assert current is not None
    return registry.download(current.version, current.manifest_sha256).manifest.version


def test_of_two_publishers_at_once_exactly_one_wins(emulator: Azurite, tmp_path: Path) -> None:
    registry = new_registry(emulator)
    with ThreadPoolExecutor(2) as pool:
        for number in range(RACES):
            seen = registry.pointer()
            folders = [write_version(tmp_path, f"{side}-{number}") for side in "ab"]
            races = [pool.submit(wins, registry, folder, seen) for folder in folders]
            (winner,) = [
                folder.name for folder, race in zip(folders, races, strict=True) if race.result()
            ]
            assert read_current(registry) == winner
    assert len(registry.pointer().pointer.promotions) == RACES


def wins(registry: Registry, folder: Path, seen: TaggedPointer) -> bool:
    try:
        publish(registry, folder, seen)
    except ConflictError:
        return False
    return True


def test_a_swap_under_load_fails_no_request_and_mixes_no_models(
    emulator: Azurite, tmp_path: Path
) -> None:
    registry = Registry(Storage(emulator.connection).container(CONTAINER))
    expected = {}
    for name, temperature in (("cold", 0.5), ("warm", 3.0)):
        version = write_version(tmp_path, name, decision=Decision(temperature, 0.5, (0.4, 0.6)))
        publish(registry, version)
        expected[name] = Classifier(read_bundle(version)).predict(TEXT).probability
    settings = {"SENTIMENT_STORAGE": emulator.connection, "SENTIMENT_REFRESH_SECONDS": "0"}
    answers: list[tuple[str, float]] = []
    stop = threading.Event()
    with (
        running(tmp_path / "home", settings=settings) as server,
        ThreadPoolExecutor(CLIENTS) as pool,
    ):
        clients = [pool.submit(ask_until, server, stop, answers) for _ in range(CLIENTS)]
        try:
            for number in range(SWAPS):
                name = ("cold", "warm")[number % 2]
                promote(registry, name)
                wait_for(name, answers)
        finally:
            stop.set()
        for client in clients:
            client.result()
    served = [answer for answer in answers if answer[0] in expected]
    assert {name for name, _ in served} == set(expected)
    for name, probability in served:
        assert probability == pytest.approx(expected[name], abs=1e-5)


def ask_until(server: Server, stop: threading.Event, answers: list[tuple[str, float]]) -> None:
    body, headers = json.dumps({"text": TEXT}).encode(), {"Content-Type": "application/json"}
    with server.connect() as connection:
        while not stop.is_set():
            answer = ask(connection, "POST", "/api/predict", body, headers)
            assert answer.status == 200
            content = answer.json()
            version = content["model"]["version"]
            answers.append((version, content["predictions"][0]["probability"]))


def wait_for(version: str, answers: list[tuple[str, float]]) -> None:
    deadline = time.monotonic() + SWAP_SECONDS
    while not answers or answers[-1][0] != version:
        assert time.monotonic() < deadline, f"{version} was never served"
        time.sleep(0.01)
