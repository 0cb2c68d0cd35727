"""The client's types reach whoever installs it: without the marker, mypy takes all for Any."""

from __future__ import annotations

import tomllib

from tests.support.pythons import ROOT


def test_the_package_is_built_with_the_marker_that_it_is_typed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["sentiment"]
    built = [path.name for each in patterns for path in (ROOT / "sentiment").glob(each)]
    assert "py.typed" in built
    assert "index.html" in built
