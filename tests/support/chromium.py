"""Debian's Chromium, driven by playwright; playwright's own download of a browser is not needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from benchmarks import site
from tests.support.pythons import ROOT

NODE_MODULES = ROOT / "node_modules"


def find_chromium() -> Path:
    """Return the browser; skip the test where there is none."""
    found = site.find_chromium()
    if found is None:
        pytest.skip("no chromium found: on Debian, apt install chromium")
    return Path(found)


def find_module(path: str) -> Path:
    """Return a file of an npm package; skip the test where it is not installed."""
    file = NODE_MODULES / path
    if not file.exists():
        pytest.skip(f"no {path} found: make tools")
    return file


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """Run the browser until the block ends."""
    program = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*site.FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()
