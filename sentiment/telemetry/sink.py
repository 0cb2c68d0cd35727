"""Where events go: to Application Insights in the background, to files, or nowhere.

What becomes of an item (an event, a request, a flush) in a ``TelemetrySink``:

1. ``emit`` and ``request`` put it on a queue at once and return; the first starts the thread.
2. The thread waits ``delay``, so that the first response is out, and connects the pipeline, whose
   imports are slow. If that fails, the sink is broken: the log says so and items are dropped.
3. Connected, it takes what waits, up to 256 items, and gives each to the pipeline, which sends
   batches of its own every second. After an urgent event it flushes the pipeline at once.
4. A full queue drops the item; the first loss is logged.
5. At exit ``flush`` puts a last item on the queue and waits for it, at most two seconds.

Once the pipeline is there, requests are traced by it directly and no longer queued.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from sentiment.files import make_private
from sentiment.telemetry.events import (
    Event,
    FeedbackEvent,
    NotReadyEvent,
)
from sentiment.telemetry.tracing import ParentSpan, Span, read_parent

if TYPE_CHECKING:
    import azure.functions as func

    from sentiment.telemetry.pipeline import Pipeline

DELAY_SECONDS = 0.25
"""Between the first item and the imports, so that the first response is out before."""

URGENT = (FeedbackEvent, NotReadyEvent)
"""The events that alerts wait for: they are sent at once."""

CAPACITY = 20_000
_AT_ONCE = 256
_AT_EXIT_SECONDS = 2.0

_logger = logging.getLogger(__name__)


class NullSink:
    """Drops every event, and traces no request."""

    def emit(self, event: Event) -> None:
        """Do nothing."""

    @contextmanager
    def request(self, _context: func.Context) -> Iterator[Span]:
        """Do nothing."""
        yield Span()


class JsonLinesSink:
    """Appends events to one file a UTC day, a JSON object a line.

    Args:
        folder: Made on first use.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._failed = False

    def emit(self, event: Event) -> None:
        """Append one event; a disk that fails is logged once and costs no request."""
        now = datetime.fromtimestamp(time.time(), UTC)
        row = {"time": now.isoformat(), **msgspec.to_builtins(event)}
        try:
            with self._lock:
                make_private(self._folder)
                with (self._folder / f"{now:%Y-%m-%d}.jsonl").open("ab", buffering=0) as file:
                    file.write(f"{json.dumps(row)}\n".encode())
            self._failed = False
        except OSError as error:
            if not self._failed:
                _logger.warning("Events cannot be written: %s.", error.strerror)
            self._failed = True


_Item = tuple[Callable[["Pipeline"], None], bool]
"""What is to be done with the pipeline, and whether it is urgent."""


class TelemetrySink:
    """An event sink and tracer that never waits and never fails.

    Args:
        connect: Makes the pipeline; called once, in the background, where its imports cost nothing.
        delay: Seconds between the first item and that call.
        capacity: How many items wait at most.
        clock: Returns the time in seconds since 1970.
    """

    def __init__(
        self,
        connect: Callable[[], Pipeline],
        delay: float = DELAY_SECONDS,
        capacity: int = CAPACITY,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._connect, self._delay, self._clock = connect, delay, clock
        self._queue: queue.Queue[_Item] = queue.Queue(capacity)
        self._lock = threading.Lock()
        self._started = self._broken = self._lost = False
        self._pipeline: Pipeline | None = None
        self._parent: ContextVar[ParentSpan | None] = ContextVar("parent", default=None)

    def emit(self, event: Event) -> None:
        """Take one event of the request under way."""
        at, parent = self._clock(), self._parent.get()
        self._put(lambda pipeline: pipeline.event(event, at, parent), isinstance(event, URGENT))

    @contextmanager
    def request(self, context: func.Context) -> Iterator[Span]:
        """Trace what happens within as a part of the operation that the host began."""
        name, parent, pipeline = context.function_name, read_parent(context), self._pipeline
        if pipeline is not None:
            with pipeline.request(name, parent) as request, self._under(request.parent):
                yield request
            return
        span, began = Span(), time.time_ns()
        with self._under(parent):
            yield span
        status, ended = span.status, time.time_ns()
        self._put(lambda pipeline: pipeline.past_request(name, parent, status, began, ended))

    def flush(self, seconds: float) -> bool:
        """Send what was taken before; return whether that ended within so many seconds."""
        done = threading.Event()

        def flush(pipeline: Pipeline) -> None:
            pipeline.flush()
            done.set()

        self._put(flush)
        return done.wait(seconds)

    @contextmanager
    def _under(self, parent: ParentSpan | None) -> Iterator[None]:
        token = self._parent.set(parent)
        try:
            yield
        finally:
            self._parent.reset(token)

    def _put(self, send: Callable[[Pipeline], None], urgent: bool = False) -> None:
        if self._broken:
            return
        try:
            self._start()
            self._queue.put_nowait((send, urgent))
        except queue.Full:
            self._report_loss("more is emitted than can be sent")
        except RuntimeError:  # the process has no thread left, or ends
            self._report_loss("no thread can be started")

    def _start(self) -> None:
        if self._started:
            return
        with self._lock:
            if not self._started:
                threading.Thread(target=self._work, name="telemetry", daemon=True).start()
                atexit.register(self.flush, _AT_EXIT_SECONDS)
                self._started = True

    def _work(self) -> None:
        time.sleep(self._delay)
        try:
            pipeline = self._connect()
        except Exception as error:
            self._broken = True
            _logger.warning("No telemetry is sent: its set-up failed (%s).", type(error).__name__)
            return
        self._pipeline = pipeline
        while True:
            self._send_waiting(pipeline)

    def _send_waiting(self, pipeline: Pipeline) -> None:
        """Send what waits; urgent events are flushed together when all are sent."""
        items = self._waiting()
        if any(urgent for _, urgent in items):
            items.append((lambda pipeline: pipeline.flush(), False))
        for send, _ in items:
            try:
                send(pipeline)
            except Exception as error:
                self._report_loss(type(error).__name__)

    def _report_loss(self, reason: str) -> None:
        if not self._lost:
            self._lost = True
            _logger.warning("Telemetry is lost: %s.", reason)

    def _waiting(self) -> list[_Item]:
        items = [self._queue.get()]
        with contextlib.suppress(queue.Empty):
            while len(items) < _AT_ONCE:
                items.append(self._queue.get_nowait())
        return items
