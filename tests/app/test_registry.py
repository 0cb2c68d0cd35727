"""The app with a registry: what it serves at the start, after a promotion, and when all fails."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.registry import publish
from sentiment.app import CACHE_FOLDER
from sentiment.registry.registry import CONTAINER, Registry
from sentiment.storage import Storage
from tests.support.app_client import Client, running_app
from tests.support.azurite import Azurite, azurite
from tests.support.registry import write_version
from tests.support.running import APP, environment


@pytest.fixture(scope="module")
def own_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    with azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


def quiet(_message: str) -> None:
    pass


def wait_for(client: Client, version: str) -> float:
    """Return after how many seconds of requests a version answers."""
    started = time.monotonic()
    while time.monotonic() - started < 15:
        answer = client.post("predict", {"text": "what a day"})
        assert answer.status == 200
        if answer.json["model"]["version"] == version:
            return time.monotonic() - started
        time.sleep(0.05)
    raise AssertionError(f"{version} was never served")


def test_a_promoted_model_serves_within_seconds_and_at_the_next_start(
    own_emulator: Azurite, tmp_path: Path
) -> None:
    registry = Registry(Storage(own_emulator.connection).container(CONTAINER))
    registry.prepare()
    settings = {"SENTIMENT_STORAGE": own_emulator.connection, "SENTIMENT_HOME": str(tmp_path)}
    publish(registry, write_version(tmp_path, "promoted"), quiet)
    with running_app(**settings) as client:
        assert client.get("ready").json["registry"] == {"state": "unchecked", "detail": ""}
        assert wait_for(client, "promoted") < 5
        assert client.get("ready").json["registry"]["state"] == "current"
    events = "".join(path.read_text() for path in (tmp_path / "events").iterdir())
    assert '"name": "model"' in events
    with running_app(**settings) as client:
        assert client.post("predict", {"text": "a"}).json["model"]["version"] == "promoted"
    (tmp_path / CACHE_FOLDER / "model.tflite").write_bytes(b"damaged")
    with running_app(**settings) as client:
        first = client.post("predict", {"text": "a"})
        assert first.status == 200
        assert first.json["model"]["version"] != "promoted"
        assert wait_for(client, "promoted") < 5


@pytest.mark.parametrize("connection", ["nonsense", "UseDevelopmentStorage=true"])
def test_a_registry_that_fails_is_told_and_costs_nothing(tmp_path: Path, connection: str) -> None:
    settings = {"SENTIMENT_STORAGE": connection, "SENTIMENT_HOME": str(tmp_path)}
    with running_app(**settings) as client:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            started = time.monotonic()
            assert client.post("predict", {"text": "what a day"}).status == 200
            assert time.monotonic() - started < 2
            ready = client.get("ready")
            assert ready.status == 200
            if ready.json["registry"]["state"] == "unreachable":
                break
            time.sleep(0.2)
        assert ready.json["registry"]["state"] == "unreachable"
        assert ready.json["registry"]["detail"]


FIRST_ANSWER = """
import sys
import azure.functions as func
import function_app
from local_host.context import invocation
request = func.HttpRequest(method="POST", url="/api/predict",
    headers={"content-type": "application/json"}, body=b'{"text": "what a lovely day"}')
status = function_app.predict(request, invocation("predict")).status_code
print(status, sorted(name for name in sys.modules if name.startswith("azure.storage")))
"""


def test_the_first_answer_waits_for_no_library_of_the_storage(
    own_emulator: Azurite, tmp_path: Path
) -> None:
    child = subprocess.run(
        [sys.executable, "-c", FIRST_ANSWER],
        capture_output=True,
        text=True,
        check=True,
        cwd=APP,
        env=environment(tmp_path, {"SENTIMENT_STORAGE": own_emulator.connection}),
    )
    assert child.stdout == "200 []\n"
