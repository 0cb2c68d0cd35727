"""What is made of checkov's report; ``make policy`` asks for a real one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from deployment.policy import read_findings
from deployment.proof import ProofError

CHECK = {"check_id": "CKV_1", "file_path": "/a.bicep", "resource": "T.a"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.bicep").write_text("resource a 'T@1' = {\n}\nresource b 'T@1' existing = {\n}\n")
    return tmp_path


def report(failed: list[Any] = [], skipped: list[Any] = [], **summary: int) -> str:  # noqa: B006
    results = {"failed_checks": failed, "skipped_checks": skipped, "parsing_errors": ["/a.bicep"]}
    totals = {"passed": 3, "parsing_errors": 0, "resource_count": 1, **summary}
    return json.dumps({"results": results, "summary": totals})


def test_what_passed_and_why_the_rest_does_not_apply_is_reported(folder: Path) -> None:
    skipped = {**CHECK, "check_result": {"suppress_comment": " because "}}
    assert read_findings(folder, report(skipped=[skipped])).splitlines() == [
        "1 files, 1 resources: 3 checks passed.",
        "  CKV_1 /a.bicep T.a: because",
    ]


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (report(parsing_errors=1), "cannot read"),
        (report(resource_count=0), "saw 0 of 1"),
        (report(failed=[CHECK]), "CKV_1 /a.bicep T.a"),
        ("", "nothing to check"),
        ('{"passed": 0}', "nothing to check"),
        ("[]", "nothing to check"),
    ],
)
def test_a_report_that_does_not_vouch_for_all_is_refused(
    folder: Path, output: str, reason: str
) -> None:
    with pytest.raises(ProofError, match=reason):
        read_findings(folder, output)
