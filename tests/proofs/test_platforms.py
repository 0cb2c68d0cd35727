"""Every extra resolves to wheels on the machines where people work."""

from __future__ import annotations

import subprocess
import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement

from deployment.closure import UV
from tests.support.pythons import ROOT

pytestmark = pytest.mark.proof

PLATFORMS = {
    "macOS, arm64": "aarch64-apple-darwin",
    "Windows": "x86_64-pc-windows-msvc",
    "Linux": "x86_64-manylinux_2_28",
    "Linux, arm64": "aarch64-manylinux_2_28",
}


@pytest.mark.parametrize("extra", ["host", "operations", "training"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("platform", PLATFORMS.values(), ids=PLATFORMS)
def test_wheels_are_to_be_had(platform: str, python: str, extra: str) -> None:
    resolved = resolve(platform, python, extra)
    assert resolved.returncode == 0, resolved.stderr
    names = {line.partition("==")[0] for line in resolved.stdout.splitlines()}
    assert "ai-edge-litert" in names
    assert "tensorflow-text" not in names
    assert bool(names & {"tensorflow", "tensorflow-cpu"}) == (extra == "training")


def test_a_mac_with_an_intel_processor_has_no_tflite_runtime() -> None:
    resolved = resolve("x86_64-apple-darwin", "3.11", "host")
    assert resolved.returncode != 0
    assert "ai-edge-litert" in resolved.stderr


def resolve(platform: str, python: str, extra: str) -> subprocess.CompletedProcess[str]:
    """Return how uv resolves an extra to wheels alone for another platform."""
    options = ("--python-platform", platform, "--python-version", python, "--no-header")
    only_wheels = ("--only-binary", ":all:", "--no-annotate", "--no-python-downloads")
    return subprocess.run(
        [*UV, "pip", "compile", "-", *options, *only_wheels, "--quiet"],
        cwd=ROOT,
        input="\n".join([(ROOT / "requirements.txt").read_text(), *requirements(extra)]),
        capture_output=True,
        text=True,
    )


def requirements(extra: str) -> Iterator[str]:
    """Yield what an extra asks for; to build the project would need its own platform."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for each in map(Requirement, extras["optional-dependencies"][extra]):
        if each.name == extras["name"]:
            for further in each.extras:
                yield from requirements(further)
        else:
            yield str(each)
