from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from operations.registry import publish
from sentiment.model.bundle import MANIFEST_FILE, BundleError, read_bundle, write_bundle
from sentiment.model.classifier import Classifier
from sentiment.registry import RegistryError
from sentiment.registry.follower import Follower
from sentiment.registry.pointer import Promotion
from sentiment.registry.registry import Registry
from sentiment.storage import Storage
from sentiment.telemetry.events import EventValue
from tests.support.azurite import Azurite
from tests.support.registry import new_registry, write_version


class App:
    """What a follower serves, and what it tells."""

    def __init__(self, folder: Path, connect: Callable[[], Registry], **options: float) -> None:
        self.model = Classifier(read_bundle(write_version(folder, "packaged")))
        self.told: list[tuple[str, Mapping[str, EventValue]]] = []
        self.cache = folder / "cache" / "fetched"
        self.follower = Follower(connect, self.serving, self.swap, self.cache, self, **options)

    def serving(self) -> str:
        return self.model.manifest.version

    def swap(self, model: Classifier) -> None:
        self.model = model

    def emit(self, name: str, values: Mapping[str, EventValue]) -> None:
        self.told.append((name, values))


def quiet(_message: str) -> None:
    pass


@pytest.fixture
def registry(emulator: Azurite) -> Registry:
    return new_registry(emulator)


@pytest.fixture
def app(registry: Registry, tmp_path: Path) -> App:
    return App(tmp_path, lambda: registry)


def release(registry: Registry, folder: Path, version: str) -> None:
    publish(registry, write_version(folder, version), quiet)


def test_an_empty_registry_leaves_the_packaged_model(app: App) -> None:
    assert app.follower.status.state == "unchecked"
    assert app.follower.check().state == "empty"
    assert app.serving() == "packaged"
    assert [name for name, _ in app.told] == ["registry"]


def test_a_promoted_model_is_swapped_in_and_kept_for_the_next_start(
    app: App, registry: Registry, tmp_path: Path
) -> None:
    release(registry, tmp_path, "one")
    assert app.follower.check().state == "current"
    assert app.serving() == "one"
    assert read_bundle(app.cache).manifest.version == "one"
    assert ("model", {"from": "packaged", "model_version": "one"}) in app.told
    release(registry, tmp_path, "two")
    assert app.follower.check().state == "current"
    assert app.serving() == "two"


def test_an_unchanged_pointer_is_not_read_again(
    app: App, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(registry, tmp_path, "one")
    app.follower.check()
    monkeypatch.setattr(registry, "download", None)
    assert app.follower.check().state == "current"
    assert [name for name, _ in app.told] == ["model", "registry"]


def damage(registry: Registry, folder: Path, name: str, content: bytes) -> None:
    version = f"bad-{name.partition('.')[0]}"
    contents = {path.name: path.read_bytes() for path in write_version(folder, version).iterdir()}
    registry.upload(version, {**contents, name: content})
    seen = registry.pointer()
    sha256 = registry_hash(registry, version)
    promotion = Promotion(version, sha256, "2026-01-01T00:00:00Z")
    registry.move_pointer(seen, seen.pointer.promoted(promotion))


def registry_hash(registry: Registry, version: str) -> str:
    return hashlib.sha256(registry.manifest(version)).hexdigest()


@pytest.mark.parametrize("name", ["model.tflite", "tokenizer.json", MANIFEST_FILE])
def test_a_bad_bundle_never_replaces_a_good_one(
    app: App, registry: Registry, tmp_path: Path, name: str
) -> None:
    release(registry, tmp_path, "good")
    app.follower.check()
    damage(registry, tmp_path, name, b"{")
    status = app.follower.check()
    assert status.state == "refused"
    assert name in status.detail
    assert app.follower.check() == status
    assert app.serving() == "good"
    assert read_bundle(app.cache).manifest.version == "good"
    release(registry, tmp_path, "better")
    assert app.follower.check().state == "current"
    assert app.serving() == "better"


def test_a_pointer_to_a_missing_version_is_told(app: App, registry: Registry) -> None:
    promotion = Promotion("ghost", "0" * 64, "2026-01-01T00:00:00Z")
    seen = registry.pointer()
    registry.move_pointer(seen, seen.pointer.promoted(promotion))
    status = app.follower.check()
    assert status.state == "unreachable"
    assert "ghost" in status.detail
    assert app.serving() == "packaged"


def test_a_model_that_does_not_load_is_refused(
    app: App, registry: Registry, tmp_path: Path
) -> None:
    folder = write_version(tmp_path, "odd", family="odd")
    bundle = read_bundle(folder)
    encoder = msgspec.structs.replace(bundle.manifest.encoder, normalizer="tweet-99")
    manifest = msgspec.structs.replace(bundle.manifest, encoder=encoder)
    write_bundle(folder, manifest, bundle.contents)
    publish(registry, folder, quiet)
    status = app.follower.check()
    assert status.state == "refused"
    assert "tweet-99" in status.detail


@pytest.mark.parametrize("error", [RegistryError("no way"), BundleError("bad"), OSError("secret")])
def test_a_check_never_raises(tmp_path: Path, error: Exception) -> None:
    def connect() -> Registry:
        raise error

    app = App(tmp_path, connect)
    status = app.follower.check()
    assert status.state == "unreachable"
    assert "secret" not in status.detail
    assert app.serving() == "packaged"


def test_a_registry_that_is_down_is_told_once(emulator: Azurite, tmp_path: Path) -> None:
    connection = emulator.connection.replace("127.0.0.1", "127.0.0.1:1/", 1)
    app = App(tmp_path, lambda: Registry(Storage(connection).container("models")))
    assert app.follower.check().state == "unreachable"
    assert app.follower.check().state == "unreachable"
    assert [name for name, _ in app.told] == ["registry"]


def test_a_registry_that_comes_back_is_current_again(
    app: App, registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_etag: str | None) -> None:
        raise RegistryError("down")

    release(registry, tmp_path, "one")
    assert app.follower.check().state == "current"
    with monkeypatch.context() as outage:
        outage.setattr(registry, "pointer_unless", fail)
        assert app.follower.check().state == "unreachable"
    assert app.follower.check().state == "current"


def test_a_nudge_checks_soon_and_not_again_before_the_interval_has_passed(
    registry: Registry, tmp_path: Path
) -> None:
    connected = []

    def connect() -> Registry:
        connected.append(time.monotonic())
        return registry

    release(registry, tmp_path, "one")
    app = App(tmp_path, connect, delay=0.05, interval=60.0)
    for _ in range(20):
        app.follower.check_soon()
    assert connected == []
    deadline = time.monotonic() + 10
    while app.serving() != "one" and time.monotonic() < deadline:
        time.sleep(0.02)
        app.follower.check_soon()
    assert app.serving() == "one"
    assert len(connected) == 1


def test_a_cache_that_cannot_be_written_costs_only_the_next_start(
    registry: Registry, tmp_path: Path
) -> None:
    release(registry, tmp_path, "one")
    app = App(tmp_path, lambda: registry)
    app.cache.parent.write_text("in the way")
    assert app.follower.check().state == "current"
    assert app.serving() == "one"
