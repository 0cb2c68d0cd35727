"""Checks the infrastructure against checkov's policies, in an environment of its own."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from deployment.closure import UV
from deployment.proof import ProofError

CHECKOV = "checkov==3.3.30"
_RESOURCE = re.compile(r"^resource (?!.* existing )", re.MULTILINE)


def check_policy(folder: Path) -> str:
    """Check the Bicep files below a folder; return what passed, and why the rest does not apply.

    Raises:
        ProofError: A check failed without a reason in the file, or a file was not parsed.
    """
    command = [*UV, "tool", "run", "--from", CHECKOV, "checkov", "--framework", "bicep"]
    options = ["--directory", str(folder), "--output", "json", "--skip-download"]
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    return read_findings(folder, done.stdout)


def read_findings(folder: Path, output: str) -> str:
    """Return what checkov's output says of a folder; see ``check_policy``."""
    try:
        report = json.loads(output)
        results, summary = report["results"], report["summary"]
    except (ValueError, KeyError, TypeError):
        raise ProofError(f"checkov found nothing to check in {folder}.") from None
    if summary["parsing_errors"]:
        # It would end with success.
        raise ProofError(f"checkov cannot read {results['parsing_errors']}.")
    files = [path.read_text(encoding="utf-8") for path in folder.rglob("*.bicep")]
    resources = sum(len(_RESOURCE.findall(file)) for file in files)
    if summary["resource_count"] < resources:
        raise ProofError(f"checkov saw {summary['resource_count']} of {resources} resources.")
    if results["failed_checks"]:
        raise ProofError(f"These checks fail: {', '.join(map(_name, results['failed_checks']))}.")
    passed = f"{len(files)} files, {resources} resources: {summary['passed']} checks passed."
    reasons = (
        f"  {_name(check)}: {check['check_result']['suppress_comment'].strip()}"
        for check in results["skipped_checks"]
    )
    return "\n".join([passed, *reasons])


def _name(check: dict[str, Any]) -> str:
    return f"{check['check_id']} {check['file_path']} {check['resource']}"
