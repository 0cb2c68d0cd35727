from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sentiment.files import current_folder, exchange, replace_folder
from sentiment.model.bundle import read_bundle, write_bundle
from tests.unit.sentiment.model.test_bundle import CONTENTS, draft

_KILLED = """
import os, sys
from pathlib import Path
from sentiment import files
from sentiment.model.bundle import write_bundle
from tests.unit.sentiment.model.test_bundle import CONTENTS, draft

folder, system, moment = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
renaming, removing = Path.rename, files.shutil.rmtree
steps = 0

def step():
    global steps
    steps += 1
    if steps > moment:
        os.kill(os.getpid(), 9)

def rename(*arguments):
    step()
    return renaming(*arguments)

def remove(*arguments, **options):
    step()
    return removing(*arguments, **options)

Path.rename, files.shutil.rmtree = rename, remove
if system == "without":
    files.exchange = lambda *_: False
write_bundle(folder, draft(version="newer"), CONTENTS)
"""


def fill(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True)
    (folder / name).touch()
    return folder


def age(folder: Path) -> None:
    os.utime(folder, (0, 0))


@pytest.mark.parametrize(
    ("system", "moment", "version"),
    [
        ("with", 0, "newer"),
        ("without", 0, draft().version),
        ("without", 1, draft().version),
        ("without", 2, "newer"),
    ],
)
def test_a_kill_at_any_step_leaves_a_bundle_that_loads(
    system: str, moment: int, version: str, tmp_path: Path
) -> None:
    if system == "with" and not sys.platform.startswith("linux"):
        pytest.skip("Only Linux exchanges files.")
    folder = tmp_path / "bundle"
    write_bundle(folder, draft(), CONTENTS)
    command = [sys.executable, "-c", _KILLED, str(folder), system, str(moment)]
    assert subprocess.run(command, check=False).returncode == -9
    assert read_bundle(folder).manifest.version == version
    left = [path for path in tmp_path.iterdir() if path != folder]
    assert left
    for path in left:
        age(path)
    write_bundle(folder, draft(version="latest"), CONTENTS)
    assert read_bundle(folder).manifest.version == "latest"
    assert list(tmp_path.iterdir()) == [folder]


def test_two_folders_change_places_where_the_system_can(tmp_path: Path) -> None:
    one, other = fill(tmp_path / "one", "a"), fill(tmp_path / "other", "b")
    if exchange(one, other):
        assert [path.name for path in (*one.iterdir(), *other.iterdir())] == ["b", "a"]
    else:
        assert not sys.platform.startswith("linux")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Only Linux exchanges files.")
def test_folders_that_cannot_change_places_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "absent", fill(tmp_path / "one", "a"))


def test_a_failed_replacement_in_two_steps_leaves_what_stood_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "exchange", lambda *_: False)
    folder = fill(tmp_path / "folder", "a")
    with pytest.raises(FileNotFoundError):
        replace_folder(tmp_path / "absent", folder)
    assert (folder / "a").exists()
    assert list(tmp_path.iterdir()) == [folder]


def test_a_link_is_replaced_and_what_it_names_stays(tmp_path: Path) -> None:
    named = fill(tmp_path / "named", "a")
    folder = tmp_path / "folder"
    folder.symlink_to(named)
    replace_folder(fill(tmp_path / "new", "b"), folder)
    assert [path.name for path in folder.iterdir()] == ["b"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "named"]
    assert (named / "a").exists()


def test_only_what_was_abandoned_is_removed(tmp_path: Path) -> None:
    folder = fill(tmp_path / "folder", "a")
    abandoned = fill(tmp_path / ".folder-new-0123abc_", "b")
    kept = [
        fill(tmp_path / name, "c")
        for name in (
            ".folder-settings",
            ".folder-2-new-0123abcd",
            ".other-new-0123abcd",
            ".folder-old",
        )
    ]
    in_use = fill(tmp_path / ".folder-new-abcd0123", "d")
    for path in (abandoned, *kept):
        age(path)
    replace_folder(fill(tmp_path / "new", "e"), folder)
    assert not abandoned.exists()
    assert all(path.exists() for path in (*kept, in_use))


def test_a_folder_that_is_nowhere_stands_where_it_is_named(tmp_path: Path) -> None:
    assert current_folder(tmp_path / "absent" / "folder") == tmp_path / "absent" / "folder"
