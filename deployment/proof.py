"""Proves a built package on Microsoft's engine, with nothing installed but what it holds."""

from __future__ import annotations

import ast
import base64
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from deployment.closure import left_out
from deployment.sizes import PACKAGES

OPTIONAL = frozenset({"simplemma"})
"""What the app imports only where it happens to be installed."""

_ENGINE = Path(__file__).with_name("engine.py")


class ProofError(Exception):
    """The package does not do what it must; the message says what."""


@dataclass(frozen=True)
class Answer:
    """What a function answers; the names of the headers are as the app wrote them."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, which must be JSON."""
        return json.loads(self.body)


class Engine:
    """A process of ``engine.py``; every method raises ProofError, with its log, if it has ended.

    Attributes:
        functions: The name, route, methods and authorisation level of each.
    """

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process, self._log = process, log
        self.functions: list[dict[str, Any]] = self._read()

    def ask(self, command: str, **arguments: object) -> Any:
        """Return the answer to a command."""
        assert self._process.stdin  # noqa: S101
        self._process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def call_at_once(self, requests: Sequence[dict[str, Any]]) -> list[Answer]:
        """Return the answers to requests that all run at the same time."""
        return [
            Answer(answer["status"], answer["headers"], base64.b64decode(answer["body"]))
            for answer in self.ask("invoke", requests=requests)
        ]

    def call(self, function: str, method: str = "GET", **request: Any) -> Answer:
        """Return the answer to a request; see ``request_to``."""
        return self.call_at_once([request_to(function, method, **request)])[0]

    def post(self, function: str, content: dict[str, Any]) -> Answer:
        """Post JSON to a function."""
        return self.call(function, "POST", body=content)

    def _read(self) -> Any:
        assert self._process.stdout  # noqa: S101
        line = self._process.stdout.readline()
        if not line:
            raise ProofError(f"The engine ended:\n{self._log.read_text()[-2000:]}")
        return json.loads(line)


def imported_names(sources: Iterable[Path]) -> set[str]:
    """Return the modules of other packages that Python files import, wherever in them."""
    names: set[str] = set()
    for source in sources:
        for node in ast.walk(ast.parse(source.read_bytes())):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module)
    return {name for name in names if name.partition(".")[0] not in OPTIONAL}


def check_imports(folder: Path, python: Path) -> int:
    """Import all that the app's files import, at any time; return how many modules that is.

    Raises:
        ProofError: Something is missing from the package.
    """
    app = [path for path in folder.rglob("*.py") if not path.is_relative_to(folder / PACKAGES)]
    names = sorted(imported_names(app))
    done = subprocess.run(
        [python, "-S", "-c", f"import {', '.join(names)}"],
        env=_surroundings(folder, folder),
        cwd=folder,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise ProofError(f"The package cannot import all that it uses:\n{done.stderr[-2000:]}")
    return len(names)


def prove(folder: Path, python: Path) -> dict[str, Any]:
    """Serve the package with Microsoft's engine and ask it; return what was seen.

    Args:
        folder: The package.
        python: An interpreter of the version that the cloud runs; nothing that is installed in it
            is used.

    Returns:
        ``modules`` that could be imported, ``functions`` that the engine found, and the
        ``statuses`` of the answers by function.

    Raises:
        ProofError: A function is missing, an answer is no success, or a package was imported that
            is not deployed.
    """
    folder = folder.resolve()
    imports = check_imports(folder, python)
    with tempfile.TemporaryDirectory() as home, serve(folder, python, Path(home)) as engine:
        functions = engine.functions
        declared = (folder / "function_app.py").read_text(encoding="utf-8").count("\n@app.route(")
        if len(functions) != declared:
            raise ProofError(f"The engine finds {len(functions)} of {declared} functions.")
        pages = [each["name"] for each in functions if "{" not in each["route"]]
        answers = _ask_all(engine, pages)
        brought = {name.partition(".")[0] for name in engine.ask("modules")}
    wrong = {name: status for name, status in answers.items() if not 200 <= status < 300}
    if wrong:
        raise ProofError(f"These functions do not answer: {wrong}.")
    unwanted = brought & {name.replace("-", "_") for name in left_out()}
    if unwanted:
        raise ProofError(f"{sorted(unwanted)} are imported, but left out of the package.")
    return {"modules": imports, "functions": declared, "statuses": answers}


@contextmanager
def first_answer(folder: Path, python: Path, settings: Mapping[str, str]) -> Iterator[float]:
    """Start the engine with further settings; yield the seconds to its first prediction.

    The process ends with the block.
    """
    started = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as home,
        serve(folder, python, Path(home), settings) as engine,
    ):
        if engine.post("predict", {"text": "what a lovely day"}).status != 200:
            raise ProofError("The app does not predict.")
        yield time.perf_counter() - started


@contextmanager
def serve(
    folder: Path, python: Path, home: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Engine]:
    """Serve an app with Microsoft's engine, without what is installed in its Python.

    Raises:
        ProofError: The engine ended early, or with an error.
    """
    log = home / "engine.log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [python, "-S", _ENGINE, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=home,
            env={**_surroundings(folder, home), **settings},
            encoding="utf-8",
        ) as process,
    ):
        yield Engine(process, log)
    if process.returncode:
        raise ProofError(f"The engine failed:\n{log.read_text()[-2000:]}")


def request_to(
    function: str,
    method: str,
    body: bytes | dict[str, Any] = b"",
    headers: Mapping[str, str] = MappingProxyType({}),
    params: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return a request as the host passes it on to a function; a dictionary is sent as JSON."""
    if isinstance(body, dict):
        body = json.dumps(body).encode()
        headers = {"content-type": "application/json; charset=utf-8"}
    return {
        "function": function,
        "method": method,
        "url": f"http://localhost/api/{function}",
        "headers": dict(headers),
        "query": {},
        "params": dict(params),
        "body": base64.b64encode(body).decode(),
    }


def _ask_all(engine: Engine, functions: Iterable[str]) -> dict[str, int]:
    """Predict, send feedback that it was right, and get every other function."""
    predicted = engine.post("predict", {"text": "what a lovely day"})
    statuses = {"predict": predicted.status}
    if predicted.status == 200:
        token = predicted.json["predictions"][0]["prediction_id"]
        feedback = {"prediction_id": token, "verdict": "correct"}
        statuses["feedback"] = engine.post("feedback", feedback).status
    for function in sorted({*functions} - {"predict", "feedback"}):
        statuses[function] = engine.call(function).status
    return statuses


def _surroundings(folder: Path, home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    own = {"SENTIMENT_HOME": str(home / "data"), "PYTHONDONTWRITEBYTECODE": "1"}
    return {**kept, **own, "PYTHONPATH": str(folder / PACKAGES)}
