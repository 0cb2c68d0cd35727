"""Azurite, Microsoft's emulator of Azure Storage, on free ports of the loopback interface."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.host import free_ports
from tests.support.pythons import ROOT

_PROGRAM = ROOT / "node_modules" / ".bin" / "azurite"
_ACCOUNT = "devstoreaccount1"
# Published by Microsoft as the emulator's only key.
_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq"  # pragma: allowlist secret
    "/K1SZFPTOtr/KBHBeksoGMGw=="
)
_SECONDS = 60.0


@dataclass(frozen=True)
class Azurite:
    """A running emulator."""

    connection: str
    process: subprocess.Popen[bytes]


def find_azurite() -> Path:
    """Return the program; skip the test where there is none."""
    found = shutil.which("azurite")
    program = _PROGRAM if _PROGRAM.exists() else Path(found) if found else None
    if program is None:
        pytest.skip("no azurite found: make tools")
    return program


@contextlib.contextmanager
def azurite(folder: Path) -> Iterator[Azurite]:
    """Run an emulator that keeps its data in a folder."""
    program = find_azurite()
    ports = dict(zip(("blob", "queue", "table"), free_ports(3), strict=True))
    command: list[str | Path] = [program, "--silent", "--disableTelemetry", "--skipApiVersionCheck"]
    command += ["--location", folder]
    for service, port in ports.items():
        command += [f"--{service}Host", "127.0.0.1", f"--{service}Port", str(port)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env=dict(os.environ))
    try:
        for port in ports.values():
            _wait(port, process)
        yield Azurite(_connection(ports), process)
    finally:
        process.kill()
        process.wait()


def _connection(ports: dict[str, int]) -> str:
    endpoints = (
        f"{service.title()}Endpoint=http://127.0.0.1:{port}/{_ACCOUNT}"
        for service, port in ports.items()
    )
    parts = ("DefaultEndpointsProtocol=http", f"AccountName={_ACCOUNT}", f"AccountKey={_KEY}")
    return ";".join((*parts, *endpoints))


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"azurite ended with {process.returncode}.")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"azurite does not listen on port {port}.")
