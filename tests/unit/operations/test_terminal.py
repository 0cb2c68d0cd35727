from __future__ import annotations

import io
import logging
import sys

import pytest

from operations.terminal import align, counted, new_app, run


def test_counts_of_one_and_of_others_differ() -> None:
    assert [counted(count, "row") for count in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    assert counted(1234567, "row") == "1,234,567 rows"
    assert counted(1, "copy is", "copies are") == "1 copy is"
    assert counted(21, "copy is", "copies are") == "21 copies are"


def test_numbers_end_and_words_begin_below_each_other() -> None:
    assert align([["name", "n"], ["a", "10"], ["\x1b[2J", "2"]], right=[1]) == [
        "name   n",
        "a     10",
        " [2J   2",
    ]


def test_a_command_ends_with_its_code_and_says_what_went_wrong_in_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = new_app("python -m thing", "Do things.")

    @app.command
    def work(how: str, /) -> int | None:
        """Work.

        Args:
            how: To end.
        """
        match how:
            case "drift":
                return 2
            case "error":
                raise LookupError("It is not there.")
            case "interrupt":
                raise KeyboardInterrupt("half is kept")
        logging.getLogger("operations.thing").info("Reading")
        logging.getLogger("azure").warning("slow")
        logging.getLogger("azure").info("not shown")
        sys.stdout.write("done\n")
        return None

    codes = [run(app, ["work", how], LookupError) for how in ("drift", "error", "interrupt")]
    assert codes == [2, 1, 130]
    assert capsys.readouterr().err == "error: It is not there.\ninterrupted; half is kept\n"
    assert run(app, ["work", "well"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("done\n", "Reading\nwarning: slow\n")
    assert run(app, ["wrok"]) == 1
    assert 'error: Unknown command "wrok". Did you mean "work"?' in capsys.readouterr().err


def test_a_stream_that_cannot_hold_an_emoji_gets_it_escaped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = new_app("python -m thing", "Say ❤.")
    app.command(lambda: sys.stdout.write("so good 😍"), name="say")
    shown = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr("sys.stdout", shown)
    run(app, ["say"])
    run(app, ["--help"])
    shown.seek(0)
    said = shown.read()
    assert "so good \\U0001f60d" in said
    assert "Say \\u2764" in said
