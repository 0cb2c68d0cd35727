"""The command as a user calls it, on the local file and on the table."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from sentiment.api.receipts import ReceiptSigner
from sentiment.feedback import (
    Feedback,
    FeedbackArchive,
    Outcome,
    Review,
    StoredFeedback,
    StoreUnavailableError,
)
from sentiment.feedback.table_store import TableStore
from sentiment.storage import CONNECTION
from tests.support.azurite import Azurite
from tests.support.feedback_stores import DAY, FEEDBACK, Place, SqlitePlace, TablePlace
from training.cli import main
from training.data import read_corpus
from training.split import LabelledTweet

KEYS = ("k" * 40, "o" * 40)
NOW = int(time.time())

Said = pytest.CaptureFixture[str]


@pytest.fixture(params=["sqlite", "table"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Where the settings say that feedback is, in turn a file and a table."""
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    monkeypatch.delenv(CONNECTION, raising=False)
    monkeypatch.setenv("RECEIPT_KEYS", " ".join(KEYS))
    if request.param == "sqlite":
        place = SqlitePlace(tmp_path)
        place.path = tmp_path / "feedback.sqlite3"
        place.rows()
        return place
    emulator: Azurite = request.getfixturevalue("emulator")
    table = TablePlace(emulator.connection)
    monkeypatch.setenv(CONNECTION, emulator.connection)
    chosen = partial(TableStore, table=table.table)
    monkeypatch.setattr("sentiment.feedback.table_store.TableStore", chosen)
    return table


def make(number: int, **values: object) -> Feedback:
    given: dict[str, object] = {
        "feedback_id": f"id{number}",
        "predicted_at": NOW - 1000 + number,
        "received_at": float(NOW + number),
        "text": f"text {number}",
        **values,
    }
    return replace(FEEDBACK, **given)  # type: ignore[arg-type]


def fill(place: Place, *feedback: Feedback) -> FeedbackArchive:
    store = place.open()
    for each in feedback:
        assert store.record(each).outcome is Outcome.CREATED
    return store


def reviews(place: Place) -> dict[str, str]:
    return {row.feedback.feedback_id: row.review.value for row in place.rows()}


def command(*arguments: object) -> int:
    return main(["feedback", *map(str, arguments)])


def test_accepted_feedback_is_counted_once_it_is_new(
    place: Place, tmp_path: Path, capsys: Said
) -> None:
    used = tmp_path / "used.txt"
    fill(place, make(1), make(2), make(3, text=None), make(4))
    command("accept", "id1", "id4")
    capsys.readouterr()
    assert command("count", "--ids", used) == 0
    assert capsys.readouterr().out == "2\n"
    assert sorted(used.read_text().split()) == ["id1", "id4"]
    command("accept", "id2")
    capsys.readouterr()
    assert command("count", "--except", used) == 0
    assert capsys.readouterr().out == "1\n"


def test_nothing_is_counted_against_a_file_that_is_missing(
    place: Place, tmp_path: Path, capsys: Said
) -> None:
    assert command("count", "--except", tmp_path / "none.txt") == 1
    assert capsys.readouterr().out == ""


def test_what_is_pending_and_has_a_text_is_listed(place: Place, capsys: Said) -> None:
    store = fill(
        place,
        make(2, verdict="incorrect", text="@user so bad", predicted_at=20_000 * DAY),
        make(1, label="negative", probability=0.1),
        make(3, text=None),
        make(4),
    )
    store.review(place.rows()[3], Review.REJECTED)
    assert command("list") == 0
    head, first, second, count = capsys.readouterr().out.splitlines()
    assert head.split() == [
        "id",
        "day",
        "verdict",
        "predicted",
        "becomes",
        "review",
        "model",
        "text",
    ]
    assert first.split()[:7] == [
        "id2",
        "2024-10-04",
        "incorrect",
        "positive",
        "negative",
        "pending",
        "v1",
    ]
    assert first.endswith("@user so bad")
    assert second.split()[3:5] == ["negative", "negative"]
    assert count == "2 rows, and 1 without a text"


def test_the_list_can_be_narrowed_and_widened(place: Place, capsys: Said) -> None:
    days = [20_000, 20_001, 20_002]
    rows = [make(number, predicted_at=day * DAY) for number, day in enumerate(days)]
    store = fill(place, *rows, make(9, text=None))
    store.review(place.rows()[0], Review.ACCEPTED)

    def listed(*options: str) -> list[str]:
        assert command("list", *options) == 0
        lines = capsys.readouterr().out.splitlines()
        return [
            line.split()[0] for line in lines if line.startswith("id") and "verdict" not in line
        ]

    assert listed() == ["id1", "id2"]
    assert listed("--review", "all") == ["id0", "id1", "id2"]
    assert listed("--review", "accepted") == ["id0"]
    assert listed("--review", "all", "--until", "2024-10-05") == ["id0"]
    assert listed("--review", "all", "--since", "2024-10-05", "--until", "2024-10-06") == ["id1"]
    assert listed("--without-text", "--since", "2024-10-06") == ["id2", "id9"]
    assert listed("--review", "rejected") == []


def test_nothing_that_was_stored_steers_the_terminal(place: Place, capsys: Said) -> None:
    place.write_by_hand(text="one\x1b[2Jtwo\nthree\u202efour", model_version="v\x1b]0;x\x07")
    assert command("list") == 0
    shown = capsys.readouterr().out
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}
    assert "one [2Jtwo three four" in shown


def test_rows_that_cannot_be_read_are_told_of(place: Place, capsys: Said) -> None:
    for number in range(3):
        place.write_by_hand(feedback_id=str(number), verdict="maybe")
    place.write_by_hand(feedback_id="3", predicted_at="when?")
    fill(place, make(1))
    assert command("list") == 0
    said = capsys.readouterr()
    assert "1 row\n" in said.out
    assert "skipped 3 rows, where verdict is not what the app writes" in said.err
    assert "skipped 1 row, where predicted_at is not what the app writes" in said.err


def test_feedback_is_accepted_and_rejected_by_id(place: Place, capsys: Said) -> None:
    fill(place, *(make(number, source="s") for number in range(3)))
    assert command("accept", "id0", "id2", "id0") == 0
    assert "Accepted 2 of 2 rows." in capsys.readouterr().out
    assert command("reject", "id1") == 0
    assert reviews(place) == {"id0": "accepted", "id1": "rejected", "id2": "accepted"}
    assert {row.feedback.source for row in place.rows()} == {None}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["accept", "id0", "nobody"], "no feedback 'nobody'"),
        (["accept", "' or 1 eq 1 or RowKey eq '"], "no feedback"),
        (["accept", "id0", "id1"], "'id1' has no text"),
        (["accept"], "either ids or --all"),
        (["reject", "--all", "id0"], "either ids or --all"),
    ],
)
def test_a_wrong_choice_is_refused_as_a_whole(
    place: Place, arguments: list[str], reason: str, capsys: Said
) -> None:
    fill(place, make(0), make(1, text=None))
    assert command(*arguments) == 1
    said = capsys.readouterr()
    assert reason in said.err
    assert set(reviews(place).values()) == {"pending"}


@pytest.mark.parametrize(
    ("answer", "code", "state"),
    [("y\n", 0, "accepted"), ("\n", 1, "pending"), ("no\n", 1, "pending"), ("", 1, "pending")],
)
def test_all_are_accepted_after_a_question(
    place: Place,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Said,
    answer: str,
    code: int,
    state: str,
) -> None:
    fill(place, make(0), make(1), make(2, text=None))
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert command("accept", "--all") == code
    shown = capsys.readouterr().out
    assert "text 0" in shown
    assert "Mark 2 rows as accepted? [y/N]" in shown
    assert reviews(place) == {"id0": state, "id1": state, "id2": "pending"}


def test_one_source_can_add_only_so_many_rows_at_a_review(place: Place, capsys: Said) -> None:
    fill(
        place,
        *(make(number, source="busy") for number in range(5)),
        *(make(number, source="other") for number in range(5, 7)),
        *(make(number) for number in range(7, 11)),
    )
    every = ("accept", "--all", "--yes", "--per-source", "2")
    assert command(*every) == 0
    shown = capsys.readouterr().out
    assert "Accepted 8 of 8 rows." in shown
    assert "To be rejected, beyond 2 rows of one source:" in shown
    left = [name for name, state in reviews(place).items() if state == "rejected"]
    assert left == ["id2", "id3", "id4"]
    assert all(name in shown for name in left)
    assert command(*every) == 0
    assert "nothing to review" in capsys.readouterr().out
    assert command("accept", "id3") == 0
    assert reviews(place)["id3"] == "accepted"


def test_the_question_says_how_many_rows_of_a_busy_source_are_rejected(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    fill(place, *(make(number, source="busy") for number in range(5)))
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert command("accept", "--all", "--per-source", "2") == 1
    assert "Mark 2 rows as accepted, and 3 as rejected? [y/N]" in capsys.readouterr().out
    assert set(reviews(place).values()) == {"pending"}


def test_a_review_that_breaks_off_lets_no_source_add_more(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = fill(place, *(make(number, source="busy") for number in range(5)))
    review = type(store).review

    def fail(self: FeedbackArchive, row: StoredFeedback, decision: Review) -> bool:
        if decision is Review.ACCEPTED:
            raise StoreUnavailableError("gone")
        return review(self, row, decision)

    with monkeypatch.context() as patch:
        patch.setattr(type(store), "review", fail)
        assert command("accept", "--all", "--yes", "--per-source", "2") == 1
    assert command("accept", "--all", "--yes", "--per-source", "2") == 0
    assert sorted(reviews(place).values()) == ["accepted"] * 2 + ["rejected"] * 3


def test_without_anything_to_review_nothing_is_asked(place: Place, capsys: Said) -> None:
    assert command("accept", "--all") == 0
    assert "nothing to review" in capsys.readouterr().out


def test_what_changes_during_a_review_stays_pending(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    store = fill(place, make(0), make(1))

    def answer(_question: str) -> str:
        store.record(make(1, verdict="incorrect"))
        return "y"

    monkeypatch.setattr("builtins.input", answer)
    assert command("accept", "--all") == 0
    shown = capsys.readouterr().out
    assert "Accepted 1 of 2 rows." in shown
    assert "not id1: its verdict or text has changed" in shown
    assert reviews(place) == {"id0": "accepted", "id1": "pending"}


def test_an_id_whose_row_changes_meanwhile_ends_with_an_error(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    store = fill(place, make(0), make(1))
    find = type(store).find

    def find_then_change(self: FeedbackArchive, feedback_id: str) -> StoredFeedback | None:
        found = find(self, feedback_id)
        if feedback_id == "id1":
            store.record(make(1, verdict="incorrect"))
        return found

    monkeypatch.setattr(type(store), "find", find_then_change)
    assert command("accept", "id0", "id1") == 1
    said = capsys.readouterr()
    assert "Accepted 1 of 2 rows." in said.out
    assert "not id1: its verdict or text has changed" in said.out
    assert "look at it again" in said.err
    assert reviews(place) == {"id0": "accepted", "id1": "pending"}


def test_accepted_texts_are_exported_as_train_reads_them(
    place: Place, tmp_path: Path, capsys: Said
) -> None:
    fill(
        place,
        make(0, text='says "so, so" good 😍'),
        make(1, verdict="incorrect"),
        make(2, label="negative", verdict="incorrect"),
        make(3, label="negative"),
        make(4, text="TEXT   3"),
        make(5),
        make(6, text="never reviewed"),
        make(7, text=None),
    )
    command("accept", *(f"id{number}" for number in range(5)))
    command("reject", "id5")
    file = tmp_path / "corrected.csv"
    file.write_text("what stood here")
    assert command("export", file) == 0
    assert f"Wrote 4 rows to {file} (1 copy left out)." in capsys.readouterr().out
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().splitlines()[0] == "target,text"
    assert list(read_corpus(file)) == [
        LabelledTweet('says "so, so" good 😍', 1, ""),
        LabelledTweet("text 1", 0, ""),
        LabelledTweet("text 2", 1, ""),
        LabelledTweet("TEXT   3", 1, ""),
    ]
    compressed = tmp_path / "corrected.csv.gz"
    assert command("export", compressed, "--per-text", "2") == 0
    assert len(list(read_corpus(compressed))) == 5


def test_without_accepted_texts_no_file_is_written(
    place: Place, tmp_path: Path, capsys: Said
) -> None:
    fill(place, make(0))
    assert command("export", tmp_path / "out.csv") == 1
    assert "No feedback with a text is accepted" in capsys.readouterr().err
    assert not (tmp_path / "out.csv").exists()


def test_an_export_that_cannot_be_written_leaves_what_was_there(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    fill(place, make(0))
    command("accept", "id0")
    assert command("export", tmp_path / "no folder" / "out.csv") == 1
    assert "there is no folder" in capsys.readouterr().err
    file = tmp_path / "out.csv"
    file.write_text("before")

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sentiment.files.os.fsync", fail)
    assert command("export", file) == 1
    assert "No space left" in capsys.readouterr().err
    assert file.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == ["out.csv"]


def test_old_feedback_is_purged(place: Place, capsys: Said) -> None:
    ages = [0, 89, 91, 400]
    fill(place, *(make(age, predicted_at=NOW - age * DAY) for age in ages))
    assert command("purge", "--days", "90") == 0
    assert "Deleted 2 rows" in capsys.readouterr().out
    assert sorted(reviews(place)) == ["id0", "id89"]


@pytest.mark.parametrize("days", ["0", "-1", "soon", "1.5", "99999999"])
def test_a_purge_without_sense_is_refused(place: Place, days: str) -> None:
    fill(place, make(0))
    with pytest.raises(SystemExit):
        command("purge", f"--days={days}")
    assert reviews(place) == {"id0": "pending"}


@pytest.mark.parametrize("key", [*KEYS, "forgotten" * 5])
def test_feedback_is_deleted_by_a_prediction_id_of_any_age_and_key(
    place: Place, key: str, capsys: Said
) -> None:
    book = ReceiptSigner((key.encode(),), clock=lambda: 20_000 * DAY)
    token = book.sign(book.issue("some text", positive=True, probability=0.9, model_version="v"))
    receipt = book.verify(token)
    mine = make(0, feedback_id=receipt.feedback_id, predicted_at=receipt.issued)
    fill(place, mine, make(1))
    assert command("delete", "--prediction-id", token) == 0
    assert "Deleted 1 row." in capsys.readouterr().out
    assert list(reviews(place)) == ["id1"]


@pytest.mark.parametrize("token", ["nonsense", "", "A" * 600, "AQ" + "_" * 60])
def test_what_is_no_prediction_id_is_refused(place: Place, token: str, capsys: Said) -> None:
    assert command("delete", "--prediction-id", token) == 1
    assert "not a prediction_id" in capsys.readouterr().err


@pytest.mark.parametrize("way", ["argument", "standard input"])
def test_feedback_is_deleted_by_its_exact_text_under_every_key(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: Said, way: str
) -> None:
    text = "@Bob called me\nfrom 555-1234567 "
    hashes = [ReceiptSigner((key.encode(),)).text_hashes(text)[0] for key in KEYS]
    fill(
        place,
        *(make(number, text_hash=each) for number, each in enumerate(hashes)),
        make(2, text_hash=hashes[0], text=None),
        make(3),
    )
    monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))
    assert command("delete", "--text", text if way == "argument" else "-") == 0
    assert "Deleted 3 rows." in capsys.readouterr().out
    assert list(reviews(place)) == ["id3"]


def test_a_text_that_nobody_sent_deletes_nothing_and_says_what_to_check(
    place: Place, capsys: Said
) -> None:
    fill(place, make(0))
    assert command("delete", "--text", "text 0") == 1
    said = capsys.readouterr()
    assert "no feedback on this text. It must be exactly what was sent" in said.err
    assert said.out == ""
    assert command("delete", "--text", " ") == 1
    assert command("delete", "--feedback-id", "id0") == 0
    assert reviews(place) == {}


@pytest.mark.parametrize("which", ["--feedback-id", "--prediction-id"])
def test_feedback_that_is_not_there_is_deleted_with_an_error(
    place: Place, which: str, capsys: Said
) -> None:
    fill(place, make(0))
    book = ReceiptSigner((KEYS[0].encode(),))
    token = book.sign(book.issue("some text", positive=True, probability=0.9, model_version="v"))
    assert command("delete", which, "gone" if which == "--feedback-id" else token) == 1
    said = capsys.readouterr()
    assert "There is no feedback" in said.err
    assert "nothing was deleted" in said.err
    assert said.out == ""
    assert list(reviews(place)) == ["id0"]


def test_a_purge_that_finds_nothing_old_has_done_its_work(place: Place, capsys: Said) -> None:
    fill(place, make(0))
    assert command("purge", "--days", "90") == 0
    assert "Deleted 0 rows" in capsys.readouterr().out


def test_a_text_is_found_by_the_local_key(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.delenv("RECEIPT_KEYS")
    assert command("delete", "--text", "a") == 1
    assert "set RECEIPT_KEYS" in capsys.readouterr().err
    assert not (tmp_path / "receipt.key").exists()
    (tmp_path / "receipt.key").write_text("l" * 64)
    fill(place, make(0, text_hash=ReceiptSigner((b"l" * 64,)).text_hashes("a")[0]))
    assert command("delete", "--text", "a") == 0
    assert reviews(place) == {}


def test_where_there_is_no_feedback_the_command_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path / "none"))
    monkeypatch.delenv(CONNECTION, raising=False)
    assert command("list") == 1
    assert "set SENTIMENT_HOME" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


FAILURES: dict[str, Callable[[], int]] = {
    "list": lambda: command("list"),
    "accept": lambda: command("accept", "id"),
    "purge": lambda: command("purge", "--days", 1),
}


@pytest.mark.parametrize("use", FAILURES.values(), ids=FAILURES)
def test_a_store_that_fails_is_an_error_without_secrets(
    use: Callable[[], int], monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setenv(CONNECTION, "AccountKey=secret;Broken")
    assert use() == 1
    said = capsys.readouterr()
    assert "SENTIMENT_STORAGE is malformed" in said.err
    assert "secret" not in said.err + said.out


@pytest.mark.parametrize("action", ["list", "accept", "reject", "export", "purge", "delete"])
def test_every_action_has_an_example(action: str, capsys: Said) -> None:
    with pytest.raises(SystemExit) as ended:
        command(action, "--help")
    assert ended.value.code == 0
    assert f"example: python -m training feedback {action}" in capsys.readouterr().out
