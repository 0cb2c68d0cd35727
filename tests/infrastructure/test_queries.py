"""The queries of the alerts and the workbook, and what the app emits."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from operations.alerts.engine import Engine, EventRow
from sentiment.telemetry.events import FeedbackEvent, NotReadyEvent, PredictionEvent
from tests.support.bicep import INFRA
from tests.support.pythons import ROOT

SHOWN = ("Traffic", "Label mix", "Confidence", "Feedback", "Latency", "Model versions")
FROM_THE_APP = re.compile(r"Name == '(\w+)'")
PROPERTY = re.compile(r"Properties\.(\w+)")

LIBRARY = ROOT / "node_modules" / "@kusto" / "language-service-next"
SCRIPT = Path(__file__).with_name("kql_types.js")
QUERIES = sorted((INFRA / "alerts").glob("*.kql"))


def items() -> list[dict[str, Any]]:
    content = json.loads((INFRA / "workbook.json").read_text())
    found: list[dict[str, Any]] = content["items"]
    return found


EMITTED = {
    "prediction": PredictionEvent,
    "feedback": FeedbackEvent,
    "not_ready": NotReadyEvent,
}


def queries() -> dict[str, str]:
    return {each["name"]: each["content"]["query"] for each in items() if each["type"] == 3}


@pytest.mark.parametrize("heading", SHOWN)
def test_what_was_asked_for_is_shown(heading: str) -> None:
    assert any(name.startswith(heading) for name in queries())


@pytest.mark.parametrize("name", queries())
def test_a_query_uses_properties_that_its_event_has(name: str) -> None:
    query = queries()[name]
    events = FROM_THE_APP.findall(query)
    used = set(PROPERTY.findall(query))
    assert events or "AppRequests" in query
    for event in events:
        assert used <= {field.encode_name for field in msgspec.structs.fields(EMITTED[event])}


def test_every_query_asks_the_workspace_of_this_deployment() -> None:
    for item in items():
        if item["type"] == 3:
            assert item["content"]["crossComponentResources"] == ["{{workspace}}"]
            assert item["content"]["timeContextFromParameter"] == "TimeRange"
    bicep = (INFRA / "modules" / "monitoring.bicep").read_text()
    assert "replace(loadTextContent('../workbook.json'), '{{workspace}}', workspace.id)" in bicep


def test_feedback_counts_with_its_latest_verdict() -> None:
    for name, query in queries().items():
        if "Name == 'feedback'" in query:
            assert re.search(r"arg_max\(TimeGenerated, .*\) by feedback_id", query), name


@pytest.mark.parametrize("name", [name for name in queries() if name.startswith("Feedback")])
def test_what_was_retracted_is_no_feedback(name: str) -> None:
    def row(feedback_id: str, verdict: str, minute: int) -> EventRow:
        properties = {"feedback_id": feedback_id, "verdict": verdict, "predicted_label": "positive"}
        time = datetime(2026, 3, 1, 12, minute, tzinfo=UTC)
        return EventRow(time, "feedback", properties, "", time)

    rows = [row("1", "incorrect", 1), row("2", "correct", 2)]
    retracted = [row("3", "correct", 3), row("3", "retracted", 4), row("4", "retracted", 5)]
    engine = Engine()
    found = engine.run(queries()[name], rows)
    assert found
    assert by_value(engine.run(queries()[name], rows + retracted)) == by_value(found)


def by_value(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(map(str, rows))


def checked(*files: Path) -> dict[str, Any]:
    node = shutil.which("node")
    if node is None or not LIBRARY.is_dir():
        pytest.skip("no Kusto language service found: make tools")
    done = subprocess.run(
        [node, SCRIPT, LIBRARY, *files], capture_output=True, text=True, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_every_query_is_well_typed_and_has_columns() -> None:
    found = checked(*QUERIES)
    assert found.keys() == {path.name for path in QUERIES}
    assert {name: each["problems"] for name, each in found.items() if each["problems"]} == {}
    assert all(each["columns"] for each in found.values())


def test_every_query_of_the_workbook_is_well_typed_and_has_columns(tmp_path: Path) -> None:
    files = []
    for number, query in enumerate(queries().values()):
        files.append(tmp_path / f"{number}.kql")
        files[-1].write_text(query)
    found = checked(*files)
    assert len(found) == len(files) > 0
    assert {name: each["problems"] for name, each in found.items() if each["problems"]} == {}
    assert all(each["columns"] for each in found.values())
