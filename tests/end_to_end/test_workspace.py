"""Reading Log Analytics.

There is no workspace to test with: the real client of ``azure-monitor-query`` talks to a stand-in
for the service on this machine, whose answers have the shape that Microsoft documents for the
query API. What a real workspace does beyond that, such as signing in, is not tested.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.monitor.query import LogsQueryClient

from operations.cli import main
from operations.events import WorkspaceError, read_workspace
from operations.period import Period
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


class StandIn:
    """Answers every query alike and keeps what it was asked."""

    def __init__(self, status: int, answer: dict[str, Any]) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                stand_in.asked.append((self.path, json.loads(body)))
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)

    def client(self) -> LogsQueryClient:
        return LogsQueryClient(
            object(),
            endpoint=f"http://127.0.0.1:{self.server.server_port}",
            authentication_policy=SansIOHTTPPolicy(),
            retry_total=0,
        )


@contextmanager
def serving(answer: dict[str, Any], status: int = 200) -> Iterator[StandIn]:
    stand_in = StandIn(status, answer)
    thread = threading.Thread(target=stand_in.server.serve_forever)
    thread.start()
    try:
        yield stand_in
    finally:
        stand_in.server.shutdown()
        thread.join()
        stand_in.server.server_close()


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
    with serving(table(row)) as stand_in, stand_in.client() as client:
        (event,) = read_workspace(client, ID, PERIOD)
    assert event == {
        "length": "12",
        "name": "prediction",
        "time": datetime(2026, 3, 1, 10, 0, 0, 123456, UTC),
    }
    ((path, body),) = stand_in.asked
    assert path == f"/v1/workspaces/{ID}/query"
    assert body["timespan"].startswith("2026-03-01T00:00:00")
    assert "2026-03-02T00:00:00" in body["timespan"]
    assert body["query"].startswith("AppEvents")


@pytest.mark.parametrize("properties", ["{", None])
def test_an_event_without_readable_properties_is_malformed(properties: str) -> None:
    row = ["2026-03-01T10:00:00Z", "prediction", properties]
    with serving(table(row)) as stand_in, stand_in.client() as client:
        assert list(read_workspace(client, ID, PERIOD)) == [None]


def test_a_refusal_is_reported_with_its_reason_and_a_remedy() -> None:
    refusal = {"error": {"code": "InsufficientAccessError", "message": "No access to it."}}
    with serving(refusal, 403) as stand_in, stand_in.client() as client:
        with pytest.raises(WorkspaceError, match="No access to it") as refused:
            list(read_workspace(client, ID, PERIOD))
        assert "az login" in str(refused.value)


def test_a_part_of_the_events_is_refused() -> None:
    row = ["2026-03-01T10:00:00Z", "prediction", "{}"]
    part = {**table(row), "error": {"code": "PartialError", "message": "Too many rows."}}
    with (
        serving(part) as stand_in,
        stand_in.client() as client,
        pytest.raises(WorkspaceError, match="shorter period"),
    ):
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
    with serving(table(*map(as_row, lines))) as stand_in, stand_in.client() as client:
        monkeypatch.setattr("operations.cli.make_client", lambda: client)
        assert main(["drift", "--bundle", str(bundle), "--workspace", ID]) == code
