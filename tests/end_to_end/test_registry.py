"""The registry in the emulator, and the app that follows it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from sentiment.app import CACHE_FOLDER
from sentiment.model.bundle import MANIFEST_FILE, BundleError, read_bundle
from sentiment.registry import ConflictError, RegistryError
from sentiment.registry.pointer import DamagedPointerError, Pointer, Promotion
from sentiment.registry.registry import CONTAINER, POINTER_BLOB, Registry
from sentiment.storage import Storage
from tests.support.app_client import Client, running_app
from tests.support.azurite import Azurite, azurite
from tests.support.registry import new_registry, promote, same, write_version
from tests.support.stand_in import standing_in


@pytest.fixture
def registry(emulator: Azurite) -> Registry:
    return new_registry(emulator)


@pytest.fixture(scope="module")
def own_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    with azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def promotion(version: str) -> Promotion:
    return Promotion(version, "0" * 64, "2026-01-01T00:00:00Z")


def test_a_bundle_comes_back_as_it_was_sent(registry: Registry, tmp_path: Path) -> None:
    folder = write_version(tmp_path, "one")
    registry.upload("one", files(folder))
    assert same(registry.download("one"), read_bundle(folder))
    assert registry.versions() == ["one"]


def test_a_version_never_changes(registry: Registry, tmp_path: Path) -> None:
    folder = write_version(tmp_path, "one")
    registry.upload("one", files(folder))
    registry.upload("one", files(folder))
    with pytest.raises(ConflictError, match=r"already published with another tokenizer\.json"):
        registry.upload("one", {**files(folder), "tokenizer.json": b"other"})
    assert same(registry.download("one"), read_bundle(folder))


def test_a_version_without_its_manifest_is_not_listed(registry: Registry, tmp_path: Path) -> None:
    contents = files(write_version(tmp_path, "one"))
    del contents[MANIFEST_FILE]
    registry.upload("one", contents)
    assert registry.versions() == []
    with pytest.raises(RegistryError, match=r"manifest\.json of one is not in storage"):
        registry.download("one")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("model.tflite", b"", "has 0 bytes"),
        ("tokenizer.json", None, "another SHA-256"),
        (MANIFEST_FILE, b"{", "not a valid manifest"),
    ],
)
def test_what_was_damaged_is_refused(
    registry: Registry, tmp_path: Path, name: str, content: bytes | None, reason: str
) -> None:
    contents = files(write_version(tmp_path, "one"))
    contents[name] = bytes(len(contents[name])) if content is None else content
    registry.upload("one", contents)
    with pytest.raises(BundleError, match=reason):
        registry.download("one")


def test_a_manifest_must_be_the_promoted_one_and_of_its_version(
    registry: Registry, tmp_path: Path
) -> None:
    registry.upload("one", files(write_version(tmp_path, "two")))
    with pytest.raises(BundleError, match="describes two"):
        registry.download("one")
    with pytest.raises(BundleError, match="not the one that was promoted"):
        registry.download("one", "0" * 64)


def test_the_pointer_moves_only_from_where_it_was_seen(registry: Registry) -> None:
    nothing = registry.pointer()
    assert nothing.pointer == Pointer()
    first = Pointer().promoted(promotion("one"))
    registry.move_pointer(nothing, first)
    with pytest.raises(ConflictError, match="Somebody else"):
        registry.move_pointer(nothing, Pointer().promoted(promotion("two")))
    seen = registry.pointer()
    assert seen.pointer == first
    assert registry.pointer_unless(seen.etag) is None
    registry.move_pointer(seen, first.promoted(promotion("two")))
    with pytest.raises(ConflictError):
        registry.move_pointer(seen, first.promoted(promotion("three")))
    moved = registry.pointer_unless(seen.etag)
    assert moved is not None
    assert [each.version for each in moved.pointer.promotions] == ["one", "two"]


def test_a_container_that_is_missing_is_an_empty_registry(emulator: Azurite) -> None:
    missing = Registry(Storage(emulator.connection).container("models-missing"))
    assert missing.pointer().pointer == Pointer()
    assert missing.versions() == []
    assert not missing.container.exists()


def test_an_error_names_what_cannot_be_written(emulator: Azurite) -> None:
    missing = Registry(Storage(emulator.connection).container("models-missing"))
    with pytest.raises(
        RegistryError, match=r"tokenizer\.json of one cannot be written: its container"
    ):
        missing.upload("one", {"tokenizer.json": b"{}"})
    refused = Registry(Storage(emulator.connection).container("No Such Name"))
    with pytest.raises(RegistryError, match="The container No Such Name cannot be made"):
        refused.prepare()


def test_a_damaged_pointer_has_the_etag_with_which_it_is_replaced(registry: Registry) -> None:
    registry.container.upload_blob(POINTER_BLOB, b"{")
    with pytest.raises(DamagedPointerError) as damaged:
        registry.pointer()
    found = registry.container.get_blob_client(POINTER_BLOB).get_blob_properties().etag
    assert damaged.value.etag == found


def test_a_move_whose_answer_is_lost_is_no_conflict(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = registry.container.upload_blob

    def sent_again(*arguments: Any, **options: Any) -> Any:
        upload(*arguments, **options)
        return upload(*arguments, **options)

    monkeypatch.setattr(registry.container, "upload_blob", sent_again)
    first = Pointer().promoted(promotion("one"))
    registry.move_pointer(registry.pointer(), first)
    second = first.promoted(promotion("two"))
    registry.move_pointer(registry.pointer(), second)
    assert registry.pointer().pointer == second


def trickle(request: BaseHTTPRequestHandler, _body: bytes) -> None:
    """Send a blob a byte at a time."""
    request.send_response(206)
    request.send_header("Content-Length", "1000")
    request.send_header("Content-Range", "bytes 0-999/1000")
    request.send_header("ETag", '"1"')
    request.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(1000):
            request.wfile.write(b" ")
            time.sleep(0.05)


@pytest.mark.parametrize("read", [Registry.pointer, lambda registry: registry.manifest("one")])
def test_what_comes_too_slowly_is_given_up(read: Callable[[Registry], object]) -> None:
    with standing_in(trickle) as port:
        endpoint = f"BlobEndpoint=http://127.0.0.1:{port}/trickle"
        storage = Storage(f"AccountName=trickle;AccountKey=c2xvdw==;{endpoint}")
        registry = Registry(storage.container("models"), download_seconds=0.5)
        with pytest.raises(RegistryError, match="took too long to download"):
            read(registry)


def wait_for(client: Client, version: str) -> None:
    """Ask for predictions until a version answers."""
    deadline = time.monotonic() + 15
    while client.post("predict", {"text": "a day"}).json["model"]["version"] != version:
        assert time.monotonic() < deadline, f"{version} was never served"
        time.sleep(0.05)


def test_the_app_serves_a_promoted_model_soon_and_at_the_next_start(
    own_emulator: Azurite, tmp_path: Path
) -> None:
    registry = Registry(Storage(own_emulator.connection).container(CONTAINER))
    registry.prepare()
    settings = {"SENTIMENT_STORAGE": own_emulator.connection, "SENTIMENT_HOME": str(tmp_path)}
    promote(registry, write_version(tmp_path, "promoted"))
    with running_app(**settings) as client:
        assert client.get("ready").json["registry"] == {"state": "unchecked", "detail": ""}
        wait_for(client, "promoted")
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
        wait_for(client, "promoted")


@pytest.mark.parametrize("connection", ["nonsense", "UseDevelopmentStorage=true"])
def test_a_registry_that_fails_is_reported_and_costs_no_answer(
    tmp_path: Path, connection: str
) -> None:
    settings = {"SENTIMENT_STORAGE": connection, "SENTIMENT_HOME": str(tmp_path)}
    with running_app(**settings) as client:
        deadline = time.monotonic() + 60
        while (registry := client.get("ready").json["registry"])["state"] != "unreachable":
            assert client.post("predict", {"text": "what a day"}).status == 200
            assert time.monotonic() < deadline
            time.sleep(0.2)
        assert registry["detail"]
