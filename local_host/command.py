"""The command ``python -m local_host``."""

from __future__ import annotations

import argparse
import logging
import os
import re
import socket
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import azure.functions as func
from werkzeug.serving import make_server

from local_host.connection import Connection
from local_host.errors import StartError
from local_host.functions import HttpFunction, load_functions, web_page
from local_host.reloader import supervise
from local_host.server import Host
from local_host.settings import read_settings

_BACKLOG = 128


def main(arguments: Sequence[str]) -> int:
    """Serve an app; return the exit code.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed, or the process was asked to end.
    """
    options = _parse(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        if options.no_reload:
            _serve(options)
            return 0
        command = [sys.executable, "-m", "local_host", *arguments, "--no-reload"]
        return supervise(command, options.app)
    except StartError as error:
        print(error, file=sys.stderr)
        return 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local_host",
        description="Serve an Azure Functions app (Python v2) locally, without the Core Tools.",
        epilog="Settings come from the environment, then from Values in local.settings.json.",
    )
    parser.add_argument(
        "--port", type=_port, help="default: LocalHttpPort of local.settings.json, else 7071"
    )
    parser.add_argument(
        "--bind", metavar="ADDRESS", default="127.0.0.1", help="default: %(default)s, this machine"
    )
    parser.add_argument(
        "--require-key",
        metavar="KEY",
        type=_key,
        default=os.environ.get("REQUIRE_KEY") or None,
        help="refuse requests to protected functions without this key, in the header"
        " x-functions-key or the query parameter code (default: REQUIRE_KEY of the"
        " environment, else no key is needed)",
    )
    parser.add_argument(
        "--no-reload", action="store_true", help="do not start again when a file of the app changes"
    )
    parser.add_argument(
        "--app",
        metavar="FOLDER",
        type=_folder,
        default=Path.cwd(),
        help="where function_app.py lies (default: the current folder)",
    )
    return parser.parse_args(arguments)


def _serve(options: argparse.Namespace) -> None:
    settings = read_settings(options.app)
    settings.apply(os.environ)
    with _listen(options.bind, options.port or settings.port) as listener:
        functions = load_functions(options.app, settings.prefix)
        port = listener.getsockname()[1]
        server = make_server(
            options.bind,
            port,
            Host(functions, options.require_key),
            threaded=True,
            request_handler=Connection,
            fd=listener.fileno(),
        )
    told = _told(functions, settings.prefix)
    print(_banner(told, _url(options.bind, port), options.require_key is not None), flush=True)
    server.serve_forever()


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise StartError(
            f"Port {port} on {address} cannot be used: {error.strerror}. Stop the program that"
            " has it, or choose another port with --port (with make: PORT=…)."
        ) from None


def _banner(functions: Iterable[HttpFunction], url: str, enforced: bool) -> str:
    key = "the key is needed" if enforced else "a key is needed in Azure, none here"
    lines = [f"Serving on {url} (Ctrl-C ends it)", *_page(functions, url), ""]
    for function in functions:
        note = f"  [{key}]" if function.protected else ""
        address = f"{url}/{function.route.template}"
        lines.append(f"  {function.name:12} {address}{_methods(function)}{note}")
    return "\n".join([*lines, ""])


def _methods(function: HttpFunction) -> str:
    """Return what a route registered, or nothing where that is every method.

    Such a function answers 405 itself to what it does not want, and only it knows to what.
    """
    registered = function.route.methods
    every = {method.value for method in func.HttpMethod} <= set(registered)
    return f"  {','.join(registered)}" if registered and not every else ""


def _told(functions: Sequence[HttpFunction], prefix: str) -> Sequence[HttpFunction]:
    """Return all functions but the one that answers what no other does, unless it is alone."""
    rest = re.compile(rf"(?:{re.escape(prefix.strip('/'))}/)?\{{\*[^/]*\}}")
    others = [each for each in functions if not rest.fullmatch(each.route.template)]
    return others or functions


def _page(functions: Iterable[HttpFunction], url: str) -> list[str]:
    """Return where to find the app's web page, if it has one."""
    page = web_page(functions)
    return [f"Open {url}{page} in a browser"] if page else []


def _url(address: str, port: int) -> str:
    if address in {"127.0.0.1", "0.0.0.0", "::", "::1"}:  # noqa: S104 - compared, not bound
        address = "localhost"
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1 << 16:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def _key(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("the key must not be empty")
    return text


def _folder(text: str) -> Path:
    folder = Path(text).resolve()
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return folder
