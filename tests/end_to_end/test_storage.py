"""Why Azure's own clients were refused, as the registry and the feedback table report it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from azure.identity import CredentialUnavailableError

from sentiment.feedback import StoreUnavailableError
from sentiment.feedback.table_store import TableStore
from sentiment.registry import RegistryError
from sentiment.registry.registry import Registry
from sentiment.storage import Storage
from tests.support.stand_in import reply, standing_in

SECRET = "c2VjcmV0c2VjcmV0"  # pragma: allowlist secret
QUOTED = "https://account.example/x?sig=hush"


@contextmanager
def answering(status: int, code: str) -> Iterator[str]:
    """Answer every request with an error; give the connection string of such an account."""
    body = f"<Error><Code>{code}</Code><Message>No: {QUOTED}</Message></Error>".encode()
    headers = {"Content_Type": "application/xml", **({"x_ms_error_code": code} if code else {})}
    with standing_in(lambda request, _: reply(request, status, body, **headers)) as port:
        yield connection_to(port)


def connection_to(port: int) -> str:
    ends = (f"{kind}Endpoint=http://127.0.0.1:{port}/account" for kind in ("Blob", "Table"))
    return f"DefaultEndpointsProtocol=http;AccountName=account;AccountKey={SECRET};{';'.join(ends)}"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)  # between two attempts of the library


def keeps_its_secrets(message: str) -> bool:
    return not any(each in message for each in (SECRET, "hush", "127.0.0.1", "http"))


@pytest.mark.parametrize(
    ("status", "code", "remedy"),
    [
        (403, "AuthenticationFailed", "set SENTIMENT_STORAGE to the account's connection string"),
        (403, "", "check the key or the role"),
        (503, "ServerBusy", "try again in a minute"),
    ],
)
def test_a_refusal_is_reported_with_its_remedy_and_its_code(
    status: int, code: str, remedy: str
) -> None:
    with answering(status, code) as connection:
        with pytest.raises(RegistryError) as of_blobs:
            Registry(Storage(connection).container("models")).upload("one", {"a": b"1"})
        with pytest.raises(StoreUnavailableError) as of_table:
            TableStore(Storage(connection)).delete("id")
    for message in map(str, (of_blobs.value, of_table.value)):
        assert remedy in message
        assert f"({code}, status {status})." in message or not code
        assert keeps_its_secrets(message)


def test_an_account_that_cannot_be_reached_is_reported_with_what_to_check() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        storage = Storage(connection_to(closed.getsockname()[1]))
        with pytest.raises(RegistryError, match=r"cannot be reached; check its name") as failed:
            Registry(storage.container("models")).pointer()
        with pytest.raises(StoreUnavailableError, match="ServiceRequestError") as of_table:
            TableStore(storage).find("id")
    assert str(failed.value).endswith("(ServiceRequestError).")
    assert keeps_its_secrets(str(failed.value))
    assert keeps_its_secrets(str(of_table.value))


def test_without_an_identity_the_command_says_how_to_sign_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Nobody:
        def get_token(self, *_: object, **__: object) -> None:
            raise CredentialUnavailableError(message=f"Nobody is signed in. {QUOTED}")

    monkeypatch.setattr(Storage, "_credential", lambda _self: Nobody())
    with pytest.raises(RegistryError, match="az login") as failed:
        Registry(Storage(account="account").container("models")).pointer()
    assert "(CredentialUnavailableError)" in str(failed.value)
    assert keeps_its_secrets(str(failed.value))


def test_a_container_that_is_being_deleted_is_not_taken_for_one_that_is_there() -> None:
    with (
        answering(409, "ContainerBeingDeleted") as connection,
        pytest.raises(RegistryError, match="try again in a minute"),
    ):
        Registry(Storage(connection).container("models")).prepare()
