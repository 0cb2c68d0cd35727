"""Run ``python -m operations``."""

from __future__ import annotations

import sys

from operations.cli import main

if __name__ == "__main__":
    sys.exit(main())
