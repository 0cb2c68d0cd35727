from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest

from sentiment.__main__ import main


def test_each_text_is_answered_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["I love it so much", "worst day\never"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("positive")
    assert lines[1].startswith("negative")
    assert lines[1].endswith("worst day ever")


@pytest.mark.parametrize("arguments", [["--json"], ["--json", "-"]])
def test_texts_come_from_standard_input_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("so happy\n\nso sad\n"))
    assert main(arguments) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["label"] for answer in answers] == ["positive", "negative"]
    assert [answer["text"] for answer in answers] == ["so happy", "so sad"]


def test_standard_input_is_utf_8_whatever_the_machine_takes_it_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = io.BytesIO(b"\xef\xbb\xbf" + "so happy 😍 café\n".encode() + b"caf\xe9\n")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(content, encoding="cp1252"))
    assert main(["--json"]) == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer["text"] for answer in answers] == ["so happy 😍 café", "caf\ufffd"]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_blank_text_is_refused_and_none_is_answered(
    capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    assert main([*options, "so good", ""]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "error: Text 2 of 2 is blank; give a tweet.\n"


@pytest.mark.parametrize("given", ["", " \n\n"])
@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_a_standard_input_without_text_is_an_error(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    given: str,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Standard input has no text" in said.err


def test_a_missing_bundle_is_an_error_and_not_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--bundle", str(tmp_path), "good"]) == 1
    message = capsys.readouterr().err
    assert message.startswith(f"error: There is no model in {tmp_path}: manifest.json")
    assert "Set SENTIMENT_BUNDLE, or give --bundle" in message


def printed_on_windows(*arguments: str) -> str:
    """Return what is printed to a file in a Windows code page, which holds no emoji."""
    content = io.BytesIO()
    stream = io.TextIOWrapper(content, encoding="cp1252", write_through=True, newline="\n")
    with contextlib.redirect_stdout(stream):
        assert main(arguments) == 0
    return content.getvalue().decode("cp1252")


def test_what_a_stream_cannot_hold_is_escaped() -> None:
    assert printed_on_windows("so happy 😍 café").endswith("\tso happy \\U0001f60d café\n")


def test_json_is_ascii_where_the_stream_is_not_utf_8() -> None:
    printed = printed_on_windows("--json", "so happy 😍 café")
    assert printed.isascii()
    assert json.loads(printed)["text"] == "so happy 😍 café"
    assert "/predict" in json.loads(printed_on_windows("openapi"))["paths"]
