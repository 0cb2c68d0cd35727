from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import pytest

from local_host.context import invocation
from sentiment.telemetry.events import EventValue
from sentiment.telemetry.pipeline import Pipeline
from sentiment.telemetry.sink import TelemetrySink
from sentiment.telemetry.tracing import ParentSpan, Span

HEADER = f"00-{'a' * 32}-{'b' * 16}-01"
HOST = ParentSpan(int("a" * 32, 16), int("b" * 16, 16), 1)
OWN = ParentSpan(HOST.trace_id, 7, 1)


class Recorder:
    """Takes what a pipeline is told; it may be held up, or fail."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.flushes = 0
        self.free = threading.Event()
        self.free.set()
        self.failing = False

    def event(
        self, name: str, _values: Mapping[str, EventValue], time: float, parent: ParentSpan | None
    ) -> None:
        if self.failing:
            raise RuntimeError("zebra")
        self.told.append((name, time, parent))

    @contextmanager
    def request(self, name: str, parent: ParentSpan | None) -> Iterator[Span]:
        answered = Span()
        answered.parent = OWN  # type: ignore[attr-defined]
        yield answered
        self.told.append((name, answered.status, parent))

    def past_request(
        self, name: str, parent: ParentSpan | None, status: int, began: int, ended: int
    ) -> None:
        assert began <= ended
        self.told.append((name, status, parent))

    def flush(self) -> None:
        self.free.wait(30)
        self.flushes += 1


def sink_of(recorder: Recorder, delay: float = 0.0) -> TelemetrySink:
    return TelemetrySink(lambda: cast(Pipeline, recorder), delay, clock=lambda: 5.0)


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_what_happens_before_the_pipeline_is_there_is_told_later() -> None:
    recorder = Recorder()
    sink = sink_of(recorder, delay=0.05)
    with sink.request(invocation("predict", HEADER)) as answered:
        sink.emit("prediction", {})
        answered.status = 200
    assert recorder.told == []
    assert sink.flush(10)
    assert recorder.told == [("prediction", 5.0, HOST), ("predict", 200, HOST)]


def test_an_event_belongs_to_the_request_under_way() -> None:
    recorder = Recorder()
    sink = sink_of(recorder)
    sink.emit("registry", {})
    assert sink.flush(10)
    with sink.request(invocation("predict", HEADER)) as answered:
        sink.emit("prediction", {})
        answered.status = 503
    sink.emit("registry", {})
    assert sink.flush(10)
    assert sorted(recorder.told, key=str) == sorted(
        [
            ("registry", 5.0, None),
            ("predict", 503, HOST),
            ("prediction", 5.0, OWN),
            ("registry", 5.0, None),
        ],
        key=str,
    )


@pytest.mark.parametrize(("name", "urgent"), [("feedback", 1), ("not_ready", 1), ("prediction", 0)])
def test_what_alerts_wait_for_is_sent_at_once(name: str, urgent: int) -> None:
    recorder = Recorder()
    sink = sink_of(recorder)
    sink.emit(name, {})
    eventually(lambda: bool(recorder.told))
    time.sleep(0.02)
    assert recorder.flushes == urgent


def test_a_service_that_hangs_holds_up_nothing_and_what_is_too_much_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("sentiment.telemetry.sink._CAPACITY", 100)
    recorder = Recorder()
    recorder.free.clear()
    sink = sink_of(recorder)
    began = time.monotonic()
    for _ in range(1000):
        with sink.request(invocation("feedback", HEADER)):
            sink.emit("feedback", {})
    assert time.monotonic() - began < 5
    assert not sink.flush(0.01)
    assert [message for message in caplog.messages if "lost" in message] == [
        "Telemetry is lost: more is told than can be sent."
    ]
    recorder.free.set()
    eventually(lambda: recorder.flushes > 0)


def test_a_pipeline_that_fails_is_told_without_its_message_and_the_next_event_is_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    recorder = Recorder()
    recorder.failing = True
    sink = sink_of(recorder)
    sink.emit("prediction", {})
    assert sink.flush(10)
    recorder.failing = False
    sink.emit("prediction", {})
    assert sink.flush(10)
    assert len(recorder.told) == 1
    assert "RuntimeError" in caplog.text
    assert "zebra" not in caplog.text
