"""The command ``python -m local_host``."""

from __future__ import annotations

import argparse
import logging
import os
import socket
from collections.abc import Iterable
from pathlib import Path

import waitress

from local_host.functions import HttpFunction, load_functions, web_page
from local_host.server import Host
from local_host.settings import read_settings

_MAX_BODY_BYTES = 100 << 20  # as in Azure


def main() -> None:
    """Serve the app in the current folder.

    Raises:
        SystemExit: The app cannot be served; the message says why, and the remedy.
        KeyboardInterrupt: Ctrl-C was pressed while the app was loaded.
    """
    options = _parse()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    settings = read_settings(Path.cwd())
    settings.apply(os.environ)
    # Before the app is loaded, which takes longer than to see that the port is taken.
    port = settings.port if options.port is None else options.port
    with _listen(options.bind, port) as listener:
        functions = load_functions(Path.cwd(), settings.prefix)
        server = waitress.create_server(
            Host(functions, options.require_key or None, settings.cors),
            sockets=[listener],
            threads=32,
            connection_limit=500,
            max_request_body_size=_MAX_BODY_BYTES,
            clear_untrusted_proxy_headers=False,  # the app reads them, as in Azure
            ident="local_host",
        )
        url = _url(*listener.getsockname()[:2])
        print(_banner(functions, url, bool(options.require_key)), flush=True)
        server.run()


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m local_host",
        description="Serve the Azure Functions app (Python v2) in the current folder, without the"
        " Core Tools.",
        epilog="Settings come from the environment, then from local.settings.json.",
    )
    parser.add_argument(
        "--port", type=int, help="default: LocalHttpPort of local.settings.json, else 7071"
    )
    parser.add_argument(
        "--bind",
        metavar="ADDRESS",
        default="127.0.0.1",
        help="default: %(default)s, for this machine alone; 0.0.0.0 serves its networks, too",
    )
    parser.add_argument(
        "--require-key",
        metavar="KEY",
        default=os.environ.get("REQUIRE_KEY"),
        help="refuse requests to protected functions without this key, in the header"
        " x-functions-key or the query parameter code (default: REQUIRE_KEY of the"
        " environment, else no key is needed)",
    )
    return parser.parse_args()


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except (OSError, OverflowError) as error:
        reason = str(error.args[-1]).partition(" (while")[0].rstrip(".")
        raise SystemExit(
            f"Port {port} on {address} cannot be used: {reason}. Stop the program that has it, or"
            " choose another with --port or --bind (with make: PORT=…, BIND=…)."
        ) from None


def _banner(functions: Iterable[HttpFunction], url: str, enforced: bool) -> str:
    page = web_page(functions)
    key = "the key is needed" if enforced else "a key is needed in Azure, none here"
    lines = [f"Serving on {url} (Ctrl-C ends it)"]
    if page:
        lines.append(f"Open {url}{page} in a browser")
    lines.append("")
    for each in functions:
        if "{*" not in each.template:
            note = f"  [{key}]" if each.protected else ""
            lines.append(f"  {each.name:12} {url}/{each.template}{note}")
    return "\n".join([*lines, ""])


def _url(address: str, port: int) -> str:
    if address in {"127.0.0.1", "0.0.0.0", "::", "::1"}:  # noqa: S104 - compared, not bound
        address = "localhost"
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"
