"""Azure Storage, by a connection string or a managed identity, and why it refuses.

Azure's packages are imported only when a client is made.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from azure.data.tables import TableClient
    from azure.storage.blob import ContainerClient

CONNECTION = "SENTIMENT_STORAGE"
ACCOUNT = f"{CONNECTION}__accountName"
IDENTITY = f"{CONNECTION}__clientId"

_PATIENCE: Mapping[str, Any] = {"connection_timeout": 3, "read_timeout": 10}
_RETRIES = 1
_CONNECTION_PART = re.compile(r"(?i)(?:^|;)\s*(?:AccountName|UseDevelopmentStorage|\w+Endpoint)=")
_ACCOUNT_NAME = re.compile(r"[a-z0-9]{3,24}")

_UNKNOWN = "the answer of Azure Storage is not one that is expected"
_ADVICE: Mapping[str, tuple[str | int, ...]] = {
    f"the key or signature is refused; set {CONNECTION} to the account's connection string of now,"
    " and check this machine's clock": (
        "AuthenticationFailed",
        "InvalidAuthenticationInfo",
        "NoAuthenticationInformation",
        "AzureSigningError",
        401,
    ),
    f"the account takes no keys; set {ACCOUNT} instead of {CONNECTION}, and sign in": (
        "KeyBasedAuthenticationNotPermitted",
    ),
    "no identity could sign in; run `az login`, or in Azure check the app's identity and"
    f" {IDENTITY}": ("ClientAuthenticationError",),
    "the identity has no role for it, or the signature no permission; assign Storage Blob Data"
    " Contributor, for feedback Storage Table Data Contributor, and wait some minutes": (
        "AuthorizationPermissionMismatch",
        "AuthorizationResourceTypeMismatch",
        "AuthorizationServiceMismatch",
        "InsufficientAccountPermissions",
    ),
    "the account does not let this machine in, or the key or signature is not enough; check"
    " Networking of the account in the portal, then the key": (
        "AuthorizationFailure",
        "AuthorizationProtocolMismatch",
        "AuthorizationSourceIPMismatch",
    ),
    "the account refuses it; check the key or the role, and Networking of the account": (403,),
    "its container or table does not exist; check which account the settings name": (
        "ContainerNotFound",
        "TableNotFound",
    ),
    "its container or table is being deleted; try again in a minute": (
        "ContainerBeingDeleted",
        "TableBeingDeleted",
    ),
    "the account is disabled; enable it in the portal": ("AccountIsDisabled",),
    "the account is busy or asked too often; try again in a minute": (429, 500, 503, 504),
    f"the account cannot be reached; check its name in {CONNECTION} or {ACCOUNT}, and the"
    " network": ("ServiceRequestError",),
    "the account did not answer to the end; check the network and try again": (
        "IncompleteReadError",
        "ServiceResponseError",
        408,
    ),
}
"""Why a request fails and the remedy, for codes of the service, statuses and kinds of errors."""

_REASONS = {key: advice for advice, keys in _ADVICE.items() for key in keys}
_ERROR_CODE = re.compile(r"[A-Za-z]{1,64}")

# The library logs some twenty-five lines a request, which would bury and cost more than ours.
logging.getLogger("azure").setLevel(logging.WARNING)


class StorageError(Exception):
    """Azure Storage did not do what was asked; the message holds no credential."""


@dataclass(frozen=True)
class Storage:
    """A storage account.

    Attributes:
        connection: A connection string, or "".
        account: The name of the account, reached with a managed identity, or "".
        client_id: Which user-assigned identity; "" for the only one, or a developer's own login.
    """

    connection: str = ""
    account: str = ""
    client_id: str = ""

    def __repr__(self) -> str:
        return f"Storage({self.account or 'by connection string'})"  # the string holds a secret

    def container(self, name: str) -> ContainerClient:
        """Return a client of a blob container, which need not exist.

        Raises:
            StorageError: The connection string, or the name of the account, is malformed.
        """
        from azure.storage.blob import ContainerClient, ExponentialRetry

        # The library would wait 15 seconds before it tries again.
        retry = ExponentialRetry(initial_backoff=1, increment_base=1, retry_total=_RETRIES)
        options = {**_PATIENCE, "retry_policy": retry}
        if self.connection:
            container: ContainerClient = _connected(ContainerClient, self.connection, name, options)
            return container
        return ContainerClient(self._url("blob"), name, credential=self._credential(), **options)

    def table(self, name: str) -> TableClient:
        """Return a client of a table, which need not exist.

        Raises:
            StorageError: The connection string, or the name of the account, is malformed.
        """
        from azure.data.tables import TableClient

        options: dict[str, Any] = {**_PATIENCE, "retry_total": _RETRIES}
        if self.connection:
            table: TableClient = _connected(TableClient, self.connection, name, options)
            return table
        return TableClient(self._url("table"), name, credential=self._credential(), **options)

    def _url(self, service: str) -> str:
        # Anything else could lead to another host, which would be sent a token.
        if not is_account_name(self.account):
            raise StorageError(f"The name of the account in {ACCOUNT} is malformed.")
        return f"https://{self.account}.{service}.core.windows.net"

    def _credential(self) -> Any:
        if self.client_id:
            from azure.identity import ManagedIdentityCredential

            return ManagedIdentityCredential(client_id=self.client_id)
        from azure.identity import DefaultAzureCredential

        return DefaultAzureCredential()


def read_storage(environment: Mapping[str, str]) -> Storage | None:
    """Return the storage account that the settings name, or None."""
    connection = environment.get(CONNECTION, "").strip()
    account = environment.get(ACCOUNT, "").strip()
    if not connection and not account:
        return None
    return Storage(connection, account, environment.get(IDENTITY, "").strip())


def is_connection_string(text: str) -> bool:
    """Return whether a text looks like a connection string, without a library's help."""
    return bool(_CONNECTION_PART.search(text))


def is_account_name(text: str) -> bool:
    """Return whether a text can be the name of a storage account."""
    return bool(_ACCOUNT_NAME.fullmatch(text))


def describe_failure(error: Exception) -> str:
    """Return why a request failed and the remedy, then in parentheses what Azure calls it.

    Args:
        error: What one of Azure's clients raised. Its message is not repeated, since it may quote
            an address with a signature.
    """
    code, status = error_code(error), getattr(error, "status_code", None)
    # The kind last: the library has one for many codes, and its names need no import here.
    keys = [code, status, *(kind.__name__ for kind in type(error).__mro__)]
    why = next((_REASONS[key] for key in keys if key in _REASONS), _UNKNOWN)
    number = f", status {status}" if status else ""
    return f"{why} ({code or type(error).__name__}{number})"


def error_code(error: Exception) -> str:
    """Return the code that Azure Storage gave an error, such as BlobNotFound; "" without one."""
    given = getattr(error, "error_code", None)
    code = str(getattr(given, "value", given))
    return code if given and _ERROR_CODE.fullmatch(code) else ""


def _connected(client: Any, connection: str, name: str, options: Mapping[str, Any]) -> Any:
    try:
        return client.from_connection_string(connection, name, **options)
    except ValueError:  # whose message may quote the string
        raise StorageError(f"The connection string in {CONNECTION} is malformed.") from None
