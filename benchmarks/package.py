"""What the deployed package weighs and that it runs: ``python -m benchmarks.package``."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.record import record, spread
from deployment.__main__ import ROOT, check_size
from deployment.build import build
from deployment.closure import PYTHON
from deployment.proof import prove, seconds_to_answer
from deployment.sizes import MOST_UNZIPPED, MOST_ZIPPED, total
from tests.pythons import find_python


def main() -> None:
    """Build, prove, weigh and time; end with an error where the package is too large."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="processes to time")
    options = parser.parse_args()
    python = find_python(PYTHON)
    if python is None:
        raise SystemExit(f"No Python {PYTHON} found.")
    with tempfile.TemporaryDirectory() as folder:
        package = build(ROOT, Path(folder), python)
        seen = prove(package.folder, python)
        compiled = _seconds(package.folder, python, options.runs)
        for cache in list(package.folder.rglob("__pycache__")):
            for bytecode in cache.iterdir():
                bytecode.unlink()
        plain = _seconds(package.folder, python, options.runs)
        check_size(package)
        zipped = package.archive.stat().st_size
    figures = {
        "python": PYTHON,
        "bytes": {"unzipped": total(package.parts).unzipped, "zipped": zipped},
        "most_bytes": {"unzipped": MOST_UNZIPPED, "zipped": MOST_ZIPPED},
        "parts": {name: asdict(size) for name, size in package.parts.items()},
        "engine": seen,
        "processes": options.runs,
        "seconds_to_first_prediction": compiled,
        "seconds_without_bytecode": plain,
    }
    record("package", figures)


def _seconds(folder: Path, python: Path, runs: int) -> dict[str, float]:
    seconds = [seconds_to_answer(folder, python) for _ in range(runs + 1)][1:]
    return spread(seconds, 3)


if __name__ == "__main__":
    main()
