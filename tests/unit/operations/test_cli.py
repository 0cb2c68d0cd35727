"""The commands as a user calls them; feedback is in a local file."""

from __future__ import annotations

import csv
import gzip
import io
import time
from dataclasses import replace
from pathlib import Path

import pytest

from operations.cli import app, main
from sentiment.api.receipts import ReceiptSigner
from sentiment.feedback import Feedback, FeedbackArchive, Outcome, Review
from sentiment.storage import CONNECTION
from tests.support.feedback_stores import DAY, FEEDBACK, SqliteBackend

KEYS = ("k" * 40, "o" * 40)
NOW = int(time.time())

Said = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SENTIMENT_HOME", str(tmp_path))
    monkeypatch.delenv(CONNECTION, raising=False)
    monkeypatch.setenv("RECEIPT_KEYS", " ".join(KEYS))
    return tmp_path


@pytest.fixture
def backend(home: Path) -> SqliteBackend:
    backend = SqliteBackend(home)
    backend.path = home / "feedback.sqlite3"
    backend.rows()
    return backend


def make(number: int, **values: object) -> Feedback:
    given: dict[str, object] = {
        "feedback_id": f"id{number}",
        "predicted_at": NOW - 1000 + number,
        "received_at": float(NOW + number),
        "text": f"text {number}",
        **values,
    }
    return replace(FEEDBACK, **given)  # type: ignore[arg-type]


def fill(backend: SqliteBackend, *feedback: Feedback) -> FeedbackArchive:
    store = backend.open()
    for each in feedback:
        assert store.record(each).outcome is Outcome.CREATED
    return store


def reviews(backend: SqliteBackend) -> dict[str, str]:
    return {row.feedback.feedback_id: row.review.value for row in backend.rows()}


def command(*arguments: object) -> int:
    return main(["feedback", *map(str, arguments)])


def test_accepted_feedback_is_counted_once_it_is_new(
    backend: SqliteBackend, tmp_path: Path, capsys: Said
) -> None:
    used = tmp_path / "used.txt"
    fill(backend, make(1), make(2), make(3, text=None), make(4))
    command("accept", "id1", "id4")
    capsys.readouterr()
    assert command("count", "--ids", used) == 0
    assert capsys.readouterr().out == "2\n"
    assert sorted(used.read_text().split()) == ["id1", "id4"]
    command("accept", "id2")
    capsys.readouterr()
    assert command("count", "--except", used) == 0
    assert capsys.readouterr().out == "1\n"


def test_what_is_pending_and_has_a_text_is_listed(backend: SqliteBackend, capsys: Said) -> None:
    store = fill(
        backend,
        make(2, verdict="incorrect", text="@user so bad", predicted_at=20_000 * DAY),
        make(1, label="negative", probability=0.1),
        make(3, text=None),
        make(4),
    )
    store.review(backend.rows()[3], Review.REJECTED)
    assert command("list") == 0
    head, first, second, count = capsys.readouterr().out.splitlines()
    assert " ".join(head.split()) == "id day verdict predicted becomes review model text"
    assert first.split()[:4] == ["id2", "2024-10-04", "incorrect", "positive"]
    assert first.split()[4:7] == ["negative", "pending", "v1"]
    assert first.endswith("@user so bad")
    assert second.split()[3:5] == ["negative", "negative"]
    assert count == "2 rows, and 1 without a text"


def test_the_list_can_be_narrowed_and_widened(backend: SqliteBackend, capsys: Said) -> None:
    days = [20_000, 20_001, 20_002]
    rows = [make(number, predicted_at=day * DAY) for number, day in enumerate(days)]
    store = fill(backend, *rows, make(9, text=None))
    store.review(backend.rows()[0], Review.ACCEPTED)

    def listed(*options: str) -> list[str]:
        assert command("list", *options) == 0
        lines = capsys.readouterr().out.splitlines()
        return [line.split()[0] for line in lines if line.startswith("id") and line[2].isdigit()]

    assert listed() == ["id1", "id2"]
    assert listed("--review", "all") == ["id0", "id1", "id2"]
    assert listed("--review", "accepted") == ["id0"]
    assert listed("--review", "all", "--until", "2024-10-05") == ["id0"]
    assert listed("--review", "all", "--since", "2024-10-05", "--until", "2024-10-06") == ["id1"]
    assert listed("--without-text", "--since", "2024-10-06") == ["id2", "id9"]
    assert listed("--review", "rejected") == []


def test_nothing_that_was_stored_steers_the_terminal(backend: SqliteBackend, capsys: Said) -> None:
    backend.write_by_hand(text="one\x1b[2Jtwo\nthree\u202efour", model_version="v\x1b]0;x\x07")
    assert command("list") == 0
    shown = capsys.readouterr().out
    assert not set(shown) & {"\x1b", "\x07", "\u202e"}
    assert "one [2Jtwo three four" in shown


def test_a_warning_counts_the_unreadable_rows(backend: SqliteBackend, capsys: Said) -> None:
    for number in range(3):
        backend.write_by_hand(feedback_id=str(number), verdict="maybe")
    fill(backend, make(1))
    assert command("list") == 0
    said = capsys.readouterr()
    assert "1 row\n" in said.out
    assert "warning: skipped 3 rows, where verdict is not what the app writes" in said.err


def test_feedback_is_accepted_and_rejected_by_id(backend: SqliteBackend, capsys: Said) -> None:
    fill(backend, *(make(number, source="s") for number in range(3)))
    assert command("accept", "id0", "id2", "id0") == 0
    assert "Accepted 2 of 2 rows." in capsys.readouterr().out
    assert command("reject", "id1") == 0
    assert reviews(backend) == {"id0": "accepted", "id1": "rejected", "id2": "accepted"}
    assert {row.feedback.source for row in backend.rows()} == {None}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["accept", "id0", "nobody"], "no feedback 'nobody'"),
        (["accept", "id0", "id1"], "'id1' has no text"),
        (["accept"], "either ids or --all"),
        (["reject", "--all", "id0"], "either ids or --all"),
    ],
)
def test_a_wrong_choice_is_refused_as_a_whole(
    backend: SqliteBackend, arguments: list[str], reason: str, capsys: Said
) -> None:
    fill(backend, make(0), make(1, text=None))
    assert command(*arguments) == 1
    said = capsys.readouterr()
    assert reason in said.err
    assert set(reviews(backend).values()) == {"pending"}


@pytest.mark.parametrize(
    ("answer", "code", "state"),
    [("y\n", 0, "accepted"), ("\n", 1, "pending"), ("", 1, "pending")],
)
def test_all_are_accepted_after_a_question(
    backend: SqliteBackend,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Said,
    answer: str,
    code: int,
    state: str,
) -> None:
    fill(backend, make(0), make(1), make(2, text=None))
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert command("accept", "--all") == code
    shown = capsys.readouterr().out
    assert "text 0" in shown
    assert "Mark 2 rows as accepted? [y/N]" in shown
    assert reviews(backend) == {"id0": state, "id1": state, "id2": "pending"}


def test_a_source_can_add_only_so_many_rows_at_a_review(
    backend: SqliteBackend, capsys: Said
) -> None:
    fill(
        backend,
        *(make(number, source="busy") for number in range(5)),
        *(make(number, source="other") for number in range(5, 7)),
        *(make(number) for number in range(7, 11)),
    )
    every = ("accept", "--all", "--yes", "--per-source", "2")
    assert command(*every) == 0
    shown = capsys.readouterr().out
    assert "Accepted 8 of 8 rows." in shown
    assert "To be rejected, beyond 2 rows of one source:" in shown
    left = [name for name, state in reviews(backend).items() if state == "rejected"]
    assert left == ["id2", "id3", "id4"]
    assert all(name in shown for name in left)
    assert command(*every) == 0
    assert "nothing to review" in capsys.readouterr().out
    assert command("accept", "id3") == 0
    assert reviews(backend)["id3"] == "accepted"


def test_what_changes_during_a_review_stays_pending(
    backend: SqliteBackend, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    store = fill(backend, make(0), make(1))

    def answer(_question: str) -> str:
        store.record(make(1, verdict="incorrect"))
        return "y"

    monkeypatch.setattr("builtins.input", answer)
    assert command("accept", "--all") == 0
    shown = capsys.readouterr().out
    assert "Accepted 1 of 2 rows." in shown
    assert "not id1: its verdict or text has changed" in shown
    assert reviews(backend) == {"id0": "accepted", "id1": "pending"}


def test_accepted_texts_are_exported_as_train_reads_them(
    backend: SqliteBackend, tmp_path: Path, capsys: Said
) -> None:
    fill(
        backend,
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
    assert list(csv.reader(file.read_text(encoding="utf-8").splitlines())) == [
        ["target", "text"],
        ["4", 'says "so, so" good 😍'],
        ["0", "text 1"],
        ["4", "text 2"],
        ["4", "TEXT   3"],
    ]
    compressed = tmp_path / "corrected.csv.gz"
    assert command("export", compressed, "--per-text", "2") == 0
    assert len(gzip.decompress(compressed.read_bytes()).splitlines()) == 1 + 5


def test_old_feedback_is_purged(backend: SqliteBackend, capsys: Said) -> None:
    fill(backend, *(make(age, predicted_at=NOW - age * DAY) for age in (0, 89, 91, 400)))
    for senseless in ("0", "-1", "1.5", "99999999"):
        assert command("purge", f"--days={senseless}") == 1
    assert command("purge", "--days", "90") == 0
    assert "Deleted 2 rows" in capsys.readouterr().out
    assert sorted(reviews(backend)) == ["id0", "id89"]


@pytest.mark.parametrize("key", [KEYS[0], "forgotten" * 5])
def test_feedback_is_deleted_by_a_prediction_id_of_any_age_and_key(
    backend: SqliteBackend, key: str, capsys: Said
) -> None:
    book = ReceiptSigner((key.encode(),), clock=lambda: 20_000 * DAY)
    token = book.sign(book.issue("some text", positive=True, probability=0.9, model_version="v"))
    receipt = book.verify(token)
    mine = make(0, feedback_id=receipt.feedback_id, predicted_at=receipt.issued)
    fill(backend, mine, make(1))
    assert command("delete", "--prediction-id", token) == 0
    assert "Deleted 1 row." in capsys.readouterr().out
    assert list(reviews(backend)) == ["id1"]
    assert command("delete", "--prediction-id", token) == 1
    assert "There is no feedback on this prediction; nothing was" in capsys.readouterr().err


@pytest.mark.parametrize("way", ["argument", "standard input"])
def test_feedback_is_deleted_by_its_exact_text_under_every_key(
    backend: SqliteBackend, monkeypatch: pytest.MonkeyPatch, capsys: Said, way: str
) -> None:
    text = "@Bob called me\nfrom 555-1234567 "
    hashes = [ReceiptSigner((key.encode(),)).text_hashes(text)[0] for key in KEYS]
    fill(
        backend,
        *(make(number, text_hash=each) for number, each in enumerate(hashes)),
        make(2, text_hash=hashes[0], text=None),
        make(3),
    )
    monkeypatch.setattr("sys.stdin", io.StringIO(text + "\n"))
    assert command("delete", "--text", text if way == "argument" else "-") == 0
    assert "Deleted 3 rows." in capsys.readouterr().out
    assert list(reviews(backend)) == ["id3"]


def test_a_text_is_found_by_the_local_key(
    backend: SqliteBackend, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.delenv("RECEIPT_KEYS")
    assert command("delete", "--text", "a") == 1
    assert "set RECEIPT_KEYS" in capsys.readouterr().err
    (home / "receipt.key").write_text("l" * 64)
    fill(backend, make(0, text_hash=ReceiptSigner((b"l" * 64,)).text_hashes("a")[0]))
    assert command("delete", "--text", "a") == 0
    assert reviews(backend) == {}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("export out.csv", "No feedback with a text is accepted yet"),
        ("delete --prediction-id nonsense", "not a prediction_id"),
        ("delete --feedback-id gone", "There is no feedback with this id; nothing was deleted."),
        ("delete --text nobody", "There is no feedback on this text. It must be exactly what"),
        ("delete", "Give one of --prediction-id, --feedback-id and --text."),
        ("delete --text a --feedback-id b", "Give one of --prediction-id"),
    ],
)
def test_what_cannot_be_done_is_an_error_and_changes_nothing(
    backend: SqliteBackend, arguments: str, reason: str, capsys: Said
) -> None:
    fill(backend, make(0))
    assert command(*arguments.split()) == 1
    said = capsys.readouterr()
    assert (reason in said.err, said.out) == (True, "")
    assert reviews(backend) == {"id0": "pending"}


def test_where_there_is_no_feedback_the_command_says_what_to_set(capsys: Said) -> None:
    assert command("list") == 1
    assert "set SENTIMENT_HOME" in capsys.readouterr().err


def test_settings_that_are_malformed_are_warned_of_without_secrets(
    monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setenv(CONNECTION, "AccountKey=secret;Broken")
    assert command("list") == 1
    assert command("purge", "--days", "1") == 1
    said = capsys.readouterr()
    assert "warning: SENTIMENT_STORAGE is no connection string" in said.err
    assert "SENTIMENT_STORAGE is malformed" in said.err
    assert "secret" not in said.err + said.out


def test_without_a_storage_account_the_registry_commands_say_what_to_set(capsys: Said) -> None:
    for arguments in (["list"], ["promote", "v1"], ["rollback"], ["publish"]):
        assert main(arguments) == 1
        assert "set SENTIMENT_STORAGE" in capsys.readouterr().err


COMMANDS = [
    *((name,) for name in app if not name.startswith("-")),
    *(("feedback", name) for name in app["feedback"] if not name.startswith("-")),
]


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(names: tuple[str, ...], capsys: Said) -> None:
    assert main([*names, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"Usage: python -m operations {' '.join(names)}" in said
    if len(names) > 1:
        assert f"Example: python -m operations {' '.join(names)}" in said


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ("drift --day 7", "Unknown option: --day. Did you mean --days?"),
        ("monitor", 'Unknown command "monitor"'),
        ("feedback list --review none", 'Invalid value "none" for --review'),
        ("feedback accept --per-source 1.5 --all", "'1.5' is no whole number above 0"),
        ("score missing.csv -o x.csv --delimiter ab", "--delimiter must be one character, or tab"),
        ("score missing.csv -o x.csv --encoding utf-16", "--encoding must be auto"),
    ],
)
def test_a_wrong_argument_is_an_error_in_one_sentence(
    arguments: str, reason: str, capsys: Said
) -> None:
    assert main(arguments.split()) == 1
    said = capsys.readouterr()
    assert reason in said.err
    assert (said.err.count("\n"), said.out) == (1, "")
