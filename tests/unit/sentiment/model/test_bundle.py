from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sentiment.model.bundle import (
    BundleError,
    Decision,
    Encoder,
    Manifest,
    check_replaceable,
    parse_manifest,
    read_bundle,
    write_bundle,
)
from sentiment.model.reference import Distribution, Reference
from sentiment.text import NORMALIZER
from tests.support.drafts import CONTENTS, draft

SPREAD = Distribution([0.5], [0.25, 0.75], 0.6)
REFERENCE = Reference(100, 0.5, SPREAD, SPREAD, SPREAD, SPREAD)


def refer(**changes: Any) -> Reference:
    return msgspec.structs.replace(REFERENCE, length=msgspec.structs.replace(SPREAD, **changes))


def test_a_bundle_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = write_bundle(tmp_path / "bundle", draft(), CONTENTS)
    bundle = read_bundle(tmp_path / "bundle")
    assert bundle.manifest == written
    assert dict(bundle.contents) == CONTENTS
    assert bundle.model == b"model"
    assert bundle.encoder_file == b"a\nb"


def test_writing_replaces_a_bundle_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    write_bundle(folder, draft(), CONTENTS)
    (folder / "left-over").touch()
    write_bundle(folder, draft(), CONTENTS)
    assert {path.name for path in folder.iterdir()} == {*CONTENTS, "manifest.json"}
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(
    "manifest",
    [
        draft(decision=Decision(0.0, 0.5, (0.4, 0.6))),
        draft(decision=Decision(1.0, 0.5, (0.6, 0.7))),
        draft(encoder=Encoder("ngrams", "absent.txt", 8, NORMALIZER)),
        draft(version=""),
        draft(reference=refer(edges=[0.5, 0.5], shares=[0.25, 0.25, 0.5])),
        draft(reference=refer(shares=[1.0])),
        draft(reference=refer(shares=[0.5, 0.75])),
        draft(reference=refer(edges=[], shares=[1.0])),
        draft(reference=msgspec.structs.replace(REFERENCE, rows=0)),
    ],
)
def test_a_bundle_that_contradicts_itself_is_never_written(
    tmp_path: Path, manifest: Manifest
) -> None:
    write_bundle(tmp_path / "bundle", draft(), CONTENTS)
    with pytest.raises(BundleError, match=r"manifest\.json"):
        write_bundle(tmp_path / "bundle", manifest, CONTENTS)
    assert read_bundle(tmp_path / "bundle").manifest.version == draft().version
    assert len(list(tmp_path.iterdir())) == 1


def test_a_disk_that_fails_leaves_the_old_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bundle(tmp_path / "bundle", draft(), CONTENTS)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sentiment.model.bundle.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_bundle(tmp_path / "bundle", draft(version="newer"), CONTENTS)
    assert read_bundle(tmp_path / "bundle").manifest.version == draft().version
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("precious", ["thesis.txt", "sub/thesis.txt", "manifest.json/thesis.txt"])
def test_a_folder_that_holds_something_else_is_never_replaced(
    tmp_path: Path, precious: str
) -> None:
    path = tmp_path / "folder" / precious
    path.parent.mkdir(parents=True)
    path.write_text("years of work")
    with pytest.raises(BundleError, match="would be lost"):
        write_bundle(tmp_path / "folder", draft(), CONTENTS)
    assert path.read_text() == "years of work"


@pytest.mark.parametrize("name", ["../evil", "a/b", "a\\b", "..", "", "C:x", "manifest.json"])
def test_a_manifest_may_only_name_plain_files_of_its_folder(name: str) -> None:
    manifest = msgspec.to_builtins(draft())
    entry = {"sha256": "0", "size": 1}
    manifest["files"] = {"model.tflite": entry, "ngrams.txt": entry, name: entry}
    with pytest.raises(BundleError, match="plain file names"):
        parse_manifest(json.dumps(manifest).encode())


def test_a_link_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle", draft(), CONTENTS)
    model = tmp_path / "bundle" / "model.tflite"
    model.rename(tmp_path / "elsewhere")
    model.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match=r"model\.tflite"):
        read_bundle(tmp_path / "bundle")


def test_the_public_manifest_keeps_attribution_and_drops_the_commit() -> None:
    provenance = draft().public()["provenance"]
    assert provenance == {"data_attribution": "somebody"}


def test_a_reference_is_kept_and_public(tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle", draft(schema_version=2, reference=REFERENCE), CONTENTS)
    manifest = read_bundle(tmp_path / "bundle").manifest
    assert manifest.reference == REFERENCE
    assert manifest.public()["reference"]["length"]["shares"] == [0.25, 0.75]


def test_a_bundle_older_than_references_is_read_and_shown_without_one(tmp_path: Path) -> None:
    write_bundle(tmp_path / "bundle", draft(schema_version=1), CONTENTS)
    assert "reference" not in json.loads((tmp_path / "bundle" / "manifest.json").read_text())
    assert "reference" not in read_bundle(tmp_path / "bundle").manifest.public()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BundleError, match=r"cannot be made in .*file; choose another"):
        check_replaceable(tmp_path / "file" / "bundle")
    check_replaceable(tmp_path / "new" / "folder")
