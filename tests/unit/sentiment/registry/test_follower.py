from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from sentiment.model.bundle import MANIFEST_FILE, Bundle, BundleError, read_bundle
from sentiment.model.classifier import Classifier
from sentiment.model.served import ServedModel
from sentiment.registry import RegistryError
from sentiment.registry.follower import Follower
from sentiment.registry.pointer import Pointer, Promotion
from sentiment.registry.registry import Registry, TaggedPointer
from sentiment.telemetry.events import ModelEvent, RegistryEvent
from tests.support.event_list import EventList
from tests.support.registry import write_version


class Shelf:
    """A registry of folders; a folder that is not there is unreachable, a damaged one refused."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.pointer, self.downloads = folder, Pointer(), 0
        self.down = False

    def promote(self, version: str) -> None:
        path = self.folder / version / MANIFEST_FILE
        content = path.read_bytes() if path.exists() else b""
        promotion = Promotion(version, hashlib.sha256(content).hexdigest(), "2026-01-01T00:00:00Z")
        self.pointer = self.pointer.promoted(promotion)

    def pointer_unless(self, etag: str | None) -> TaggedPointer | None:
        if self.down:
            raise RegistryError("down")
        number = str(len(self.pointer.promotions))
        return None if etag == number else TaggedPointer(self.pointer, number)

    def download(self, version: str, _sha256: str) -> Bundle:
        self.downloads += 1
        if not (self.folder / version).exists():
            raise RegistryError(f"{version} is not in storage.")
        return read_bundle(self.folder / version)


class Site:
    """A served model that follows a shelf."""

    def __init__(
        self, folder: Path, connect: Callable[[], object] | None = None, **options: float
    ) -> None:
        self.shelf = Shelf(folder)
        self.model = ServedModel(Classifier(read_bundle(write_version(folder, "packaged"))))
        self.events = EventList()
        self.cache = folder / "cache" / "fetched"
        made = cast(Callable[[], Registry], connect or (lambda: self.shelf))
        self.follower = Follower(made, self.model, self.cache, self.events, **options)

    def release(self, version: str) -> None:
        write_version(self.shelf.folder, version)
        self.shelf.promote(version)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_an_empty_registry_leaves_the_packaged_model(site: Site) -> None:
    assert site.follower.status.state == "unchecked"
    assert site.follower.check().state == "empty"
    assert site.model.version == "packaged"
    assert site.events.names == ["registry"]


def test_a_promoted_model_is_swapped_in_and_kept_for_the_next_start(site: Site) -> None:
    site.release("one")
    assert site.follower.check().state == "current"
    assert site.model.version == "one"
    assert read_bundle(site.cache).manifest.version == "one"
    assert site.events.events == [
        ModelEvent(previous="packaged", model_version="one"),
        RegistryEvent(state="current", detail="", serving="one"),
    ]
    site.release("two")
    assert site.follower.check().state == "current"
    assert site.model.version == "two"


def test_an_unchanged_pointer_is_not_followed_again(site: Site) -> None:
    site.release("one")
    assert [site.follower.check().state for _ in range(2)] == ["current", "current"]
    assert site.shelf.downloads == 1
    assert site.events.names == ["model", "registry"]


@pytest.mark.parametrize("name", ["model.tflite", "tokenizer.json", MANIFEST_FILE])
def test_a_bad_bundle_never_replaces_a_good_one(site: Site, name: str) -> None:
    site.release("good")
    site.follower.check()
    (write_version(site.shelf.folder, "bad") / name).write_bytes(b"{")
    site.shelf.promote("bad")
    status = site.follower.check()
    assert status.state == "refused"
    assert name in status.detail
    assert site.follower.check() == status
    assert site.model.version == "good"
    assert read_bundle(site.cache).manifest.version == "good"
    site.release("better")
    assert site.follower.check().state == "current"
    assert site.model.version == "better"


@pytest.mark.parametrize("error", [RegistryError("no way"), BundleError("bad"), OSError("secret")])
def test_a_check_never_raises(tmp_path: Path, error: Exception) -> None:
    def connect() -> Registry:
        raise error

    site = Site(tmp_path, connect)
    status = site.follower.check()
    assert status.state == "unreachable"
    assert "secret" not in status.detail
    assert site.model.version == "packaged"


def test_a_registry_that_is_down_is_reported_once_and_current_when_it_comes_back(
    site: Site,
) -> None:
    site.release("one")
    site.shelf.down = True
    assert [site.follower.check().state for _ in range(2)] == ["unreachable"] * 2
    assert site.events.names == ["registry"]
    site.shelf.down = False
    assert site.follower.check().state == "current"


def test_many_requests_set_off_one_check_until_the_interval_has_passed(tmp_path: Path) -> None:
    connected = threading.Semaphore(0)

    def connect() -> Registry:
        connected.release()
        raise RegistryError("down")

    site = Site(tmp_path, connect, delay=0.05, interval=60.0)
    for _ in range(20):
        site.follower.check_soon()
    join_timers()
    assert connected.acquire(blocking=False)
    for _ in range(20):
        site.follower.check_soon()
    join_timers()
    assert not connected.acquire(blocking=False)


def join_timers() -> None:
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join()


def test_a_cache_that_cannot_be_written_costs_only_the_next_start(site: Site) -> None:
    site.release("one")
    site.cache.parent.write_text("in the way")
    assert site.follower.check().state == "current"
    assert site.model.version == "one"
