"""Proves a built package on Microsoft's engine, with nothing installed but what it holds."""

from __future__ import annotations

import ast
import base64
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
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
    with tempfile.TemporaryDirectory() as home, _engine(folder, python, Path(home)) as ask:
        functions = ask(None)
        declared = (folder / "function_app.py").read_text(encoding="utf-8").count("\n@app.route(")
        if len(functions) != declared:
            raise ProofError(f"The engine finds {len(functions)} of {declared} functions.")
        pages = [each["name"] for each in functions if "{" not in each["route"]]
        answers = _ask_all(ask, pages)
        brought = {name.partition(".")[0] for name in ask({"command": "modules"})}
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
        _engine(folder, python, Path(home), settings) as ask,
    ):
        ask(None)
        if _call(ask, "predict", "POST", {"text": "what a lovely day"})["status"] != 200:
            raise ProofError("The app does not predict.")
        yield time.perf_counter() - started


def _ask_all(ask: Any, functions: Iterable[str]) -> dict[str, int]:
    """Predict, send feedback that it was right, and get every other function."""
    predicted = _call(ask, "predict", "POST", {"text": "what a lovely day"})
    statuses = {"predict": predicted["status"]}
    if predicted["status"] == 200:
        answer = json.loads(base64.b64decode(predicted["body"]))
        token = answer["predictions"][0]["prediction_id"]
        feedback = {"prediction_id": token, "verdict": "correct"}
        statuses["feedback"] = _call(ask, "feedback", "POST", feedback)["status"]
    for function in sorted({*functions} - {"predict", "feedback"}):
        statuses[function] = _call(ask, function, "GET")["status"]
    return statuses


def _call(ask: Any, function: str, method: str, content: object = None) -> Any:
    body = json.dumps(content).encode() if content is not None else b""
    request = {
        "function": function,
        "method": method,
        "url": f"http://localhost/api/{function}",
        "headers": {"content-type": "application/json"} if body else {},
        "query": {},
        "params": {},
        "body": base64.b64encode(body).decode(),
    }
    return ask({"command": "invoke", "requests": [request]})[0]


@contextmanager
def _engine(
    folder: Path, python: Path, home: Path, settings: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Any]:
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
            text=True,
        ) as process,
    ):
        assert process.stdin  # noqa: S101
        assert process.stdout  # noqa: S101
        write, read = process.stdin, process.stdout

        def ask(command: Any) -> Any:
            if command is not None:
                write.write(json.dumps(command) + "\n")
                write.flush()
            line = read.readline()
            if not line:
                raise ProofError(f"The engine ended:\n{log.read_text()[-2000:]}")
            return json.loads(line)

        yield ask


def _surroundings(folder: Path, home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    own = {"SENTIMENT_HOME": str(home / "data"), "PYTHONDONTWRITEBYTECODE": "1"}
    return {**kept, **own, "PYTHONPATH": str(folder / PACKAGES)}
