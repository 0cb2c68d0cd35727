from __future__ import annotations

import json
from pathlib import Path

import pytest

from local_host.cors import Cors
from local_host.settings import Settings, read_settings


def read(folder: Path, name: str, content: object) -> Settings:
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / name).write_text(text, encoding="utf-8")
    return read_settings(folder)


def test_an_app_without_settings_files_has_the_defaults_of_azure(tmp_path: Path) -> None:
    assert read_settings(tmp_path) == Settings(values={}, port=7071, prefix="api", cors=None)


def test_variables_that_are_already_set_win_over_the_file(tmp_path: Path) -> None:
    values = {"SET": "file", "EMPTY": "file", "NEW": "file", "NUMBER": 5, "FLAG": True}
    environment = {"SET": "environment", "EMPTY": ""}
    read(tmp_path, "local.settings.json", {"Values": values}).apply(environment)
    assert environment == {
        "SET": "environment",
        "EMPTY": "",
        "NEW": "file",
        "NUMBER": "5",
        "FLAG": "True",
        "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    }


def test_the_prefix_is_that_of_host_json(tmp_path: Path) -> None:
    content = {"version": "2.0", "extensions": {"http": {"routePrefix": "api/v2"}}}
    assert read(tmp_path, "host.json", content).prefix == "api/v2"


def test_port_and_allowed_origins_are_those_of_the_section_host(tmp_path: Path) -> None:
    host = {
        "LocalHttpPort": 8080,
        "CORS": "http://localhost:3000, https://b.example/",
        "CORSCredentials": True,
    }
    settings = read(tmp_path, "local.settings.json", {"Host": host})
    assert settings.port == 8080
    origins = frozenset({"http://localhost:3000", "https://b.example"})
    assert settings.cors == Cors(origins, credentials=True)


@pytest.mark.parametrize(
    "text",
    [
        '\ufeff{"Values": {"A": "http://b/*c*/"}}',
        '{\n  // a comment, "quoted"\n  "Values": {"A": "http://b/*c*/"} // another\n}',
        '{"Values": /* over\n two lines */ {"A": "http://b/*c*/" /**/}}',
        '{"Values": {"A": "http://b/*c*/", // the last\n },\n}',
    ],
)
def test_a_byte_order_mark_comments_and_last_commas_are_no_errors(
    tmp_path: Path, text: str
) -> None:
    assert read(tmp_path, "local.settings.json", text).values == {"A": "http://b/*c*/"}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("local.settings.json", '{\n // one\n "Values": {,}\n}', "line 3 column 13"),
        ("local.settings.json", "[]", "Expected `object`"),
        ("local.settings.json", {"Values": ["A=1"]}, r"$.Values"),
        ("local.settings.json", {"Values": {"A": None}}, r"$.Values"),
        ("local.settings.json", {"Host": {"LocalHttpPort": "x"}}, r"$.Host.LocalHttpPort"),
        ("local.settings.json", {"Host": {"CORS": ["*"]}}, r"$.Host.CORS"),
        ("local.settings.json", {"IsEncrypted": True}, "func settings decrypt"),
        ("local.settings.json", {"Host": {"CORS": "*", "CORSCredentials": True}}, "Name the"),
        ("host.json", "{", "line 1"),
        ("host.json", {"extensions": []}, r"$.extensions"),
    ],
)
def test_a_malformed_file_is_named_with_what_is_wrong(
    tmp_path: Path, name: str, content: object, reason: str
) -> None:
    with pytest.raises(SystemExit) as refusal:
        read(tmp_path, name, content)
    assert name in str(refusal.value)
    assert reason in str(refusal.value)


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "host.json").write_bytes(b'{"\xff": 1}')
    with pytest.raises(SystemExit, match=r"host\.json cannot be used: 'utf-8'"):
        read_settings(tmp_path)
