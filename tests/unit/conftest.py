"""A unit test fails where it starts a process, opens a socket or loads TensorFlow.

What asks for the commit or the name of the processor goes through.

Property tests are not judged by the clock: a busy machine is no fault of the code.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

_FORBIDDEN = {"subprocess.Popen", "os.posix_spawn", "os.fork", "socket.connect", "socket.bind"}
_HEAVY = {"tensorflow", "keras"}
_ALLOWED = {"git", "uname"}
_running = False


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if not _running or arguments[:1] in [(name,) for name in _ALLOWED]:
        return
    if event in _FORBIDDEN or (event == "import" and arguments[0] in _HEAVY):
        raise AssertionError(f"This is no unit test: {event} {arguments[:2]}")


sys.addaudithook(_audit)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, Any, Any]:
    return (yield from _watched())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, Any, Any]:
    return (yield from _watched())


def _watched() -> Generator[None, Any, Any]:
    global _running
    _running = True
    try:
        return (yield)
    finally:
        _running = False
