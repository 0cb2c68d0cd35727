"""What a new process imports: a cold start waits for each of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sentiment.model.ngrams import FORM_PACKAGES
from tests.support.pythons import ROOT

START = "import function_app"
FIRST_REQUEST = """
import azure.functions as func
import function_app
from local_host.context import invocation
request = func.HttpRequest(
    method="POST",
    url="/api/predict",
    headers={"content-type": "application/json"},
    body=b'{"text": "good"}',
)
assert function_app.predict(request, invocation("predict")).status_code == 200
"""
TABLE_STORE = """
from sentiment.feedback.table_store import TableStore
from sentiment.storage import Storage
TableStore(Storage("x"))
"""
HEAVY = ("tensorflow", "keras", "sklearn", "scipy", "pandas", "mlflow", "torch", "google.protobuf")
OTHER_ROOMS = ("training", "operations", "jinja2", "matplotlib", "httpx", "tqdm", "cyclopts")
LATER = ("opentelemetry", "azure.monitor", "azure.core", "azure.data", "azure.storage", "flask")
ON_DEMAND = ("sentiment.api.openapi.document", *FORM_PACKAGES.values())


@pytest.mark.parametrize("code", [START, FIRST_REQUEST, TABLE_STORE], ids=["start", "app", "table"])
def test_nothing_is_imported_before_it_is_needed(code: str, tmp_path: Path) -> None:
    imported = imports(code, tmp_path)
    assert "sentiment.settings" in imported or code == TABLE_STORE
    unwanted = (*HEAVY, *OTHER_ROOMS, *LATER, *ON_DEMAND)
    assert [name for name in imported if name.startswith(unwanted)] == []


def test_the_first_answer_waits_for_no_library_of_a_configured_registry(tmp_path: Path) -> None:
    imported = imports(FIRST_REQUEST, tmp_path, SENTIMENT_STORAGE="UseDevelopmentStorage=true")
    assert [name for name in imported if name.startswith("azure.storage")] == []


def imports(code: str, home: Path, **settings: str) -> list[str]:
    """Return the modules that a new process has imported once it has run code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, sep='\\n')"],
        capture_output=True,
        text=True,
        check=True,
        env={"SENTIMENT_HOME": str(home), "PATH": "", **settings},
        cwd=ROOT,
    )
    return done.stdout.split()
