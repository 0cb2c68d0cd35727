from __future__ import annotations

import pytest

from sentiment.storage import Storage, StorageError, read_storage
from tests.support.azurite import Azurite


def test_without_settings_there_is_no_storage() -> None:
    assert read_storage({}) is None
    assert read_storage({"SENTIMENT_STORAGE": " "}) is None


def test_blobs_and_tables_are_reached_by_a_connection_string(emulator: Azurite) -> None:
    storage = read_storage({"SENTIMENT_STORAGE": emulator.connection})
    assert storage is not None
    with storage.container("storage-test") as container:
        container.create_container()
        container.upload_blob("a", b"1")
        assert container.download_blob("a").readall() == b"1"
    with storage.table("storagetest") as table:
        table.create_table()
        table.create_entity({"PartitionKey": "a", "RowKey": "b", "value": 1})
        assert table.get_entity("a", "b")["value"] == 1


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
