"""What checkov says of the infrastructure: ``python -m benchmarks.infrastructure``."""

from __future__ import annotations

from dataclasses import asdict

from benchmarks.record import record
from deployment.__main__ import ROOT
from deployment.policy import CHECKOV, check_policy


def main() -> None:
    """Check and record; end with an error where a check fails or a file is not read."""
    record("infrastructure", {"tool": CHECKOV, **asdict(check_policy(ROOT / "infra"))})


if __name__ == "__main__":
    main()
