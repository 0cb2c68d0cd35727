from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from local_host.context import invocation
from sentiment.telemetry.events import Event, NotReadyEvent, RegistryEvent
from sentiment.telemetry.pipeline import Pipeline
from sentiment.telemetry.sink import JsonLinesSink, TelemetrySink
from sentiment.telemetry.tracing import ParentSpan, Span
from tests.support.event_list import FEEDBACK, PREDICTION

REGISTRY = RegistryEvent(state="current", detail="", serving="v1")
HEADER = f"00-{'a' * 32}-{'b' * 16}-01"
HOST = ParentSpan(int("a" * 32, 16), int("b" * 16, 16), 1)
OWN = ParentSpan(HOST.trace_id, 7, 1)


class Recorder:
    """Takes what a pipeline sends; it may be held up, or fail."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, ...]] = []
        self.flushes = 0
        self.free = threading.Event()
        self.free.set()
        self.failing = False

    def event(self, event: Event, time: float, parent: ParentSpan | None) -> None:
        if self.failing:
            raise RuntimeError("zebra")
        self.sent.append((msgspec.to_builtins(event)["name"], time, parent))

    @contextmanager
    def request(self, name: str, parent: ParentSpan | None) -> Iterator[Span]:
        span = Span()
        span.parent = OWN  # type: ignore[attr-defined]
        yield span
        self.sent.append((name, span.status, parent))

    def past_request(
        self, name: str, parent: ParentSpan | None, status: int, began: int, ended: int
    ) -> None:
        assert began <= ended
        self.sent.append((name, status, parent))

    def flush(self) -> None:
        self.free.wait(30)
        self.flushes += 1


def sink_of(recorder: Recorder, delay: float = 0.0, capacity: int = 1000) -> TelemetrySink:
    return TelemetrySink(lambda: cast(Pipeline, recorder), delay, capacity, lambda: 5.0)


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_what_happens_before_the_pipeline_is_there_is_sent_later() -> None:
    recorder = Recorder()
    sink = sink_of(recorder, delay=0.05)
    with sink.request(invocation("predict", HEADER)) as span:
        sink.emit(PREDICTION)
        span.status = 200
    assert recorder.sent == []
    assert sink.flush(10)
    assert recorder.sent == [("prediction", 5.0, HOST), ("predict", 200, HOST)]


def test_an_event_belongs_to_the_request_under_way() -> None:
    recorder = Recorder()
    sink = sink_of(recorder)
    sink.emit(REGISTRY)
    assert sink.flush(10)
    with sink.request(invocation("predict", HEADER)) as span:
        sink.emit(PREDICTION)
        span.status = 503
    sink.emit(REGISTRY)
    assert sink.flush(10)
    assert sorted(recorder.sent, key=str) == sorted(
        [
            ("registry", 5.0, None),
            ("predict", 503, HOST),
            ("prediction", 5.0, OWN),
            ("registry", 5.0, None),
        ],
        key=str,
    )


@pytest.mark.parametrize(
    ("event", "urgent"), [(FEEDBACK, 1), (NotReadyEvent(reason="no"), 1), (PREDICTION, 0)]
)
def test_what_alerts_wait_for_is_sent_at_once(event: Event, urgent: int) -> None:
    recorder = Recorder()
    sink = sink_of(recorder)
    sink.emit(event)
    eventually(lambda: bool(recorder.sent))
    time.sleep(0.02)
    assert recorder.flushes == urgent


def test_a_service_that_hangs_holds_up_nothing_and_a_loss_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    recorder = Recorder()
    recorder.free.clear()
    sink = sink_of(recorder, capacity=100)
    for _ in range(1000):
        with sink.request(invocation("feedback", HEADER)):
            sink.emit(FEEDBACK)
    assert not sink.flush(0.01)
    assert [message for message in caplog.messages if "lost" in message] == [
        "Telemetry is lost: more is emitted than can be sent."
    ]
    recorder.free.set()
    eventually(lambda: recorder.flushes > 0)


def test_a_pipeline_that_fails_is_sent_without_its_message_and_the_next_event_is_taken(
    caplog: pytest.LogCaptureFixture,
) -> None:
    recorder = Recorder()
    recorder.failing = True
    sink = sink_of(recorder)
    sink.emit(PREDICTION)
    assert sink.flush(10)
    recorder.failing = False
    sink.emit(PREDICTION)
    assert sink.flush(10)
    assert len(recorder.sent) == 1
    assert "RuntimeError" in caplog.text
    assert "zebra" not in caplog.text


def test_events_of_many_threads_are_whole_lines(tmp_path: Path) -> None:
    sinks = [JsonLinesSink(tmp_path / "events"), JsonLinesSink(tmp_path / "events")]

    def work(number: int) -> None:
        for count in range(50):
            sinks[number % 2].emit(NotReadyEvent(reason=f"{number} {count}"))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = (tmp_path / "events").iterdir()
    lines = [line for file in files for line in file.read_text().splitlines()]
    events = [json.loads(line) for line in lines]
    assert len({event["reason"] for event in events}) == len(lines) == 400
    assert all(event["time"].endswith("+00:00") for event in events)


def test_a_disk_that_fails_is_logged_once_and_raises_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "events").write_text("a file where the folder should be")
    sink = JsonLinesSink(tmp_path / "events")
    for _ in range(3):
        sink.emit(FEEDBACK)
    assert len(caplog.messages) == 1


def test_a_set_up_that_fails_is_logged_once_without_its_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def connect() -> Pipeline:
        raise RuntimeError("secret-key")

    sink = TelemetrySink(connect, delay=0.0)
    for _ in range(3):
        sink.emit(FEEDBACK)
    eventually(lambda: bool(caplog.messages))
    sink.emit(FEEDBACK)
    assert caplog.messages == ["No telemetry is sent: its set-up failed (RuntimeError)."]
