"""Whether telemetry arrives: logged when that changes, not at every attempt."""

from __future__ import annotations

import logging
import threading
from typing import Any

from azure.core.exceptions import AzureError, ServiceRequestError
from azure.core.pipeline.transport import RequestsTransport

CONNECT_SECONDS, READ_SECONDS = 3, 10
_ADVICE = {
    400: "check the connection string",
    401: "set APPLICATIONINSIGHTS_AUTHENTICATION_STRING: the resource wants a signed-in identity",
    402: "the daily cap is reached",
    403: "give the identity the role Monitoring Metrics Publisher",
    404: "check the IngestionEndpoint of the connection string",
    429: "the service limits the rate",
}

_logger = logging.getLogger("sentiment.telemetry")


class Delivery(logging.Handler):
    """Remembers how the last attempt ended, and handles what a library logs of its attempts."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._changing = threading.Lock()
        self._failing = False

    def listen(self, library: str) -> None:
        """Take what a library logs in the place of the log, which each attempt would fill."""
        logger = logging.getLogger(library)
        logger.propagate = False
        logger.setLevel(logging.WARNING)
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Take what fails before anything is sent; the message, which may hold an address, not."""
        if ".export." in record.name:
            self.failed("the exporter cannot send it; check the connection string")

    def failed(self, reason: str) -> None:
        """Take a failure; the first after a success is logged."""
        if self._changes(failing=True):
            _logger.warning("Telemetry is not delivered: %s. Requests are served all the same.",
                            reason)  # fmt: skip

    def succeeded(self) -> None:
        """Take a success; the first after a failure is logged."""
        if self._changes(failing=False):
            _logger.info("Telemetry is delivered again.")

    def _changes(self, *, failing: bool) -> bool:
        with self._changing:
            changes, self._failing = failing != self._failing, failing
        return changes


class WatchedTransport(RequestsTransport):  # type: ignore[misc]
    """Sends telemetry over HTTP, patient for seconds only."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(connection_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS)
        self._delivery = delivery

    def send(self, request: Any, **options: Any) -> Any:
        """Return the response to a request.

        Raises:
            AzureError: There is none.
        """
        try:
            response = super().send(request, **options)
        except AzureError as error:
            self._delivery.failed(f"the service cannot be reached ({type(error).__name__})")
            raise
        status = response.status_code
        if status == 200:
            self._delivery.succeeded()
        else:
            advice = _ADVICE.get(status)
            self._delivery.failed(f"it is answered {status}" + (f"; {advice}" if advice else ""))
        return response


class PatientCredential:
    """Signs in with another credential; where that fails, the telemetry is kept and sent later.

    The exporter drops what an authentication error ends, and keeps what a network error does.
    """

    def __init__(self, credential: Any, delivery: Delivery) -> None:
        self._credential, self._delivery = credential, delivery

    def get_token(self, *scopes: str, **options: Any) -> Any:
        """Return a token.

        Raises:
            ServiceRequestError: There is none now.
        """
        try:
            return self._credential.get_token(*scopes, **options)
        except Exception as error:  # the library also raises what is no error of Azure's
            reason = f"the identity cannot sign in ({type(error).__name__})"
        self._delivery.failed(reason)
        raise ServiceRequestError(f"Telemetry waits: {reason}.")
