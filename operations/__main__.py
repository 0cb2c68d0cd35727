"""Run ``python -m operations``."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    try:
        from operations.cli import main

        sys.exit(main())
    except ImportError as error:
        print(
            f"error: The package {error.name} is missing; in the checkout:"
            " .venv/bin/python -m pip install -e '.[operations]'",
            file=sys.stderr,
        )
        sys.exit(1)
