"""Why Azure Storage did not do what was asked, and what to do about it, as a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sentiment.storage import ACCOUNT, CONNECTION

_KEY = (
    f"the key or signature is refused; set {CONNECTION} to the account's connection string of now,"
    " and check this machine's clock"
)
_NO_KEYS = f"the account takes no keys; set {ACCOUNT} instead of {CONNECTION}, and sign in"
_IDENTITY = (
    "no identity could sign in; run `az login`, or in Azure check the app's identity and"
    f" {CONNECTION}__clientId"
)
_ROLE = (
    "the identity has no role for it, or the signature no permission; assign Storage Blob Data"
    " Contributor, for feedback Storage Table Data Contributor, and wait some minutes"
)
_FIREWALL = (
    "the account does not let this machine in, or the key or signature is not enough; check"
    " Networking of the account in the portal, then the key"
)
_REFUSED = "the account refuses it; check the key or the role, and Networking of the account"
_MISSING = "its container or table does not exist; check which account the settings name"
_DELETED = "its container or table is being deleted; try again in a minute"
_DISABLED = "the account is disabled; enable it in the portal"
_BUSY = "the account is busy or asked too often; try again in a minute"
_UNREACHABLE = (
    f"the account cannot be reached; check its name in {CONNECTION} or {ACCOUNT}, and the network"
)
_BROKEN_OFF = "the account did not answer to the end; check the network and try again"
_UNKNOWN = "the answer of Azure Storage is not one that is expected"

_BY_CODE: Mapping[str, str] = {
    "AuthenticationFailed": _KEY,
    "InvalidAuthenticationInfo": _KEY,
    "NoAuthenticationInformation": _KEY,
    "KeyBasedAuthenticationNotPermitted": _NO_KEYS,
    "AuthorizationPermissionMismatch": _ROLE,
    "AuthorizationResourceTypeMismatch": _ROLE,
    "AuthorizationServiceMismatch": _ROLE,
    "InsufficientAccountPermissions": _ROLE,
    "AuthorizationFailure": _FIREWALL,
    "AuthorizationProtocolMismatch": _FIREWALL,
    "AuthorizationSourceIPMismatch": _FIREWALL,
    "AccountIsDisabled": _DISABLED,
    "ContainerNotFound": _MISSING,
    "TableNotFound": _MISSING,
    "ContainerBeingDeleted": _DELETED,
    "TableBeingDeleted": _DELETED,
}
_BY_STATUS: Mapping[int, str] = {
    401: _KEY,
    403: _REFUSED,
    408: _BROKEN_OFF,
    429: _BUSY,
    500: _BUSY,
    503: _BUSY,
    504: _BUSY,
}
_BY_KIND: Mapping[str, str] = {
    "AzureSigningError": _KEY,
    "ClientAuthenticationError": _IDENTITY,
    "IncompleteReadError": _BROKEN_OFF,
    "ServiceRequestError": _UNREACHABLE,
    "ServiceResponseError": _BROKEN_OFF,
}
_CODE = re.compile(r"[A-Za-z]{1,64}")


def describe_failure(error: Exception) -> str:
    """Return why a request failed and the remedy, then in parentheses what Azure calls it.

    Args:
        error: What one of Azure's clients raised. Nothing of its message is told, which may quote
            an address with a signature.
    """
    code, status = error_code(error), getattr(error, "status_code", None)
    # The kind last: the library has one for many codes, and its names need no import here.
    kinds = (_BY_KIND.get(kind.__name__) for kind in type(error).__mro__)
    why = _BY_CODE.get(code) or _BY_STATUS.get(status or 0) or next(filter(None, kinds), _UNKNOWN)
    number = f", status {status}" if status else ""
    return f"{why} ({code or type(error).__name__}{number})"


def error_code(error: Exception) -> str:
    """Return the code that Azure Storage gave an error, such as BlobNotFound; "" without one."""
    given = getattr(error, "error_code", None)
    code = str(getattr(given, "value", given))
    return code if given and _CODE.fullmatch(code) else ""
