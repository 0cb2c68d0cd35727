"""Reading Log Analytics.

There is no workspace to test with: the real client of ``azure-monitor-query`` talks to a stand-in
for the service on this machine, whose answers have the shape that Microsoft documents for the
query API. What a real workspace does beyond that, such as signing in, is not tested.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.monitor.query import LogsQueryClient

from operations.cli import main
from operations.events import WorkspaceError, read_workspace
from operations.period import Period
from tests.support.stand_in import reply, standing_in
from tests.support.traffic import (
    USUAL,
    reference_of,
    send_feedback,
    send_predictions,
    write_bundle_with,
)

ID = "00000000-0000-0000-0000-000000000000"
PERIOD = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
COLUMNS = [
    {"name": "TimeGenerated", "type": "datetime"},
    {"name": "Name", "type": "string"},
    {"name": "Properties", "type": "string"},
]


Asked = list[tuple[str, dict[str, Any]]]


@contextmanager
def serving(answer: dict[str, Any], status: int = 200) -> Iterator[tuple[LogsQueryClient, Asked]]:
    """Answer every query alike; give a client, and the list of what it asks."""
    asked: Asked = []

    def respond(request: BaseHTTPRequestHandler, body: bytes) -> None:
        asked.append((request.path, json.loads(body)))
        reply(request, status, json.dumps(answer).encode(), Content_Type="application/json")

    with (
        standing_in(respond) as port,
        LogsQueryClient(
            object(),
            endpoint=f"http://127.0.0.1:{port}",
            authentication_policy=SansIOHTTPPolicy(),
            retry_total=0,
        ) as client,
    ):
        yield client, asked


def table(*rows: list[str]) -> dict[str, Any]:
    return {"tables": [{"name": "PrimaryResult", "columns": COLUMNS, "rows": list(rows)}]}


def as_row(line: str) -> list[str]:
    """Return a line of the local sink as Application Insights keeps an event: all as strings."""
    event = json.loads(line)
    time, name = event.pop("time"), event.pop("name")
    properties = {key: str(value) for key, value in event.items()}
    return [time.replace("+00:00", "Z"), name, json.dumps(properties)]


def test_the_query_asks_for_the_period_and_each_row_is_an_event() -> None:
    row = ["2026-03-01T10:00:00.1234567Z", "prediction", '{"length": "12"}']
    with serving(table(row)) as (client, asked):
        (event,) = read_workspace(client, ID, PERIOD)
    assert event == {
        "length": "12",
        "name": "prediction",
        "time": datetime(2026, 3, 1, 10, 0, 0, 123456, UTC),
    }
    ((path, body),) = asked
    assert path == f"/v1/workspaces/{ID}/query"
    assert body["timespan"].startswith("2026-03-01T00:00:00")
    assert "2026-03-02T00:00:00" in body["timespan"]
    assert body["query"].startswith("AppEvents")


@pytest.mark.parametrize("properties", ["{", None])
def test_an_event_without_readable_properties_is_malformed(properties: str) -> None:
    row = ["2026-03-01T10:00:00Z", "prediction", properties]
    with serving(table(row)) as (client, _):
        assert list(read_workspace(client, ID, PERIOD)) == [None]


def test_a_refusal_is_reported_with_its_reason_and_a_remedy() -> None:
    refusal = {"error": {"code": "InsufficientAccessError", "message": "No access to it."}}
    with serving(refusal, 403) as (client, _):
        with pytest.raises(WorkspaceError, match="No access to it") as refused:
            list(read_workspace(client, ID, PERIOD))
        assert "az login" in str(refused.value)


def test_a_part_of_the_events_is_refused() -> None:
    row = ["2026-03-01T10:00:00Z", "prediction", "{}"]
    part = {**table(row), "error": {"code": "PartialError", "message": "Too many rows."}}
    with serving(part) as (client, _), pytest.raises(WorkspaceError, match="shorter period"):
        list(read_workspace(client, ID, PERIOD))


@pytest.mark.parametrize(("length", "code"), [(USUAL.length, 0), (110.0, 2)])
def test_the_command_judges_a_workspace_as_it_does_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: float, code: int
) -> None:
    send_predictions(tmp_path / "events", replace(USUAL, length=length), 300)
    send_feedback(tmp_path / "events", ["correct"] * 20)
    lines = [
        line for file in (tmp_path / "events").iterdir() for line in file.read_text().splitlines()
    ]
    bundle = write_bundle_with(tmp_path / "bundle", reference_of())
    with serving(table(*map(as_row, lines))) as (client, _):
        monkeypatch.setattr("operations.cli.make_client", lambda: client)
        assert main(["drift", "--bundle", str(bundle), "--workspace", ID]) == code
