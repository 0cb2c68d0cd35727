"""What checkov, and Microsoft's types of resources, say of the infrastructure.

``python -m benchmarks.infrastructure`` asks checkov. With ``--typecheck SCRIPT``, a program that
prints ``FILE:LINE: problem`` and ``FILE:LINE: note: no type data for 'TYPE'``, it checks the types,
too; what it found stays recorded as long as the Bicep files are the same.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.record import record, recorded
from deployment.__main__ import ROOT
from deployment.policy import CHECKOV, check_policy

FILES = tuple(sorted(path.relative_to(ROOT) for path in (ROOT / "infra").rglob("*.bicep")))

_WITHOUT_DATA = re.compile(r"\S+:\d+: note: no type data for '(.+)'; not checked")
_PROBLEM = re.compile(r"\S+:\d+: (?!note: ).+")
_TOTAL = re.compile(r"(\d+) file\(s\), (\d+) problem\(s\), (\d+) resource types loaded")


def main() -> None:
    """Check and record; end with an error where a check fails or a file is not read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--typecheck", type=Path, metavar="SCRIPT", help="checks the types")
    script = parser.parse_args().typecheck
    types = typecheck(script) if script else _known()
    figures = {"tool": CHECKOV, **asdict(check_policy(ROOT / "infra"))}
    record("infrastructure", {**figures, "types": types})
    if types and types["problems"]:
        raise SystemExit("There are problems of types.")


def typecheck(script: Path, files: Sequence[Path] = FILES) -> dict[str, Any]:
    """Return what a script says of the types in Bicep files.

    Raises:
        SystemExit: It did not check all of them.
    """
    command = [sys.executable, str(script.resolve()), *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    total = _TOTAL.search(done.stdout)
    problems = _PROBLEM.findall(done.stdout)
    if total is None or (int(total[1]), int(total[2])) != (len(files), len(problems)):
        raise SystemExit(f"{script} did not check {len(files)} files. {done.stderr}")
    return {
        "tool": script.name,
        "files": len(files),
        "types_known": int(total[3]),
        "problems": problems,
        "without_data": sorted(set(_WITHOUT_DATA.findall(done.stdout))),
        "of": digest(files),
    }


def digest(files: Sequence[Path] = FILES) -> str:
    """Return a name for the content of files."""
    content = b"".join((ROOT / path).read_bytes() for path in files)
    return hashlib.sha256(content).hexdigest()[:16]


def _known() -> dict[str, Any] | None:
    types: dict[str, Any] | None = recorded("infrastructure").get("types")
    return types if types is not None and types["of"] == digest() else None


if __name__ == "__main__":
    main()
