"""``python -m local_host`` as a process of its own, on the real app and on a small one."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.host import APP, Server, ask, environment, free_port, running
from tests.support.visit import KEY

TEXT = "What a lovely xylophone!"
JSON = {"Content-Type": "application/json", "x-functions-key": KEY}
SMALL_APP = """
import atexit
import os

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
atexit.register(lambda: print("telemetry is sent"))


@app.route(route="hello")
def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(os.environ.get("ONE", "") + os.environ.get("TWO", ""))
"""


@pytest.fixture
def small_app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "function_app.py").write_text(SMALL_APP, encoding="utf-8")
    return folder


def run(home: Path, *arguments: str, folder: Path = APP) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local_host", *arguments],
        cwd=folder,
        env=environment(home, {"PYTHONPATH": str(APP)}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_tweet_is_answered_with_the_key_in_the_header(server: Server) -> None:
    answer = server.post("/api/predict", {"text": TEXT}, JSON)
    assert answer.json()["predictions"][0]["label"] == "positive"


def test_head_has_the_headers_of_get_and_no_body(server: Server) -> None:
    with server.connect() as connection:
        head = ask(connection, "HEAD", "/api/model")
        get = ask(connection, "GET", "/api/model")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.body))


def test_a_tweet_in_chunks_is_answered_on_a_connection_that_lives_on(server: Server) -> None:
    whole = json.dumps({"text": TEXT}).encode()
    with server.connect() as connection:
        chunks = (whole[at : at + 7] for at in range(0, len(whole), 7))
        answer = ask(connection, "POST", "/api/predict", chunks, JSON, chunked=True)
        kept = connection.sock
        assert ask(connection, "POST", "/api/predict", whole, JSON).status == 200
        assert connection.sock is kept
    assert answer.json()["predictions"][0]["label"] == "positive"


def test_a_body_announced_as_too_large_is_refused_before_it_is_sent(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 30) as client:
        client.sendall(
            b"POST /api/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 104857601\r\n\r\n"
        )
        assert client.recv(1 << 16).startswith(b"HTTP/1.1 413 ")


def test_the_output_lists_the_routes_and_logs_requests_without_keys_or_texts(
    server: Server,
) -> None:
    server.post("/api/predict?code=hidden", {"text": TEXT})
    server.post("/api/predict?also=hidden", {"text": TEXT}, {"x-functions-key": KEY})
    output = server.output()
    assert f"Serving on http://localhost:{server.port}" in output
    assert f"Open http://localhost:{server.port}/api/ui in a browser" in output
    assert f"http://localhost:{server.port}/api/predict  [the key is needed]\n" in output
    assert "/api/{*path}\n" not in output
    assert "POST /api/predict 401 " in output
    assert "POST /api/predict 200 " in output
    for secret in ("hidden", "xylophone", KEY, "?"):
        assert secret not in output


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_quietly_and_lets_the_app_end_its_work(
    tmp_path: Path, small_app: Path, ending: signal.Signals
) -> None:
    with running(tmp_path, ready="/api/hello", app=small_app) as server:
        with server.connect() as idle:
            assert ask(idle, "GET", "/api/hello").status == 200
            assert server.end(ending) == 0
        assert server.output().endswith("telemetry is sent\n")
        assert "Traceback" not in server.output()


def test_ctrl_c_while_the_app_is_loaded_ends_it_quietly(tmp_path: Path, small_app: Path) -> None:
    source = "import time\n\nprint('loading', flush=True)\ntime.sleep(60)\n"
    (small_app / "function_app.py").write_text(source, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "local_host", "--port", str(free_port())],
        cwd=small_app,
        env=environment(tmp_path, {"PYTHONPATH": str(APP)}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "loading\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
    assert process.returncode == 0


def test_both_settings_files_are_heeded_and_the_environment_goes_first(
    tmp_path: Path, small_app: Path
) -> None:
    local = """{
      // what the Core Tools take
      "Values": {"ONE": "file ", "TWO": "file"},
      "Host": {"CORS": "http://localhost:3000"}
    }"""
    (small_app / "local.settings.json").write_text(local, encoding="utf-8")
    host = {"extensions": {"http": {"routePrefix": ""}}}
    (small_app / "host.json").write_text(json.dumps(host), encoding="utf-8")
    with running(
        tmp_path, settings={"TWO": "environment"}, ready="/hello", app=small_app
    ) as server:
        answer = server.request("GET", "/hello", headers={"Origin": "http://localhost:3000"})
    assert answer.body == b"file environment"
    assert answer.headers["access-control-allow-origin"] == "http://localhost:3000"


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is an address on Linux alone")
def test_it_serves_the_network_where_that_is_asked_for(tmp_path: Path, small_app: Path) -> None:
    with (
        running(tmp_path, "--bind", "0.0.0.0", ready="/api/hello", app=small_app) as server,
        socket.create_connection(("127.0.0.2", server.port), 30),
    ):
        assert f"Serving on http://localhost:{server.port}" in server.output()


def test_an_address_that_cannot_be_served_is_refused_with_the_remedy(
    tmp_path: Path, server: Server
) -> None:
    for address, port in [("127.0.0.1", server.port), ("no.such.name.invalid", 7071)]:
        ended = run(tmp_path, "--bind", address, "--port", str(port))
        assert ended.returncode == 1
        assert f"Port {port} on {address} cannot be used" in ended.stderr
        assert "PORT=…, BIND=…" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_an_app_that_cannot_be_imported_is_shown_with_its_error(
    tmp_path: Path, small_app: Path
) -> None:
    (small_app / "function_app.py").write_text("import no_such_module\n", encoding="utf-8")
    ended = run(tmp_path, "--port", str(free_port()), folder=small_app)
    assert ended.returncode == 1
    assert 'function_app.py", line 1' in ended.stderr
    assert "No module named 'no_such_module'" in ended.stderr
    assert "Serving" not in ended.stdout
