"""How a package is put together, weighed and proved; the whole is built by ``make package``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from deployment.__main__ import check_size
from deployment.build import Package, write_zip
from deployment.proof import ProofError, check_imports, imported_names
from deployment.sizes import MOST_UNZIPPED, MOST_ZIPPED, PACKAGES, Size, by_part


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "package"
    add(folder, "function_app.py", "import json\n")
    add(folder, "model_artifacts/model.tflite", "m" * 5000)
    add(folder, PACKAGES / "numpy" / "core.py", "c" * 300)
    add(folder, PACKAGES / "numpy" / "__pycache__" / "core.cpython-313.pyc", "b" * 200)
    add(folder, PACKAGES / "numpy" / "tests" / "test_core.py", "t" * 900)
    add(folder, PACKAGES / "numpy-2.4.6.dist-info" / "RECORD", "numpy/core.py,sha256=x,300\n")
    add(folder, PACKAGES / "numpy-2.4.6.dist-info" / "METADATA", "Name: numpy\n")
    return folder


def add(folder: Path, name: str | Path, content: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def test_the_same_files_give_the_same_zip(folder: Path, tmp_path: Path) -> None:
    write_zip(folder, tmp_path / "one.zip")
    for path in folder.rglob("*.py"):
        os.utime(path, (0, 0))
        path.chmod(0o600)
    write_zip(folder, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_sizes_are_given_by_part(folder: Path, tmp_path: Path) -> None:
    packed = write_zip(folder, tmp_path / "package.zip")
    parts = by_part(folder, packed)
    assert parts["model"].unzipped == 5000
    assert parts["app"].unzipped == len("import json\n")
    assert parts["numpy"].unzipped == 300 + 200  # with its bytecode
    whole = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert sum(size.unzipped for size in parts.values()) == whole
    assert sum(size.zipped for size in parts.values()) == sum(packed.values())


@pytest.mark.parametrize(("unzipped", "zipped"), [(1, 0), (0, 1)])
def test_a_package_that_is_too_large_is_refused(tmp_path: Path, unzipped: int, zipped: int) -> None:
    archive = tmp_path / "package.zip"
    with archive.open("wb") as file:
        file.truncate(MOST_ZIPPED)
    parts = {"numpy": Size(MOST_UNZIPPED, 1)}
    check_size(Package(tmp_path, archive, parts))
    with archive.open("ab") as file:
        file.truncate(MOST_ZIPPED + zipped)
    parts["numpy"].unzipped += unzipped
    with pytest.raises(ProofError, match="at most"):
        check_size(Package(tmp_path, archive, parts))


def test_imports_are_found_wherever_they_are(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_text("import a.b\ndef f():\n    from c import d\n    import simplemma.x\n")
    assert imported_names([source]) == {"a.b", "c"}


def test_an_import_that_the_package_cannot_satisfy_is_named(folder: Path) -> None:
    python = Path(sys.executable)
    assert check_imports(folder, python) == 1
    add(folder, "function_app.py", "def f():\n    import surely_missing\n")
    with pytest.raises(ProofError, match="surely_missing"):
        check_imports(folder, python)


def test_what_is_installed_beside_the_package_does_not_count(folder: Path) -> None:
    add(folder, "function_app.py", "import msgspec\n")
    with pytest.raises(ProofError, match="msgspec"):
        check_imports(folder, Path(sys.executable))
