"""The time and memory of a command."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# A process between: the largest memory of a child counts from its fork, when it still had ours.
_BETWEEN = """
import json, os, subprocess, sys, time
started = time.monotonic()
process = subprocess.Popen(sys.argv[1:], stdout=sys.stderr)
_, status, used = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
print(json.dumps([process.returncode, time.monotonic() - started, used.ru_maxrss * 1024]))
"""


@dataclass(frozen=True)
class Used:
    """What a command took: seconds, and the bytes of its largest resident memory."""

    seconds: float
    peak_bytes: int


def run_measured(
    command: Sequence[str], folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> Used:
    """Run a command to its end; what it prints goes to standard error.

    Raises:
        RuntimeError: It failed.
    """
    done = subprocess.run(
        [sys.executable, "-S", "-c", _BETWEEN, *command],
        stdout=subprocess.PIPE,
        cwd=folder,
        env=environment,
        check=True,
    )
    code, seconds, peak = json.loads(done.stdout)
    if code != 0:
        raise RuntimeError(f"{' '.join(command[:4])} ended with exit code {code}.")
    return Used(seconds, peak)
