"""The HTTP/1.1 connection: kept alive, its requests bounded and logged.

werkzeug's own handler closes the connection after every response.
"""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import time
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING

from werkzeug.exceptions import BadRequest, HTTPException, RequestEntityTooLarge
from werkzeug.serving import WSGIRequestHandler
from werkzeug.test import run_wsgi_app

from local_host.server import ROUTE

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MAX_BODY_BYTES = 100 << 20
_PIECE_BYTES = 1 << 16
_LINGER_SECONDS, _LINGER_BYTES = 1.0, 1 << 30

_logger = logging.getLogger("local_host")


class Connection(WSGIRequestHandler):
    """Answers the requests of one client, one after the other, and logs a line for each."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # under 0.9 a refusal would have no status line
    timeout = 130  # seconds of idleness, as in Azure
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer one request."""
        started = time.perf_counter()
        try:
            environ = self._complete_environ()
        except HTTPException as error:
            self._refuse(error.code or 400, started)
            return
        route: list[str] = []
        environ[ROUTE] = route
        body, status_line, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        status = int(status_line.split()[0])
        self._send(status, headers.items(), b"".join(body))
        self._log(status, started, "".join(route) or "-")

    def send_error(self, code: int, *_: object, **__: object) -> None:
        """Refuse what is not HTTP; the base class's message stays untold: it quotes the request."""
        self._refuse(code, time.perf_counter())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: the base class would log the query string, which can hold a key."""

    def log_error(self, format: str, *args: object) -> None:
        """Log nothing, for the same reason."""

    def version_string(self) -> str:
        """Return what the header Server says."""
        return "local_host"

    def _complete_environ(self) -> WSGIEnvironment:
        # The body is read to its end, wanted or not: the next request begins after it.
        try:
            environ = self.make_environ()
            body = _read_body(environ)
        except (OSError, ValueError):
            raise BadRequest from None
        environ["wsgi.input"] = io.BytesIO(body)
        environ["wsgi.input_terminated"] = True
        return environ

    def _refuse(self, status: int, started: float) -> None:
        self.close_connection = True
        self._send(status, [("Content-Length", "0")])
        self._log(status, started)
        self._linger()

    def _send(self, status: int, headers: Iterable[tuple[str, str]], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Connection", "close" if self.close_connection else "keep-alive")
        self.end_headers()
        self.wfile.write(body)

    def _linger(self) -> None:
        # Closing while the client still sends would reset the connection, and the answer with it.
        discarded = 0
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(_LINGER_SECONDS)
            while discarded < _LINGER_BYTES and (piece := self.rfile.read1(_PIECE_BYTES)):
                discarded += len(piece)

    def _log(self, status: int, started: float, route: str = "-") -> None:
        milliseconds = (time.perf_counter() - started) * 1000
        command = self.command or "-"
        _logger.info("%s %s %d %.1f ms", command, route, status, milliseconds)


def _read_body(environ: WSGIEnvironment) -> bytes:
    stream: IO[bytes] = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        return _read_chunks(stream)
    length = environ.get("CONTENT_LENGTH") or "0"
    if "HTTP_TRANSFER_ENCODING" in environ or not (length.isascii() and length.isdigit()):
        raise BadRequest
    if int(length) > MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    body = stream.read(int(length))
    if len(body) < int(length):
        raise BadRequest
    return body


def _read_chunks(stream: IO[bytes]) -> bytes:
    body = bytearray()
    while piece := stream.read(_PIECE_BYTES):
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise RequestEntityTooLarge
    return bytes(body)
