"""What a deployment needs: the package, a look at the deployed app, a check of the policies."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from deployment.build import Package, build
from deployment.closure import PYTHON, write_lock
from deployment.policy import check_policy
from deployment.proof import ProofError, prove
from deployment.sizes import MOST_UNZIPPED, MOST_ZIPPED, table, total
from deployment.smoke import smoke

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run one command; return 1 where it failed."""
    options = _parser().parse_args()
    try:
        options.run(options)
    except (OSError, ProofError, ValueError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deployment", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    building = commands.add_parser("build", help="build package and package.zip, and prove them")
    building.add_argument("--output", type=Path, default=ROOT / "build",
                          help="folder for both (default: %(default)s)")  # fmt: skip
    building.add_argument("--python", type=Path,
                          help=f"interpreter of Python {PYTHON} (default: python{PYTHON})"
                          )  # fmt: skip
    building.set_defaults(run=_build)
    asking = commands.add_parser("smoke", help="ask a deployed app; SENTIMENT_KEY is its key")
    asking.add_argument("url", help="such as https://NAME.azurewebsites.net")
    asking.set_defaults(run=_smoke)
    checking = commands.add_parser("policy", help="check infra/ with checkov")
    checking.set_defaults(run=lambda _options: print(check_policy(ROOT / "infra")))
    locking = commands.add_parser("lock", help="resolve requirements.txt anew")
    locking.set_defaults(run=lambda _options: write_lock(ROOT))
    return parser


def _build(options: argparse.Namespace) -> None:
    python = options.python or cloud_python()
    package = build(ROOT, options.output, python)
    print(table(package.parts), flush=True)
    check_size(package)
    seen = prove(package.folder, python)
    print(f"On Microsoft's engine: {seen}")
    print(f"Wrote {package.archive}")


def _smoke(options: argparse.Namespace) -> None:
    print(f"The app answers with {smoke(options.url, os.environ.get('SENTIMENT_KEY', ''))}.")


def check_size(package: Package) -> None:
    """Raise ProofError where a package is too large."""
    unzipped, zipped = total(package.parts).unzipped, package.archive.stat().st_size
    if unzipped > MOST_UNZIPPED or zipped > MOST_ZIPPED:
        raise ProofError(
            f"The package has {unzipped:,} bytes, {zipped:,} zipped; at most"
            f" {MOST_UNZIPPED:,} and {MOST_ZIPPED:,} are allowed."
        )


def cloud_python() -> Path:
    """Return an interpreter of the version that the cloud runs.

    Raises:
        ProofError: None is on the path.
    """
    if f"{sys.version_info.major}.{sys.version_info.minor}" == PYTHON:
        return Path(sys.executable)
    found = shutil.which(f"python{PYTHON}")
    if found is None:
        raise ProofError(f"There is no python{PYTHON} on the path; name one with --python.")
    return Path(found)


if __name__ == "__main__":
    sys.exit(main())
