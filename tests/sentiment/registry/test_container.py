from __future__ import annotations

import json
from pathlib import Path

import pytest

from sentiment.bundle import MANIFEST_FILE, BundleError, read_bundle
from sentiment.registry import ConflictError, RegistryError
from sentiment.registry.container import Registry
from sentiment.registry.pointer import Pointer, Promotion
from sentiment.storage import Storage
from tests.azurite import Azurite
from tests.registry import new_registry, same, write_version


@pytest.fixture
def registry(emulator: Azurite) -> Registry:
    return new_registry(emulator)


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
    with pytest.raises(RegistryError, match=r"manifest\.json of one is not in the registry"):
        registry.download("one")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("model.tflite", b"", "has 0 bytes"),
        ("tokenizer.json", None, "another SHA-256"),
        (MANIFEST_FILE, b"{", "not a valid manifest"),
        (MANIFEST_FILE, b'{"schema_version": 9, "name": "tweet-sentiment"}', "schema version 9"),
        (MANIFEST_FILE, b'{"schema_version": 1, "name": "other"}', "'other'"),
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


def test_a_manifest_cannot_name_a_file_outside(registry: Registry, tmp_path: Path) -> None:
    contents = files(write_version(tmp_path, "one"))
    manifest = json.loads(contents[MANIFEST_FILE])
    manifest["files"]["../two/tokenizer.json"] = manifest["files"]["tokenizer.json"]
    contents[MANIFEST_FILE] = json.dumps(manifest).encode()
    registry.upload("one", contents)
    with pytest.raises(BundleError, match="plain file names"):
        registry.download("one")


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


def test_a_registry_that_cannot_be_reached_says_so_without_its_key(emulator: Azurite) -> None:
    connection = emulator.connection.replace("127.0.0.1", "127.0.0.1:1/", 1)
    registry = Registry(Storage(connection).container("models"))
    with pytest.raises(RegistryError, match="cannot be read") as refused:
        registry.pointer()
    assert "127.0.0.1" not in str(refused.value)


def test_a_wrong_key_is_refused_without_repeating_it(emulator: Azurite) -> None:
    parts = emulator.connection.split(";")
    wrong = ["AccountKey=c2VjcmV0" if part.startswith("AccountKey") else part for part in parts]
    registry = Registry(Storage(";".join(wrong)).container("models"))
    with pytest.raises(RegistryError, match="cannot be") as refused:
        registry.prepare()
    assert "c2VjcmV0" not in str(refused.value)
