"""The settings files of an app: ``local.settings.json`` and ``host.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from local_host.errors import StartError

LOCAL_FILE, HOST_FILE = "local.settings.json", "host.json"
DEFAULT_PORT = 7071
_DEFAULT_PREFIX = "api"


@dataclass(frozen=True)
class Settings:
    """What the two files say.

    Attributes:
        values: The app's settings.
        port: The port to serve on.
        prefix: What every route begins with; may be empty.
    """

    values: Mapping[str, str]
    port: int
    prefix: str

    def apply(self, environment: MutableMapping[str, str]) -> None:
        """Put the values into the environment; what is already there wins."""
        for name, value in self.values.items():
            environment.setdefault(name, value)
        # The Core Tools set this too: it is how an app knows that it is not in Azure.
        environment.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")


def read_settings(folder: Path) -> Settings:
    """Return the settings of the app in a folder; a file that is missing says nothing.

    Raises:
        StartError: A file is malformed.
    """
    local = _read(folder / LOCAL_FILE)
    if local.get("IsEncrypted") is True:
        raise StartError(f"{LOCAL_FILE} is encrypted. Decrypt it with `func settings decrypt`.")
    return Settings(
        values=_values(_object(local, "Values", LOCAL_FILE)),
        port=_port(_object(local, "Host", LOCAL_FILE)),
        prefix=_prefix(_read(folder / HOST_FILE)),
    )


def _read(file: Path) -> dict[str, object]:
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except json.JSONDecodeError as error:
        raise StartError(
            f"{file.name} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}."
            " Mend it there."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(
            f"{file.name} cannot be read ({type(error).__name__}). Make it a readable UTF-8 file."
        ) from None
    if not isinstance(content, dict):
        raise StartError(f"{file.name} does not hold a JSON object. Write one in curly brackets.")
    return content


def _object(parent: Mapping[str, object], name: str, file: str) -> dict[str, object]:
    value = parent.get(name, {})
    if not isinstance(value, dict):
        raise StartError(f'"{name}" in {file} is not an object. Write it in curly brackets.')
    return value


def _values(values: Mapping[str, object]) -> dict[str, str]:
    for name, value in values.items():
        if not isinstance(value, str | int | float):
            raise StartError(
                f'The value of "{name}" in {LOCAL_FILE} is not a string. Write it in quotes.'
            )
    return {name: str(value) for name, value in values.items()}


def _port(host: Mapping[str, object]) -> int:
    port = host.get("LocalHttpPort", DEFAULT_PORT)
    if not isinstance(port, int) or not 0 < port < 1 << 16:
        raise StartError(
            f'"LocalHttpPort" in {LOCAL_FILE} is not a port. Write a number from 1 to 65535.'
        )
    return port


def _prefix(host: Mapping[str, object]) -> str:
    http = _object(_object(host, "extensions", HOST_FILE), "http", HOST_FILE)
    prefix = http.get("routePrefix", _DEFAULT_PREFIX)
    if not isinstance(prefix, str):
        raise StartError(f'"routePrefix" in {HOST_FILE} is not a string. Write it in quotes.')
    return prefix
