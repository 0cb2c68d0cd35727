"""OpenTelemetry with Microsoft's exporter; imported in the background only, as it is slow to."""

from __future__ import annotations

import atexit
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from opentelemetry import _logs, trace
from opentelemetry.context import Context, attach, detach

from sentiment.telemetry.connection import Connection
from sentiment.telemetry.events import Event
from sentiment.telemetry.tracing import ParentSpan, Span

EVENT_LOGGER = "sentiment.telemetry.events"
BATCH_MILLISECONDS = 1000
_EVENT_NAME = "microsoft.custom_event.name"

_DEFAULTS = {
    # Microsoft's telemetry about its own telemetry.
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED": "true",
    "APPLICATIONINSIGHTS_OPENTELEMETRY_RESOURCE_METRIC_DISABLED": "true",
    # The default would ask a metadata service that is not there, and wait for it.
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "azure_functions",
    "OTEL_METRICS_EXPORTER": "none",
    "OTEL_BLRP_SCHEDULE_DELAY": str(BATCH_MILLISECONDS),
    "OTEL_BSP_SCHEDULE_DELAY": str(BATCH_MILLISECONDS),
    "OTEL_BLRP_MAX_QUEUE_SIZE": "8192",
}
_UNUSED = (
    "django",
    "fastapi",
    "flask",
    "httpx",
    "httpx2",
    "psycopg2",
    "requests",
    "urllib",
    "urllib3",
)
_SERVER_ERROR = 500


class Pipeline:
    """Turns events and requests into telemetry, and batches of it into requests to the service.

    Made once in a process: OpenTelemetry's providers cannot be replaced.

    Args:
        connection: Where telemetry goes.
        folder: Keeps what could not be delivered, for a later attempt.
    """

    def __init__(self, connection: Connection, folder: Path) -> None:
        for name, value in _DEFAULTS.items():
            os.environ.setdefault(name, value)
        logging.getLogger("azure").setLevel(logging.WARNING)  # else a line for each HTTP request
        logging.getLogger("azure.identity").setLevel(logging.ERROR)  # Delivery logs its failures
        self._events = logging.getLogger(EVENT_LOGGER)
        self._events.setLevel(logging.INFO)
        self._events.propagate = False  # or the host would send each event a second time
        _configure(connection, folder)
        self._tracer = trace.get_tracer("sentiment")
        logs: Any = _logs.get_logger_provider()
        traces: Any = trace.get_tracer_provider()
        self._providers = (logs, traces)
        for provider in self._providers:
            atexit.unregister(provider.shutdown)  # which waits 30 s for a service that hangs

    def event(self, event: Event, time: float, parent: ParentSpan | None) -> None:
        """Send one event, dated in seconds since 1970."""
        fields = msgspec.to_builtins(event)
        name = fields.pop("name")
        record = self._events.makeRecord(
            EVENT_LOGGER, logging.INFO, "", 0, name, (), None,
            extra={**_properties(fields), _EVENT_NAME: name},
        )  # fmt: skip
        record.created = time
        token = attach(_context(parent))
        try:
            self._events.handle(record)
        finally:
            detach(token)

    @contextmanager
    def request(self, name: str, parent: ParentSpan | None) -> Iterator[Request]:
        """Trace what happens within, dependencies included, as a part of the host's operation."""
        with self._tracer.start_as_current_span(name, _context(parent)) as span:
            request = Request(span)
            yield request
            request.close()

    def past_request(
        self, name: str, parent: ParentSpan | None, status: int, began: int, ended: int
    ) -> None:
        """Trace a request that is over; times are in nanoseconds since 1970."""
        span = self._tracer.start_span(name, _context(parent), start_time=began)
        request = Request(span)
        request.status = status
        request.close()
        span.end(ended)

    def flush(self) -> None:
        """Send what waits; returns when it is sent or kept for later."""
        for provider in self._providers:
            provider.force_flush()


class Request(Span):
    """A request and its span."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @property
    def parent(self) -> ParentSpan:
        """The request's own span, which is the parent of what happens within."""
        own = self._span.get_span_context()
        return ParentSpan(own.trace_id, own.span_id, int(own.trace_flags))

    def close(self) -> None:
        """Note how the request ended."""
        self._span.set_attribute("status", self.status)
        if self.status >= _SERVER_ERROR:
            self._span.set_status(trace.Status(trace.StatusCode.ERROR))


def _context(parent: ParentSpan | None) -> Context:
    if parent is None:
        return Context()
    flags = trace.TraceFlags(parent.flags)
    span = trace.SpanContext(parent.trace_id, parent.span_id, True, flags)
    return trace.set_span_in_context(trace.NonRecordingSpan(span), Context())


def _properties(fields: Mapping[str, Any]) -> dict[str, Any]:
    # Properties are strings: a truth value is written as JSON and Kusto do.
    present = {name: value for name, value in fields.items() if value is not None}
    return {k: str(v).lower() if isinstance(v, bool) else v for k, v in present.items()}


def _configure(connection: Connection, folder: Path) -> None:
    from azure.monitor.opentelemetry import configure_azure_monitor

    from sentiment.telemetry.delivery import Delivery, PatientCredential, WatchedTransport

    delivery = Delivery()
    delivery.listen("azure.monitor.opentelemetry")
    credential = None
    if connection.signs_in:
        from azure.identity import ManagedIdentityCredential

        identity = ManagedIdentityCredential(client_id=connection.client_id or None)
        credential = PatientCredential(identity, delivery)
    configure_azure_monitor(
        connection_string=connection.string,
        credential=credential,
        logger_name=EVENT_LOGGER,
        transport=WatchedTransport(delivery),
        retry_total=0,  # what fails is kept on the disk and sent with a later batch
        storage_directory=str(folder),
        enable_live_metrics=False,
        enable_performance_counters=False,
        instrumentation_options={name: {"enabled": False} for name in _UNUSED},
    )
