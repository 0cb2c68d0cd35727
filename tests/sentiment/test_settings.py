from __future__ import annotations

from pathlib import Path

import pytest

from sentiment.settings import read_settings


def test_the_defaults_work_on_a_fresh_machine() -> None:
    settings = read_settings({})
    assert settings.bundle == Path(__file__).resolve().parents[2] / "model_artifacts"
    assert settings.home == Path("~/.local/share/tweet-sentiment").expanduser()
    assert (settings.receipt_keys, settings.public, settings.in_azure) == ((), False, False)
    assert settings.problems == ()


@pytest.mark.parametrize(("value", "public"), [("true", True), ("1", True), ("False", False)])
def test_the_public_setting_takes_the_usual_words(value: str, public: bool) -> None:
    assert read_settings({"SENTIMENT_PUBLIC": value}).public is public


def test_keys_are_separated_by_commas_or_blanks_and_short_ones_are_named() -> None:
    settings = read_settings({"RECEIPT_KEYS": f"{'a' * 32}, {'b' * 32} short"})
    assert settings.receipt_keys == (b"a" * 32, b"b" * 32)
    (problem,) = settings.problems
    assert problem.startswith("RECEIPT_KEYS")


@pytest.mark.parametrize(
    ("environment", "in_azure"),
    [
        ({"WEBSITE_SITE_NAME": "app"}, True),
        ({"WEBSITE_INSTANCE_ID": "1"}, True),
        ({"WEBSITE_SITE_NAME": "app", "AZURE_FUNCTIONS_ENVIRONMENT": "Development"}, False),
    ],
)
def test_azure_is_told_from_a_local_host(environment: dict[str, str], in_azure: bool) -> None:
    assert read_settings(environment).in_azure is in_azure
