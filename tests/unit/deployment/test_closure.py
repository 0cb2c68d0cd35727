"""The pinned packages: complete, hashed, and without what is never imported."""

from __future__ import annotations

import re

from packaging.requirements import Requirement

from deployment.build import deployed_files
from deployment.closure import LOCK, PYTHON, left_out
from deployment.proof import OPTIONAL, imported_names
from tests.support.pythons import ROOT


def required() -> dict[str, str]:
    """Return what requirements.txt asks for on the Python and the system of the cloud."""
    cloud = {"python_version": PYTHON, "sys_platform": "linux"}
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    asked = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {
        each.name: str(each.specifier).removeprefix("==")
        for each in asked
        if each.marker is None or each.marker.evaluate(cloud)
    }


def locked() -> dict[str, str]:
    """Return the version of each package in the lock."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK.read_text(), re.MULTILINE))


def test_the_lock_is_that_of_the_requirements() -> None:
    pinned = locked()
    assert {name: pinned.get(name) for name in required()} == required(), (
        "Run `python -m deployment lock`."
    )


def test_every_package_has_its_hashes() -> None:
    blocks = re.split(r"^(?=[a-z0-9-]+==)", LOCK.read_text(), flags=re.MULTILINE)[1:]
    assert len(blocks) == len(locked())
    assert all("--hash=sha256:" in block for block in blocks)


def test_what_is_declared_but_never_imported_is_left_out() -> None:
    assert {"protobuf", "tqdm"} <= set(left_out())
    assert not locked().keys() & set(left_out())
    heavy = {"tensorflow-cpu", "keras", "scikit-learn", "pandas", "mlflow", "matplotlib", "jinja2"}
    assert not locked().keys() & heavy


def test_the_app_imports_nothing_that_is_left_out_or_optional_without_need() -> None:
    sources = [ROOT / name for name in deployed_files(ROOT) if name.endswith(".py")]
    names = {name.partition(".")[0] for name in imported_names(sources)}
    assert not names & ({name.replace("-", "_") for name in left_out()} | OPTIONAL)
    assert {"azure", "msgspec", "numpy", "sentiment", "tokenizers"} <= names
