"""Every long proof, one after the other: ``make prove``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.pythons import ROOT, environment, find_python

_CLOUD_PYTHON = "3.13"


def main() -> None:
    """Run the proofs with their full counts; end with an error if one failed."""
    names = (
        "predict",
        "cold_start",
        "shipped_model",
        "concurrency",
        "registry",
        "feedback_store",
        "infrastructure",
        "alerts",
        "telemetry",
        "score",
        "contract",
        "page",
    )
    commands = [[f"benchmarks.{name}"] for name in names]
    cloud = _cloud_python()
    if cloud is None:
        print(
            f"No Python {_CLOUD_PYTHON} found: neither the cold start nor the package is measured."
        )
    else:
        commands.append(["benchmarks.cold_start", "--python", str(cloud)])
        commands.append(["benchmarks.package"])
    failed = [command for command in commands if not _succeeds(command)]
    if failed:
        raise SystemExit(f"Failed: {', '.join(map(' '.join, failed))}")


def _succeeds(command: list[str]) -> bool:
    print(f"== {' '.join(command)}", flush=True)
    return subprocess.run([sys.executable, "-m", *command]).returncode == 0


def _cloud_python() -> Path | None:
    interpreter = find_python(_CLOUD_PYTHON)
    if interpreter is None:
        return None
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    requirements = [line for line in lines if line and not line.startswith("#")]
    return environment("cold-start", interpreter, requirements)


if __name__ == "__main__":
    main()
