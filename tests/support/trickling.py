"""A server whose blobs come a byte at a time."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_BYTES, _PAUSE = 1000, 0.05


class _Trickle(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(206)
        self.send_header("Content-Length", str(_BYTES))
        self.send_header("Content-Range", f"bytes 0-{_BYTES - 1}/{_BYTES}")
        self.send_header("ETag", '"1"')
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(_BYTES):
                self.wfile.write(b" ")
                time.sleep(_PAUSE)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def trickling() -> Iterator[str]:
    """Run the server; return a connection string for it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Trickle)
    server.daemon_threads = True
    server.block_on_close = False
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        port = server.server_address[1]
        endpoint = f"BlobEndpoint=http://127.0.0.1:{port}/trickle"
        yield f"AccountName=trickle;AccountKey=c2xvdw==;{endpoint}"
    finally:
        server.shutdown()
        server.server_close()
