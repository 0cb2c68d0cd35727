"""Run ``python -m operations``."""

from __future__ import annotations

import sys


def _run() -> int:
    try:
        from operations.cli import main

        return main()
    except ImportError as error:
        print(
            f"error: The package {error.name} is missing; in the checkout:"
            " .venv/bin/python -m pip install -e '.[operations]'",
            file=sys.stderr,
        )
        return 1


if __name__ == "__main__":
    sys.exit(_run())
