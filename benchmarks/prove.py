"""Every long proof, one after the other: ``make prove``."""

from __future__ import annotations

import runpy
import sys

PROOFS = ("benchmarks.predict", "benchmarks.cold_start", "benchmarks.concurrency")


def main() -> None:
    """Run the proofs with their full counts; stop at the first that fails."""
    for name in PROOFS:
        print(f"== {name}", flush=True)
        sys.argv = [name]
        runpy.run_module(name, run_name="__main__")


if __name__ == "__main__":
    main()
