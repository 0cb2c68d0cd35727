from __future__ import annotations

from pathlib import Path

import pytest

from sentiment.settings import read_settings


def test_the_defaults_work_on_a_fresh_machine() -> None:
    settings = read_settings({})
    assert settings.bundle == Path(__file__).resolve().parents[3] / "model_artifacts"
    assert settings.home == Path("~/.local/share/tweet-sentiment").expanduser()
    assert (settings.receipt_keys, settings.public, settings.in_azure) == ((), False, False)
    assert settings.problems == ()


@pytest.mark.parametrize(("value", "public"), [("true", True), ("1", True), ("False", False)])
def test_the_public_setting_takes_the_usual_words(value: str, public: bool) -> None:
    assert read_settings({"SENTIMENT_PUBLIC": value}).public is public


def test_keys_are_separated_by_commas_or_blanks() -> None:
    settings = read_settings({"RECEIPT_KEYS": f"{'a' * 32}, {'b' * 32}"})
    assert settings.receipt_keys == (b"a" * 32, b"b" * 32)
    assert settings.problems == ()


@pytest.mark.parametrize(
    "value",
    [f"short {'b' * 32}", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/keys)"],
)
def test_with_one_unusable_key_none_is_used_and_the_setting_is_named(value: str) -> None:
    settings = read_settings({"RECEIPT_KEYS": value})
    assert settings.receipt_keys == ()
    (problem,) = settings.problems
    assert problem.startswith("RECEIPT_KEYS")
    assert "vault.azure" not in problem


@pytest.mark.parametrize("name", ["SENTIMENT_HOME", "SENTIMENT_BUNDLE"])
def test_a_folder_that_cannot_be_found_is_named_and_never_raises(name: str) -> None:
    settings = read_settings({name: "~nobody-has-this-name/x"})
    (problem,) = settings.problems
    assert problem.startswith(name)


@pytest.mark.parametrize(
    ("environment", "in_azure"),
    [
        ({"WEBSITE_SITE_NAME": "app"}, True),
        ({"WEBSITE_INSTANCE_ID": "1"}, True),
        ({"WEBSITE_INSTANCE_ID": "1", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}, True),
        ({"WEBSITE_SITE_NAME": "app", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}, False),
    ],
)
def test_azure_is_distinguished_from_a_local_host(
    environment: dict[str, str], in_azure: bool
) -> None:
    assert read_settings(environment).in_azure is in_azure


REFRESH, ALLOWANCE = "SENTIMENT_REFRESH_SECONDS", "SENTIMENT_PUBLIC_PER_MINUTE"


@pytest.mark.parametrize(
    ("name", "value", "used"),
    [
        *((REFRESH, value, used) for value, used in (("", 60.0), ("0", 0.0), (" 2.5 ", 2.5))),
        *((ALLOWANCE, value, used) for value, used in (("", 60), (" 7 ", 7))),
        *((REFRESH, value, None) for value in ("soon", "-1", "nan", "inf")),
        *((ALLOWANCE, value, None) for value in ("0", "-3", "many", "1.5", "²", "1" * 5000)),
    ],
)
def test_a_number_is_chosen_and_one_that_cannot_be_used_is_named(
    name: str, value: str, used: float | None
) -> None:
    settings = read_settings({name: value})
    found = settings.refresh_seconds if name == REFRESH else settings.public_per_minute
    assert found == (60 if used is None else used)
    assert [problem.split()[0] for problem in settings.problems] == [name] * (used is None)


@pytest.mark.parametrize(
    ("connection", "is_good"),
    [
        ("DefaultEndpointsProtocol=https;AccountName=a;AccountKey=k;EndpointSuffix=x", True),
        ("UseDevelopmentStorage=true", True),
        ("BlobEndpoint=https://a.blob.core.windows.net/;SharedAccessSignature=s", True),
        ("garbage", False),
        ("@Microsoft.KeyVault(SecretUri=https://v)", False),
    ],
)
def test_a_connection_string_that_is_none_is_named_at_the_start(
    connection: str, is_good: bool
) -> None:
    settings = read_settings({"SENTIMENT_STORAGE": connection})
    assert settings.storage is not None
    named = [problem for problem in settings.problems if "SENTIMENT_STORAGE" in problem]
    assert bool(named) is not is_good
    assert connection not in " ".join(settings.problems)


ACCOUNT, IDENTITY = "SENTIMENT_STORAGE__accountName", "SENTIMENT_STORAGE__clientId"
A_GUID = "00000000-0000-0000-0000-00000000000A"


@pytest.mark.parametrize(
    ("account", "client_id", "named"),
    [
        ("models7", "", []),
        ("ab", A_GUID, [ACCOUNT]),
        ("Models", "", [ACCOUNT]),
        ("models.example/", "", [ACCOUNT]),
        ("models7", "the-identity", [IDENTITY]),
        ("https://models7.blob.core.windows.net", "the-identity", [ACCOUNT, IDENTITY]),
    ],
)
def test_an_account_and_an_identity_that_are_none_are_named_with_what_is_expected(
    account: str, client_id: str, named: list[str]
) -> None:
    problems = read_settings({ACCOUNT: account, IDENTITY: client_id}).problems
    assert [problem.split()[0] for problem in problems] == named
    expected = {ACCOUNT: "3 to 24 lower-case letters and digits", IDENTITY: "a GUID"}
    for name, problem in zip(named, problems, strict=True):
        assert expected[name] in problem


def test_an_account_is_not_looked_at_beside_a_connection_string() -> None:
    chosen = {"SENTIMENT_STORAGE": "UseDevelopmentStorage=true", ACCOUNT: "?", IDENTITY: "?"}
    assert read_settings(chosen).problems == ()
