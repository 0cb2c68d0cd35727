"""What the environment decides, read once at the edge."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sentiment.storage import (
    ACCOUNT,
    CONNECTION,
    IDENTITY,
    Storage,
    is_account_name,
    is_connection_string,
    read_storage,
)
from sentiment.telemetry.connection import Connection, is_guid, read_connection

REFRESH_SECONDS = 60.0
PUBLIC_PER_MINUTE = 60
HOME_VARIABLE = "SENTIMENT_HOME"
_PACKAGED_BUNDLE = Path(__file__).resolve().parent.parent / "model_artifacts"
_MINIMUM_KEY_CHARACTERS = 32
_SECONDS, _COUNT = re.compile(r"[0-9]{1,9}(\.[0-9]*)?"), re.compile(r"0*[1-9][0-9]{0,8}")
_UNRESOLVED_REFERENCE = "@Microsoft.KeyVault("
_TRUE, _FALSE = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True)
class Settings:
    """The app's settings.

    Attributes:
        home: The folder for data that outlives a deployment: feedback, events, keys.
        bundle: The folder of the bundle that is served (``SENTIMENT_BUNDLE``).
        receipt_keys: Secrets for signing receipts, the current one first (``RECEIPT_KEYS``).
        public: Whether predict and feedback need no key (``SENTIMENT_PUBLIC``).
        in_azure: Whether the app runs in Azure, where the local disk is not durable.
        storage: The account that holds models and feedback (``SENTIMENT_STORAGE``), or None.
        public_per_minute: Texts and feedbacks that one address may send to an instance of a public
            app in a minute (``SENTIMENT_PUBLIC_PER_MINUTE``).
        refresh_seconds: Between two checks for a newer model (``SENTIMENT_REFRESH_SECONDS``).
        telemetry: The Application Insights resource that telemetry is sent to
            (``APPLICATIONINSIGHTS_CONNECTION_STRING``), or None.
        problems: What was wrong with the settings, one sentence each; defaults are used instead.
    """

    home: Path
    bundle: Path
    receipt_keys: tuple[bytes, ...]
    public: bool
    in_azure: bool
    storage: Storage | None = None
    refresh_seconds: float = REFRESH_SECONDS
    public_per_minute: int = PUBLIC_PER_MINUTE
    telemetry: Connection | None = None
    problems: tuple[str, ...] = ()


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings; what is malformed is named in ``problems``, never raised."""
    problems: list[str] = []
    return Settings(
        home=_folder(HOME_VARIABLE, data_home, environment, problems),
        bundle=_folder("SENTIMENT_BUNDLE", _bundle_folder, environment, problems),
        receipt_keys=_receipt_keys(environment.get("RECEIPT_KEYS", ""), problems),
        public=_flag("SENTIMENT_PUBLIC", environment, problems),
        in_azure=_in_azure(environment),
        storage=_storage(environment, problems),
        refresh_seconds=_number(
            "SENTIMENT_REFRESH_SECONDS", _SECONDS, REFRESH_SECONDS, environment, problems
        ),
        public_per_minute=int(
            _number("SENTIMENT_PUBLIC_PER_MINUTE", _COUNT, PUBLIC_PER_MINUTE, environment, problems)
        ),
        telemetry=read_connection(environment, problems),
        problems=tuple(problems),
    )


def _storage(environment: Mapping[str, str], problems: list[str]) -> Storage | None:
    storage = read_storage(environment)
    if storage is None:
        return None
    wrong = []
    if storage.connection and not is_connection_string(storage.connection):
        wrong.append(f"{CONNECTION} is no connection string; it holds AccountName=...")
    if not storage.connection and not is_account_name(storage.account):
        expected = "3 to 24 lower-case letters and digits"
        wrong.append(f"{ACCOUNT} is no name of a storage account; expected: {expected}.")
    if not storage.connection and storage.client_id and not is_guid(storage.client_id):
        expected = "a GUID such as 00000000-0000-0000-0000-000000000001, or nothing"
        wrong.append(f"{IDENTITY} is no client id of an identity; expected: {expected}.")
    problems += [f"{each} Models are not followed and feedback is not kept." for each in wrong]
    return storage


def data_home(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for data that must outlive the work tree; it need not exist yet."""
    shared = Path(environment.get("XDG_DATA_HOME") or "~/.local/share")
    return Path(environment.get(HOME_VARIABLE) or shared / "tweet-sentiment").expanduser()


def _folder(
    name: str,
    find: Callable[[Mapping[str, str]], Path],
    environment: Mapping[str, str],
    problems: list[str],
) -> Path:
    try:
        return find(environment)
    except RuntimeError:  # no home folder can be found for ~
        problems.append(f"{name} cannot be found: set it to an absolute path.")
        return Path(tempfile.gettempdir()) / "tweet-sentiment"


def _bundle_folder(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("SENTIMENT_BUNDLE") or _PACKAGED_BUNDLE).expanduser()


def _in_azure(environment: Mapping[str, str]) -> bool:
    if environment.get("WEBSITE_INSTANCE_ID"):
        return True
    developing = environment.get("AZURE_FUNCTIONS_ENVIRONMENT", "").lower() == "development"
    return bool(environment.get("WEBSITE_SITE_NAME")) and not developing


def _receipt_keys(value: str, problems: list[str]) -> tuple[bytes, ...]:
    if value.startswith(_UNRESOLVED_REFERENCE):
        problems.append(
            "RECEIPT_KEYS is a Key Vault reference that was not resolved; no key is used."
        )
        return ()
    keys = value.replace(",", " ").split()
    if any(len(key) < _MINIMUM_KEY_CHARACTERS for key in keys):
        problems.append(
            f"RECEIPT_KEYS holds a key of fewer than {_MINIMUM_KEY_CHARACTERS} characters;"
            " no key is used. Keys are separated by commas."
        )
        return ()
    return tuple(key.encode() for key in keys)


def _flag(name: str, environment: Mapping[str, str], problems: list[str]) -> bool:
    value = environment.get(name, "").strip().lower()
    if value not in _TRUE | _FALSE:
        problems.append(f"{name} is neither true nor false; false is used.")
    return value in _TRUE


def _number(
    name: str,
    pattern: re.Pattern[str],
    default: float,
    environment: Mapping[str, str],
    problems: list[str],
) -> float:
    value = environment.get(name, "").strip()
    if pattern.fullmatch(value):
        return float(value)
    if value:
        problems.append(f"{name} is not a number that can be used; {default:g} is used.")
    return default
