"""The real program as a process of its own, on the real app and on small ones."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.running import APP, Server, ask, environment, free_port, running

KEY = "a key for tests"
TEXT = "What a lovely xylophone!"
SMALL_APP = """
import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="hello")
def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("before")
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("home"), "--require-key", KEY) as server:
        yield server


@pytest.fixture
def small_app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "function_app.py").write_text(SMALL_APP, encoding="utf-8")
    return folder


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local_host", *arguments],
        cwd=APP,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_tweet_is_answered_with_the_key_in_the_header(server: Server) -> None:
    answer = server.post("/api/predict", {"text": TEXT}, {"x-functions-key": KEY})
    assert answer.status == 200
    assert answer.json()["predictions"][0]["label"] == "positive"


def test_a_tweet_is_answered_with_the_key_in_the_query(server: Server) -> None:
    request = urllib.request.Request(
        f"{server.url}/api/predict?code={KEY.replace(' ', '%20')}",
        data=json.dumps({"text": "I hate waiting, this is awful"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        assert json.load(response)["predictions"][0]["label"] == "negative"


@pytest.mark.parametrize("path", ["/api/predict", "/api/feedback", "/api/predict?code=wrong"])
def test_without_the_key_the_answer_is_an_empty_401(server: Server, path: str) -> None:
    answer = server.post(path, {"text": TEXT})
    assert (answer.status, answer.body) == (401, b"")


def test_the_root_leads_to_the_web_page(server: Server) -> None:
    answer = server.request("GET", "/")
    assert (answer.status, answer.headers["location"], answer.body) == (302, "/api/ui", b"")
    assert server.request("GET", answer.headers["location"]).status == 200


@pytest.mark.parametrize("path", ["/predict", "/apix", "/favicon.ico"])
def test_outside_the_prefix_there_is_an_empty_404(server: Server, path: str) -> None:
    answer = server.request("GET", path)
    assert (answer.status, answer.body) == (404, b"")


def test_an_unknown_path_under_the_prefix_is_the_apps_own_404(server: Server) -> None:
    answer = server.request("GET", "/api/unknown")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_wrong_method_is_the_apps_own_405(server: Server) -> None:
    answer = server.request("DELETE", "/api/predict", headers={"x-functions-key": KEY})
    assert (answer.status, answer.headers["content-type"]) == (405, "application/problem+json")
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", ["/api/health/live", "/api/health/ready", "/api/model"])
def test_health_and_model_need_no_key(server: Server, path: str) -> None:
    answer = server.request("GET", path)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")


def test_head_has_the_headers_of_get_and_no_body(server: Server) -> None:
    with server.connect() as connection:
        head = ask(connection, "HEAD", "/api/model")
        get = ask(connection, "GET", "/api/model")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.body))


def test_a_tweet_in_chunks_is_answered_on_a_connection_that_lives_on(server: Server) -> None:
    whole = json.dumps({"text": TEXT}).encode()
    headers = {"Content-Type": "application/json", "x-functions-key": KEY}
    with server.connect() as connection:
        chunks = (whole[at : at + 7] for at in range(0, len(whole), 7))
        answer = ask(connection, "POST", "/api/predict", chunks, headers, chunked=True)
        assert ask(connection, "POST", "/api/predict", whole, headers).status == 200
    assert answer.json()["predictions"][0]["label"] == "positive"


def test_the_output_lists_the_routes_and_logs_requests_without_keys_or_texts(
    server: Server,
) -> None:
    server.post("/api/predict?code=hidden", {"text": TEXT})
    server.post("/api/predict?also=hidden", {"text": TEXT}, {"x-functions-key": KEY})
    output = server.output()
    assert f"Serving on http://localhost:{server.port}" in output
    assert f"Open http://localhost:{server.port}/api/ui in a browser" in output
    assert f"http://localhost:{server.port}/api/predict  [the key is needed]\n" in output
    assert f"http://localhost:{server.port}/api/model\n" in output
    assert "/api/{*path}\n" not in output
    assert "POST /api/predict 401 " in output
    assert "POST /api/predict 200 " in output
    for secret in ("hidden", "xylophone", KEY, "?"):
        assert secret not in output


def test_a_taken_port_is_told_with_the_remedy(server: Server, tmp_path: Path) -> None:
    for reload in ([], ["--no-reload"]):
        ended = run(tmp_path, "--port", str(server.port), *reload)
        assert ended.returncode == 1
        assert f"Port {server.port} on 127.0.0.1 cannot be used" in ended.stderr
        assert "--port" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_without_a_key_to_require_none_is_needed(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        assert server.post("/api/predict", {"text": TEXT}).status == 200
        assert "[a key is needed in Azure, none here]" in server.output()


@pytest.mark.parametrize("reload", [False, True])
def test_ctrl_c_ends_quietly_and_at_once(tmp_path: Path, small_app: Path, reload: bool) -> None:
    arguments = ["--app", str(small_app)]
    with running(tmp_path, *arguments, reload=reload, ready="/api/hello") as server:
        with server.connect() as idle:
            assert ask(idle, "GET", "/api/hello").status == 200
            started = time.monotonic()
            assert server.interrupt(group=reload) == 0
            assert time.monotonic() - started < 5
        assert "Traceback" not in server.output()
        with pytest.raises(ConnectionRefusedError):
            server.request("GET", "/api/hello")


@pytest.mark.parametrize(
    ("reload", "seen", "times"),
    [
        (False, r"\| +argparse$", 1),  # werkzeug and the rest are still to be loaded
        (False, r"^loading a model$", 1),
        (True, r"\| +argparse$", 1),
        (True, r"\| site$", 2),  # the server's own interpreter is not there yet
        (True, r"^loading a model$", 1),
    ],
)
def test_ctrl_c_during_the_start_ends_quietly_too(
    tmp_path: Path, small_app: Path, reload: bool, seen: str, times: int
) -> None:
    source = "import time\n\nprint('loading a model', flush=True)\ntime.sleep(60)\n" + SMALL_APP
    (small_app / "function_app.py").write_text(source, encoding="utf-8")
    # Python then tells each module that it has loaded.
    settings = {"PYTHONPROFILEIMPORTTIME": "1", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "local_host", "--app", small_app, "--port", str(free_port())]
    with subprocess.Popen(
        command if reload else [*command, "--no-reload"],
        cwd=APP,
        env=environment(tmp_path, settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        found = (line for line in process.stdout if re.search(seen, line))
        for _ in range(times):
            assert next(found)
        os.killpg(process.pid, signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == 0
    assert [line for line in rest.splitlines() if "import time:" not in line] == []


def test_a_change_of_the_app_is_served_after_a_reload(tmp_path: Path, small_app: Path) -> None:
    with running(tmp_path, "--app", str(small_app), reload=True, ready="/api/hello") as server:
        assert server.request("GET", "/api/hello").body == b"before"
        source = small_app / "function_app.py"
        source.write_text(SMALL_APP + "\n\nraise LookupError('half typed')\n", encoding="utf-8")
        _until(lambda: "half typed" in server.output())
        source.write_text(SMALL_APP.replace("before", "afterwards"), encoding="utf-8")
        _until(lambda: server.request("GET", "/api/hello").body == b"afterwards")
        (small_app / "local.settings.json").write_text("{}", encoding="utf-8")
        _until(lambda: server.output().count("Serving on") == 3)
        assert server.interrupt() == 0


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 90
    while time.monotonic() < end:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if holds():
                return
        time.sleep(0.1)
    raise AssertionError("It did not happen within 90 seconds.")


def test_settings_of_the_environment_win_over_the_file(tmp_path: Path, small_app: Path) -> None:
    source = SMALL_APP.replace("import azure", "import os\n\nimport azure").replace(
        '"before"', 'os.environ["ONE"] + os.environ["TWO"]'
    )
    (small_app / "function_app.py").write_text(source, encoding="utf-8")
    (small_app / "local.settings.json").write_text(
        json.dumps({"Values": {"ONE": "file ", "TWO": "file"}}), encoding="utf-8"
    )
    (small_app / "host.json").write_text(
        json.dumps({"extensions": {"http": {"routePrefix": ""}}}), encoding="utf-8"
    )
    settings = {"TWO": "environment"}
    with running(tmp_path, "--app", str(small_app), settings=settings, ready="/hello") as server:
        assert server.request("GET", "/hello").body == b"file environment"


def test_an_app_that_cannot_be_imported_is_told_with_the_error(
    tmp_path: Path, small_app: Path
) -> None:
    (small_app / "function_app.py").write_text("import no_such_module\n", encoding="utf-8")
    ended = run(tmp_path, "--app", str(small_app), "--port", str(free_port()))
    assert ended.returncode == 1
    assert "No module named 'no_such_module'" in ended.stderr
    assert "Serving" not in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "0"], "a port is a number"),
        (["--port", "x"], "a port is a number"),
        (["--require-key", ""], "the key must not be empty"),
        (["--app", "no/such/folder"], "there is no folder"),
    ],
)
def test_a_wrong_argument_is_told(tmp_path: Path, arguments: list[str], told: str) -> None:
    ended = run(tmp_path, *arguments)
    assert ended.returncode == 2
    assert told in ended.stderr


def test_the_help_says_what_every_option_does(tmp_path: Path) -> None:
    shown = " ".join(run(tmp_path, "--help").stdout.split())
    for option in ("--port", "--bind", "--require-key", "--no-reload", "--app"):
        assert option in shown
    assert "local.settings.json" in shown
