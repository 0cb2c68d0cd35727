from __future__ import annotations

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ServiceRequestError

from sentiment.storage import Storage, StorageError, describe_failure, read_storage

QUOTED = "https://account.example/x?sig=hush"


def test_without_settings_there_is_no_storage() -> None:
    assert read_storage({}) is None
    assert read_storage({"SENTIMENT_STORAGE": " "}) is None


@pytest.mark.parametrize("client_id", ["", "11111111-2222-3333-4444-555555555555"])
def test_an_account_is_reached_with_an_identity(client_id: str) -> None:
    storage = read_storage(
        {"SENTIMENT_STORAGE__accountName": "models7", "SENTIMENT_STORAGE__clientId": client_id}
    )
    assert storage is not None
    assert storage.container("models").url == "https://models7.blob.core.windows.net/models"
    assert storage.table("feedback").url == "https://models7.table.core.windows.net"
    kind = "ManagedIdentityCredential" if client_id else "DefaultAzureCredential"
    assert type(storage._credential()).__name__ == kind


@pytest.mark.parametrize("connection", ["nonsense-secret", "AccountKey=secret;Broken"])
def test_a_malformed_connection_string_is_refused_and_not_repeated(connection: str) -> None:
    storage = Storage(connection)
    for make in (storage.container, storage.table):
        with pytest.raises(StorageError, match="SENTIMENT_STORAGE is malformed") as refused:
            make("models")
        assert "secret" not in str(refused.value)
    assert "secret" not in repr(storage)


def test_a_malformed_account_is_refused_before_a_token_goes_there() -> None:
    storage = Storage(account="models7.example/?")
    for make in (storage.container, storage.table):
        with pytest.raises(StorageError, match="SENTIMENT_STORAGE__accountName is malformed"):
            make("models")


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (403, "AuthenticationFailed", "set SENTIMENT_STORAGE to the account's connection string"),
        (403, "KeyBasedAuthenticationNotPermitted", "set SENTIMENT_STORAGE__accountName"),
        (403, "AuthorizationPermissionMismatch", "assign Storage Blob Data Contributor"),
        (403, "AuthorizationFailure", "check Networking of the account"),
        (403, "", "check the key or the role"),
        (404, "ContainerNotFound", "check which account the settings name"),
        (429, "TooManyRequests", "try again in a minute"),
        (503, "ServerBusy", "try again in a minute"),
        (418, "Teapot", "not one that is expected"),
    ],
)
def test_a_refusal_is_described_with_its_remedy_and_its_code(
    status: int, code: str, remedy: str
) -> None:
    error = HttpResponseError(QUOTED)
    error.status_code, error.error_code = status, code  # type: ignore[attr-defined]
    described = describe_failure(error)
    assert remedy in described
    assert described.endswith(f"({code or 'HttpResponseError'}, status {status})")
    assert "hush" not in described


@pytest.mark.parametrize("code", [QUOTED, "", "Two Words", None, 7])
def test_what_is_no_code_is_not_repeated(code: object) -> None:
    error = HttpResponseError(QUOTED)
    error.error_code = code  # type: ignore[attr-defined]
    assert describe_failure(error).endswith("(HttpResponseError)")


def test_an_error_without_a_response_is_described_by_its_kind() -> None:
    assert "az login" in describe_failure(ClientAuthenticationError(QUOTED))
    assert "check its name" in describe_failure(ServiceRequestError(QUOTED))
