"""The settings files of an app: ``local.settings.json`` and ``host.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from msgspec import Struct, ValidationError, convert, field

from local_host.cors import Cors

_STRING = r'("(?:[^"\\]|\\.)*")'
_STRING_OR_COMMENT = re.compile(rf"{_STRING}|//[^\n]*|/\*.*?\*/", re.DOTALL)
_STRING_OR_LAST_COMMA = re.compile(rf"{_STRING}|(?<=[\w\"\]}}]),(?=\s*[\]}}])", re.DOTALL)

T = TypeVar("T")


class _Host(Struct):
    port: int = field(name="LocalHttpPort", default=7071)
    cors: str = field(name="CORS", default="")
    credentials: bool = field(name="CORSCredentials", default=False)


class _LocalFile(Struct, rename="pascal"):
    is_encrypted: bool = False
    values: dict[str, str | int | float | bool] = {}
    host: _Host = field(default_factory=_Host)


class _HostFile(Struct):
    extensions: dict[str, dict[str, object]] = {}


@dataclass(frozen=True)
class Settings:
    """What the two files say.

    Attributes:
        values: The app's settings.
        port: The port to serve on.
        prefix: What every route begins with; may be empty.
        cors: Which pages of other origins may call; None where nothing is said of them.
    """

    values: Mapping[str, str]
    port: int
    prefix: str
    cors: Cors | None

    def apply(self, environment: MutableMapping[str, str]) -> None:
        """Put the values into the environment; what is already there wins."""
        for name, value in self.values.items():
            environment.setdefault(name, value)
        # The Core Tools set this too: it is how an app knows that it is not in Azure.
        environment.setdefault("AZURE_FUNCTIONS_ENVIRONMENT", "Development")


def read_settings(folder: Path) -> Settings:
    """Return the settings of the app in a folder; a file that is missing says nothing.

    Raises:
        SystemExit: A file is malformed.
    """
    local = _read(folder / "local.settings.json", _LocalFile)
    if local.is_encrypted:
        raise SystemExit("local.settings.json is encrypted. Run `func settings decrypt`.")
    origins = frozenset(each.strip().rstrip("/") for each in local.host.cors.split(",")) - {""}
    if "*" in origins and local.host.credentials:
        raise SystemExit(
            'In local.settings.json, "CORSCredentials" cannot be true while "CORS" is "*", since'
            " browsers refuse that. Name the origins."
        )
    http = _read(folder / "host.json", _HostFile).extensions.get("http", {})
    return Settings(
        values={name: str(value) for name, value in local.values.items()},
        port=local.host.port,
        prefix=str(http.get("routePrefix", "api")),
        cors=Cors(origins, local.host.credentials) if origins else None,
    )


def _read(file: Path, kind: type[T]) -> T:
    try:
        text = file.read_text(encoding="utf-8-sig")
        # The Core Tools take comments and a comma after the last value; JSON has neither.
        bare = _STRING_OR_LAST_COMMA.sub(_blank, _STRING_OR_COMMENT.sub(_blank, text))
        return convert(json.loads(bare), kind)
    except FileNotFoundError:
        return kind()
    except (OSError, ValueError, ValidationError) as error:
        raise SystemExit(f"{file.name} cannot be used: {error}. Correct it there.") from None


def _blank(found: re.Match[str]) -> str:
    # Of the same length, so that the lines and columns of an error are the file's.
    return found[1] or re.sub(r"[^\n]", " ", found[0])
