from __future__ import annotations

import json
from pathlib import Path

import pytest

from local_host.errors import StartError
from local_host.settings import read_settings


def write(folder: Path, name: str, content: object) -> None:
    (folder / name).write_text(
        content if isinstance(content, str) else json.dumps(content), encoding="utf-8"
    )


def test_an_app_without_settings_files_has_the_defaults_of_azure(tmp_path: Path) -> None:
    settings = read_settings(tmp_path)
    assert (settings.values, settings.port, settings.prefix) == ({}, 7071, "api")


def test_variables_that_are_already_set_win_over_the_file(tmp_path: Path) -> None:
    values = {"SET": "file", "EMPTY": "file", "NEW": "file", "NUMBER": 5, "FLAG": True}
    write(tmp_path, "local.settings.json", {"Values": values})
    environment = {"SET": "environment", "EMPTY": ""}
    read_settings(tmp_path).apply(environment)
    assert environment == {
        "SET": "environment",
        "EMPTY": "",
        "NEW": "file",
        "NUMBER": "5",
        "FLAG": "True",
        "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    }


def test_the_app_itself_can_say_in_which_environment_it_runs(tmp_path: Path) -> None:
    environment = {"AZURE_FUNCTIONS_ENVIRONMENT": "Staging"}
    read_settings(tmp_path).apply(environment)
    assert environment == {"AZURE_FUNCTIONS_ENVIRONMENT": "Staging"}


@pytest.mark.parametrize("prefix", ["", "v1", "api/v2"])
def test_the_prefix_is_that_of_host_json(tmp_path: Path, prefix: str) -> None:
    write(tmp_path, "host.json", {"extensions": {"http": {"routePrefix": prefix}}})
    assert read_settings(tmp_path).prefix == prefix


def test_the_port_is_that_of_local_settings_json(tmp_path: Path) -> None:
    write(tmp_path, "local.settings.json", {"Host": {"LocalHttpPort": 8080}})
    assert read_settings(tmp_path).port == 8080


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    write(tmp_path, "local.settings.json", '\ufeff{"Values": {"A": "1"}}')
    assert read_settings(tmp_path).values == {"A": "1"}


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("local.settings.json", '{\n  "Values": {,}\n}', "line 2, column 14"),
        ("local.settings.json", "[]", "does not hold a JSON object"),
        ("local.settings.json", {"Values": ["A=1"]}, '"Values"'),
        ("local.settings.json", {"Values": {"A": None}}, '"A"'),
        ("local.settings.json", {"Values": {"A": {"B": "1"}}}, '"A"'),
        ("local.settings.json", {"Host": {"LocalHttpPort": "x"}}, '"LocalHttpPort"'),
        ("local.settings.json", {"Host": {"LocalHttpPort": 70000}}, '"LocalHttpPort"'),
        ("local.settings.json", {"IsEncrypted": True}, "func settings decrypt"),
        ("host.json", "{", "line 1"),
        ("host.json", {"extensions": []}, '"extensions"'),
        ("host.json", {"extensions": {"http": {"routePrefix": 1}}}, '"routePrefix"'),
    ],
)
def test_a_malformed_file_is_named_with_what_is_wrong(
    tmp_path: Path, name: str, content: object, told: str
) -> None:
    write(tmp_path, name, content)
    with pytest.raises(StartError) as error:
        read_settings(tmp_path)
    assert name in str(error.value)
    assert told in str(error.value)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_bytes(b'{"\xff": 1}')
    with pytest.raises(StartError, match=r"host\.json cannot be read"):
        read_settings(tmp_path)
