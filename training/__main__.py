"""The command line of training: ``python -m training --help``."""

from __future__ import annotations

import sys


def _run() -> int:
    try:
        from training.cli import main

        return main()
    except ModuleNotFoundError as error:
        print(
            f"error: the package {error.name} is missing; this command needs more than the app:"
            " run `make training` once, then .venv/bin/python -m training",
            file=sys.stderr,
        )
        return 1


if __name__ == "__main__":
    sys.exit(_run())
