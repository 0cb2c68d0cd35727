"""Checks the infrastructure against checkov's policies, in an environment of its own."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment.closure import UV
from deployment.proof import ProofError

CHECKOV = "checkov==3.3.30"
_RESOURCE = re.compile(r"^resource (?!.* existing )", re.MULTILINE)


@dataclass(frozen=True)
class Findings:
    """What checkov says.

    Attributes:
        files: Bicep files, all of which were parsed.
        resources: That they declare.
        passed: Checks that passed.
        answered: Why each other check does not apply, by check, file and resource.
    """

    files: int
    resources: int
    passed: int
    answered: dict[str, str]


def check_policy(folder: Path) -> Findings:
    """Check the Bicep files below a folder.

    Raises:
        ProofError: A check failed and was not answered, or a file was not parsed.
    """
    command = [*UV, "tool", "run", "--from", CHECKOV, "checkov", "--framework", "bicep"]
    options = ["--directory", str(folder), "--output", "json", "--skip-download"]
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    return read_findings(folder, done.stdout)


def read_findings(folder: Path, output: str) -> Findings:
    """Return what checkov's output says of a folder; see ``check_policy``."""
    try:
        report = json.loads(output)
        results, summary = report["results"], report["summary"]
    except (ValueError, KeyError, TypeError):
        raise ProofError(f"checkov found nothing to check in {folder}.") from None
    if summary["parsing_errors"]:
        # It would end with success.
        raise ProofError(f"checkov cannot read {results['parsing_errors']}.")
    files = sorted(folder.rglob("*.bicep"))
    resources = sum(len(_RESOURCE.findall(path.read_text(encoding="utf-8"))) for path in files)
    if summary["resource_count"] < resources:
        raise ProofError(f"checkov saw {summary['resource_count']} of {resources} resources.")
    failed = [_name(check) for check in results["failed_checks"]]
    if failed:
        raise ProofError(f"These checks fail: {', '.join(failed)}.")
    answered = {_name(check): _reason(check) for check in results["skipped_checks"]}
    return Findings(len(files), resources, summary["passed"], answered)


def _name(check: dict[str, Any]) -> str:
    return f"{check['check_id']} {check['file_path']} {check['resource']}"


def _reason(check: dict[str, Any]) -> str:
    return str(check["check_result"]["suppress_comment"]).strip()
