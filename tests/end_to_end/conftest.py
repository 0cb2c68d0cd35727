"""One server, which asks for a key, and one browser for all tests of a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import chromium
from tests.support.homes import empty_store, home, no_run_of_tests
from tests.support.host import Server, running
from tests.support.visit import KEY, Visit, visiting

__all__ = ["empty_store", "home", "no_run_of_tests"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("home")
    with running(home, "--require-key", KEY, ready="/api/health/ready") as server:
        yield server


@pytest.fixture(scope="session")
def site(server: Server) -> str:
    """The address of the app."""
    return server.url


@pytest.fixture(scope="package")  # its event loop would be in the way of other tests
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Visit]:
    """The page in English, with the key in every request."""
    with visiting(browser, server.url, key=KEY) as visit:
        yield visit
