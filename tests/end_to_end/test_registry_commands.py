from __future__ import annotations

import uuid
from pathlib import Path

import msgspec
import pytest

from operations.cli import main
from operations.registry import open_registry
from sentiment.model.bundle import MANIFEST_FILE, read_bundle
from sentiment.model.ngrams import LEMMA
from sentiment.registry.registry import POINTER_BLOB, Registry
from sentiment.settings import read_settings
from tests.support.azurite import Azurite
from tests.support.registry import write_version
from tests.support.traffic import (
    USUAL,
    VERSION,
    reference_of,
    send_predictions,
    write_bundle_with,
)


@pytest.fixture(autouse=True)
def own_container(emulator: Azurite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.registry.CONTAINER", f"models-{uuid.uuid4().hex[:12]}")
    monkeypatch.setenv("SENTIMENT_STORAGE", emulator.connection)


def current_registry() -> Registry:
    return open_registry(read_settings().storage)


def release(folder: Path, version: str) -> int:
    return main(["publish", "--bundle", str(write_version(folder, version))])


def test_versions_are_published_listed_promoted_and_rolled_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["list"]) == 0
    assert "registry is empty" in capsys.readouterr().out
    for version in ("one", "two", "three"):
        assert release(tmp_path, version) == 0
    assert release(tmp_path, "three") == 0
    said = capsys.readouterr().out
    assert "three is the current version now" in said
    assert "three is the current version already" in said
    assert main(["rollback"]) == 0
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert "* two" in listed
    assert "  three\n" in listed
    assert listed.rstrip().endswith("two  (rollback)")
    assert main(["promote", "three"]) == 0
    assert main(["rollback"]) == 0
    assert main(["rollback"]) == 0
    assert "one is the current version now" in capsys.readouterr().out
    assert main(["rollback"]) == 1
    assert "no earlier version" in capsys.readouterr().err


def test_a_version_replaces_only_the_one_that_it_has_beaten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def publish_over(version: str, champion: str) -> int:
        folder = write_version(tmp_path, version)
        return main(["publish", "--bundle", str(folder), "--over", champion])

    assert publish_over("one", "other") == 1
    assert "The current version is none, not other" in capsys.readouterr().err
    assert publish_over("one", "") == 0
    assert publish_over("two", "one") == 0
    assert publish_over("three", "one") == 1
    assert "The current version is two, not one" in capsys.readouterr().err
    assert publish_over("three", "") == 1
    assert main(["list"]) == 0
    assert "* two" in capsys.readouterr().out


def test_the_same_version_with_other_content_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release(tmp_path, "one") == 0
    changed = write_version(tmp_path, "one", created="2020-01-01T00:00:00Z")
    assert main(["publish", "--bundle", str(changed)]) == 1
    assert "already published with another manifest.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("absent", "manifest.json of absent cannot be read: its container"),
        ("../one", "not the name of a version"),
        ("", "not the name of a version"),
    ],
)
def test_a_version_that_is_not_there_cannot_be_promoted(
    version: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["promote", version]) == 1
    assert reason in capsys.readouterr().err


def test_a_damaged_bundle_is_not_uploaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_version(tmp_path, "one")
    (folder / "model.tflite").write_bytes(b"damaged")
    assert main(["publish", "--bundle", str(folder)]) == 1
    assert "model.tflite has 7 bytes" in capsys.readouterr().err
    assert main(["list"]) == 0
    assert "registry is empty" in capsys.readouterr().out


def test_a_bundle_that_needs_what_no_app_deploys_is_neither_published_nor_promoted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    encoder = read_bundle(read_settings({}).bundle).manifest.encoder
    lemmas = msgspec.structs.replace(encoder, options={"forms": LEMMA})
    folder = write_version(tmp_path, "lemmas", encoder=lemmas)
    assert main(["publish", "--bundle", str(folder)]) == 1
    assert "needs the package simplemma, which is not deployed" in capsys.readouterr().err
    assert not current_registry().container.exists()
    assert release(tmp_path, "one") == 0
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    current_registry().upload("lemmas", files)
    assert main(["promote", "lemmas"]) == 1
    assert "needs the package simplemma" in capsys.readouterr().err
    assert main(["list"]) == 0
    assert "* one" in capsys.readouterr().out


def test_a_damaged_pointer_is_named_and_replaced_by_a_promotion(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release(tmp_path, "one") == 0
    current_registry().container.upload_blob(POINTER_BLOB, b"{", overwrite=True)
    assert main(["rollback"]) == 1
    assert "damaged; promote a version anew" in capsys.readouterr().err
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert "  one\n" in listed
    assert "damaged; promote a version anew" in listed
    assert main(["promote", "one"]) == 0
    assert "without the history" in capsys.readouterr().err
    assert main(["list"]) == 0
    assert "* one" in capsys.readouterr().out


def test_a_pointer_of_a_newer_schema_is_not_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release(tmp_path, "one") == 0
    newer = b'{"schema_version": 9}'
    current_registry().container.upload_blob(POINTER_BLOB, newer, overwrite=True)
    assert main(["promote", "one"]) == 1
    assert "Deploy a newer app" in capsys.readouterr().err
    assert current_registry().container.download_blob(POINTER_BLOB).readall() == newer


def test_a_rollback_refuses_another_bundle_than_was_promoted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release(tmp_path, "one") == 0
    assert release(tmp_path, "two") == 0
    changed = write_version(tmp_path, "one", created="2020-01-01T00:00:00Z") / "manifest.json"
    blob = "bundles/one/manifest.json"
    current_registry().container.upload_blob(blob, changed.read_bytes(), overwrite=True)
    assert main(["rollback"]) == 1
    assert "manifest.json of one is not the one that was promoted" in capsys.readouterr().err


def test_listing_makes_no_container() -> None:
    assert main(["list"]) == 0
    assert not current_registry().container.exists()


def test_drift_is_measured_against_the_version_that_the_registry_serves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    events = ["--events", str(tmp_path / "events")]
    send_predictions(tmp_path / "events", USUAL, 300)
    served = write_bundle_with(tmp_path / "served", reference_of())
    packaged = write_bundle_with(tmp_path / "packaged", None)  # has nothing to compare with
    asked = ["drift", "--bundle", str(packaged), *events]
    current_registry().prepare()
    assert main([*asked, "--registry"]) == 1
    assert main(["publish", "--bundle", str(served)]) == 0
    assert main([*asked, "--registry"]) == 0
    assert main(asked) == 1
    registry = current_registry()
    changed = registry.manifest(VERSION) + b" "
    blob = f"bundles/{VERSION}/{MANIFEST_FILE}"
    registry.container.upload_blob(blob, changed, overwrite=True)
    capsys.readouterr()
    assert main([*asked, "--registry"]) == 1
    assert "is not the one that was promoted" in capsys.readouterr().err
