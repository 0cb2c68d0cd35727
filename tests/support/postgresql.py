"""A real PostgreSQL server on loopback, with a data folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.host import free_port

_USER = "nobody"
"""Who runs the server where tests are run by root, whom it refuses."""


def find_programs() -> Path | None:
    """Return the folder of the newest server's programs; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def serve(programs: Path) -> Iterator[str]:
    """Start a server; yield the address of an empty database."""
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    user = _USER if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", free_port()

    def run(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(data), *arguments]
        with (folder / "log").open("ab") as log:
            subprocess.run(command, check=True, user=user, cwd="/", stdout=log, stderr=log)

    try:
        run("initdb", "--username=postgres", "--auth=trust", "--no-sync")
        run("pg_ctl", "start", "-w", "-o", f"-p {port} -h 127.0.0.1 -k {folder}")
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        if (data / "postmaster.pid").exists():
            run("pg_ctl", "stop", "-m", "immediate")
        shutil.rmtree(folder)
