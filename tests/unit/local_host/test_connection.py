from __future__ import annotations

import contextlib
import http.client
import logging
import socket
import threading
from collections.abc import Iterator

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from local_host import connection
from local_host.connection import Connection
from tests.support.running import ask

LIMIT = 1000


@Request.application
def echo(request: Request) -> Response:
    return Response(request.get_data(), headers={"X-Path": request.path})


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[int]:
    monkeypatch.setattr(connection, "MAX_BODY_BYTES", LIMIT)
    caplog.set_level(logging.INFO, "local_host")
    server = make_server("127.0.0.1", 0, echo, threaded=True, request_handler=Connection)
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    yield server.port
    server.shutdown()
    thread.join()


@pytest.fixture
def client(port: int) -> Iterator[http.client.HTTPConnection]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as client:
        yield client


def raw(port: int, request: bytes) -> bytes:
    """Send bytes and return all that comes until the server closes."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), 30) as sock:
        sock.sendall(request)
        while piece := sock.recv(1 << 16):
            received += piece
    return received


def test_one_connection_serves_many_requests(client: http.client.HTTPConnection) -> None:
    client.connect()
    sock = client.sock
    bodies = [b"one", b"", b"three" * 100]
    assert [ask(client, "POST", "/a", body).body for body in bodies] == bodies
    assert ask(client, "GET", "/b").headers["connection"] == "keep-alive"
    assert client.sock is sock


def test_chunks_are_put_together_and_the_next_request_begins_after_them(
    client: http.client.HTTPConnection,
) -> None:
    chunks = [b"a" * 10, b"b" * 300, b"c"]
    assert ask(client, "POST", "/", iter(chunks), chunked=True).body == b"".join(chunks)
    assert ask(client, "POST", "/", b"next").body == b"next"


def test_head_is_answered_with_the_length_alone(client: http.client.HTTPConnection) -> None:
    answer = ask(client, "HEAD", "/", b"four")
    assert (answer.status, answer.headers["content-length"], answer.body) == (200, "4", b"")
    assert ask(client, "GET", "/").status == 200


def test_a_client_may_ask_to_close(port: int) -> None:
    answer = raw(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"Connection: close" in answer


def test_an_old_client_is_answered_and_left(port: int) -> None:
    assert b" 200 OK\r\n" in raw(port, b"GET / HTTP/1.0\r\n\r\n")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_at_the_limit_is_read_and_one_above_is_refused(port: int, chunked: bool) -> None:
    for size, status in ((LIMIT, 200), (LIMIT + 1, 413), (LIMIT * 1000, 413)):
        with contextlib.closing(
            http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        ) as client:
            body = iter([b"x" * size]) if chunked else b"x" * size
            headers = {"Transfer-Encoding": "chunked"} if chunked else {}
            answer = ask(client, "POST", "/", body, headers, chunked)
            assert answer.status == status
            assert len(answer.body) == (size if status == 200 else 0)


def test_a_body_announced_as_too_large_is_refused_before_it_is_sent(port: int) -> None:
    answer = raw(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 104857601\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"Connection: close" in answer
    assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "request_head",
    [
        b"secret",
        b"POST /?code=secret",
        b"GET /?code=secret HTTP/1.1 more",
        b"GET /?code=secret HTTP/x",
        b"GET http://[x/?code=secret HTTP/1.1",
        b"POST /?code=secret HTTP/1.1\r\nContent-Length: -1",
        b"POST /?code=secret HTTP/1.1\r\nContent-Length: x",
        b"POST /?code=secret HTTP/1.1\r\nTransfer-Encoding: gzip",
        b"POST /?code=secret HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nsecret",
    ],
)
def test_what_is_not_http_is_an_empty_400_and_the_log_does_not_repeat_it(
    port: int, request_head: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = raw(port, request_head + b"\r\n\r\n")
    assert b" 400 Bad Request\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")
    assert "secret" not in caplog.text
    assert " 400 " in caplog.text


def test_an_endless_request_line_is_refused(port: int) -> None:
    assert b" 414 " in raw(port, b"GET /?code=" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n")


def test_a_client_that_leaves_in_the_middle_does_no_harm(
    port: int, client: http.client.HTTPConnection
) -> None:
    with socket.create_connection(("127.0.0.1", port), 30) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nContent-Length: 500\r\n\r\nhalf")
    assert ask(client, "POST", "/", b"whole").body == b"whole"


def test_a_client_that_waits_for_leave_to_send_gets_it(port: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: close\r\n"
    answer = raw(port, head + b"Expect: 100-continue\r\n\r\nfour")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert answer.endswith(b"\r\n\r\nfour")


def test_a_request_is_one_line_with_method_path_status_and_time(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    raw(port, b"GET /caf%C3%A9/\x1b?code=secret#secret HTTP/1.1\r\nConnection: close\r\n\r\n")
    (line,) = [record.getMessage() for record in caplog.records]
    head, milliseconds, unit = line.rsplit(" ", 2)
    assert head == "GET - 200"
    assert float(milliseconds) < 30_000
    assert unit == "ms"
