"""Takes events and requests at once, and tells them to Application Insights in the background."""

from __future__ import annotations

import atexit
import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sentiment.telemetry.clock import Clock
from sentiment.telemetry.events import EventValue
from sentiment.telemetry.tracing import Answered, Parent, read_parent

if TYPE_CHECKING:
    import azure.functions as func

    from sentiment.telemetry.pipeline import Pipeline

DELAY_SECONDS = 0.25
"""Between the first event and the imports, so that the first answer is out before."""

URGENT = frozenset({"feedback", "not_ready"})
"""The events that alerts wait for: they are sent at once."""

_CAPACITY = 20_000
_AT_ONCE = 256
_AT_EXIT_SECONDS = 2.0

_logger = logging.getLogger("sentiment.telemetry")


@dataclass(frozen=True)
class _Event:
    name: str
    values: Mapping[str, EventValue]
    time: float
    parent: Parent | None

    def tell(self, pipeline: Pipeline) -> None:
        pipeline.event(self.name, self.values, self.time, self.parent)


@dataclass(frozen=True)
class _Request:
    name: str
    parent: Parent | None
    status: int
    began: int
    ended: int

    def tell(self, pipeline: Pipeline) -> None:
        pipeline.past_request(self.name, self.parent, self.status, self.began, self.ended)


@dataclass(frozen=True)
class _Flush:
    done: threading.Event = field(default_factory=threading.Event)

    def tell(self, pipeline: Pipeline) -> None:
        pipeline.flush()
        self.done.set()


_Item = _Event | _Request | _Flush


class TelemetrySink:
    """An event sink and tracer that never waits and never fails.

    Args:
        connect: Makes the pipeline; called once, in the background, where its imports cost nothing.
        delay: Seconds between the first event and that call.
        clock: Returns the time in seconds since 1970.
    """

    def __init__(
        self,
        connect: Callable[[], Pipeline],
        delay: float = DELAY_SECONDS,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._connect, self._delay = connect, delay
        self._clock = clock or Clock()
        self._queue: queue.Queue[_Item] = queue.Queue(_CAPACITY)
        self._lock = threading.Lock()
        self._started = self._broken = self._lost = False
        self._pipeline: Pipeline | None = None
        self._parent: ContextVar[Parent | None] = ContextVar("parent", default=None)

    def emit(self, name: str, values: Mapping[str, EventValue]) -> None:
        """Take one event of the request under way."""
        self._put(_Event(name, values, self._clock(), self._parent.get()))

    @contextmanager
    def request(self, context: func.Context) -> Iterator[Answered]:
        """Trace what happens within as a part of the operation that the host began."""
        name, parent, pipeline = context.function_name, read_parent(context), self._pipeline
        if pipeline is None:
            with self._timed(name, parent) as answered:
                yield answered
            return
        with pipeline.request(name, parent) as request, self._under(request.parent):
            yield request

    def flush(self, seconds: float) -> bool:
        """Send what was told before; return whether that ended within so many seconds."""
        item = _Flush()
        self._put(item)
        return item.done.wait(seconds)

    @contextmanager
    def _timed(self, name: str, parent: Parent | None) -> Iterator[Answered]:
        answered = Answered()
        began = time.time_ns()
        with self._under(parent):
            yield answered
        self._put(_Request(name, parent, answered.status, began, time.time_ns()))

    @contextmanager
    def _under(self, parent: Parent | None) -> Iterator[None]:
        token = self._parent.set(parent)
        try:
            yield
        finally:
            self._parent.reset(token)

    def _put(self, item: _Item) -> None:
        if self._broken:
            return
        self._start()
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            self._lose("more is told than can be sent")

    def _start(self) -> None:
        if self._started:
            return
        with self._lock:
            if not self._started:
                self._started = True
                threading.Thread(target=self._work, name="telemetry", daemon=True).start()
                atexit.register(self.flush, _AT_EXIT_SECONDS)

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
            self._tell(pipeline)

    def _tell(self, pipeline: Pipeline) -> None:
        """Tell what waits; what is urgent is sent together when that is told."""
        urgent = False
        for item in self._waiting():
            urgent |= isinstance(item, _Event) and item.name in URGENT
            self._attempt(item, pipeline)
        if urgent:
            self._attempt(_Flush(), pipeline)

    def _attempt(self, item: _Item, pipeline: Pipeline) -> None:
        try:
            item.tell(pipeline)
        except Exception as error:
            self._lose(type(error).__name__)

    def _lose(self, reason: str) -> None:
        if not self._lost:
            self._lost = True
            _logger.warning("Telemetry is lost: %s.", reason)

    def _waiting(self) -> list[_Item]:
        items = [self._queue.get()]
        with contextlib.suppress(queue.Empty):
            while len(items) < _AT_ONCE:
                items.append(self._queue.get_nowait())
        return items
