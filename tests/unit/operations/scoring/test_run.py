from __future__ import annotations

import csv
import errno
import gzip
import json
import os
import tracemalloc
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from operations.scoring import records, sinks
from operations.scoring.journal import Identity
from operations.scoring.lines import ScoringError
from operations.scoring.scoring import ANSWERS
from sentiment.api.schemas import PredictionResponse
from sentiment.model.classifier import Prediction
from tests.support.scoring import Interrupted, QuickClassifier, score


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rejected(output: Path) -> list[tuple[str, str]]:
    found = rows_of(output.with_name(f"{output.name}.rejected.csv"))
    return [(row["line"], row["reason"]) for row in found]


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "scored.csv"


def test_every_row_is_kept_with_what_the_api_answers(tmp_path: Path, output: Path) -> None:
    source = write(tmp_path / "in.csv", 'id,text\n1,good\n2,"so, so\nbad"\n')
    outcome = score(source, output)
    found = rows_of(output)
    assert [(row["id"], row["text"]) for row in found] == [("1", "good"), ("2", "so, so\nbad")]
    assert list(found[0]) == [
        "id", "text", "label", "probability", "confidence", "certain", "truncated",
        "english", "model_version",
    ]  # fmt: skip
    assert {row["certain"] for row in found} <= {"true", "false"}
    assert (outcome.mark.rows, outcome.mark.rejected) == (2, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "scored.csv"]


def test_whatever_the_api_says_of_a_tweet_is_added() -> None:
    of_requests = {"prediction_id", "explanation"}
    assert set(ANSWERS) - {"model_version"} == {*PredictionResponse.__struct_fields__} - of_requests


def test_a_text_that_is_probably_not_english_is_marked(tmp_path: Path, output: Path) -> None:
    score(write(tmp_path / "in.csv", "text\nje suis très contente de vous voir\nso glad\n"), output)
    assert [row["english"] for row in rows_of(output)] == ["false", "true"]


@pytest.mark.parametrize("name", ["text", "Tweet", "CONTENT"])
def test_the_text_is_found_under_its_usual_names(tmp_path: Path, output: Path, name: str) -> None:
    score(write(tmp_path / "in.csv", f"id,{name}\n1,hello\n"), output)
    assert len(rows_of(output)) == 1


def test_sentiment140_needs_no_header(tmp_path: Path, output: Path) -> None:
    line = '"0","1","Mon Apr 06 22:19:45 PDT 2009","NO_QUERY","someone","what a day"\n'
    score(write(tmp_path / "in.csv", line * 2), output)
    found = rows_of(output)
    assert [row["text"] for row in found] == ["what a day"] * 2
    assert found[0]["target"] == "0"


def test_a_missing_column_is_told_without_quoting_the_file(tmp_path: Path, output: Path) -> None:
    source = write(tmp_path / "in.csv", "my secret tweet,has no header\nx,y\n")
    with pytest.raises(ScoringError, match="text or tweet or content") as raised:
        score(source, output)
    assert "secret" not in str(raised.value)
    with pytest.raises(ScoringError, match="--text-column"):
        score(source, output, text_column="body")
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_column_that_is_there_already_is_not_overwritten(tmp_path: Path, output: Path) -> None:
    source = write(tmp_path / "in.csv", "label,text\nmine,good\n")
    with pytest.raises(ScoringError, match="--prefix"):
        score(source, output)
    score(source, output, prefix="model_")
    (row,) = rows_of(output)
    assert row["label"] == "mine"
    assert row["model_label"] in {"negative", "positive"}


def test_a_byte_order_mark_is_passed_over(tmp_path: Path, output: Path) -> None:
    score(write(tmp_path / "in.csv", b"\xef\xbb\xbftext\ngood\n"), output)
    assert rows_of(output)[0]["text"] == "good"


def test_utf_16_is_refused_with_the_remedy(tmp_path: Path, output: Path) -> None:
    with pytest.raises(ScoringError, match="save it as UTF-8"):
        score(write(tmp_path / "in.csv", "text\ngood\n".encode("utf-16")), output)


def test_mixed_encodings_are_read_line_by_line(tmp_path: Path, output: Path) -> None:
    mixed = "text\ncafé\n".encode() + "café “x”\n".encode("windows-1252") + b"\x81 odd\n"
    outcome = score(write(tmp_path / "in.csv", mixed), output)
    assert [row["text"] for row in rows_of(output)] == ["café", "café “x”", "\x81 odd"]
    assert "2 lines are not UTF-8, the first is line 3" in outcome.remarks[0]


def test_another_encoding_is_rejected_where_utf_8_is_demanded(tmp_path: Path, output: Path) -> None:
    mixed = b"text\ncaf\xc3\xa9\ncaf\xe9\nlast\n"
    score(write(tmp_path / "in.csv", mixed), output, encoding="utf-8")
    assert [row["text"] for row in rows_of(output)] == ["café", "last"]
    assert rejected(output) == [("3", "The line is not utf-8.")]


def test_bad_rows_are_named_by_line_and_cost_no_others(tmp_path: Path, output: Path) -> None:
    source = write(
        tmp_path / "in.csv",
        'id,text\n1,good\n2\n3,"two\nlines"\n4,   \n5,"never closed\n6,fine\n'
        f'7,{"x" * 4001}\n8,"a "b" c"\n9,last\n',
    )
    outcome = score(source, output)
    assert [row["id"] for row in rows_of(output)] == ["1", "3", "6", "9"]
    lines = [line for line, _ in rejected(output)]
    assert lines == ["3", "6", "7", "9", "10"]
    reasons = " ".join(reason for _, reason in rejected(output))
    assert "1 column instead of 2" in reasons
    assert "blank" in reasons
    assert "4,001 characters" in reasons
    assert "never closed" not in reasons
    assert (outcome.mark.rows, outcome.mark.rejected) == (4, 5)


def test_a_line_of_ten_megabytes_is_passed_over(tmp_path: Path, output: Path) -> None:
    huge = b"x" * 10_000_000
    source = write(tmp_path / "in.csv", b"text\ngood\n" + huge + b'\nlast\n"' + huge + b'"\nend\n')
    score(source, output)
    assert [row["text"] for row in rows_of(output)] == ["good", "last", "end"]
    assert [line for line, _ in rejected(output)] == ["3", "5"]
    assert all("longer than" in reason for _, reason in rejected(output))


def test_an_empty_file_is_an_error(tmp_path: Path, output: Path) -> None:
    with pytest.raises(ScoringError, match="is empty"):
        score(write(tmp_path / "in.csv", ""), output)


def test_json_lines_are_kept_as_they_were_written(tmp_path: Path) -> None:
    lines = '{"id": 12345678901234567890, "tweet": "caf\\u00e9", "n": 1.50}\n\n[1]\n{"id": 2}\n'
    source = write(tmp_path / "in.jsonl", lines)
    output = tmp_path / "scored.jsonl"
    score(source, output)
    (line,) = output.read_text().splitlines()
    assert line.startswith('{"id":12345678901234567890,"tweet":"caf\\u00e9","n":1.50,"label":"')
    assert json.loads(line)["certain"] in {True, False}
    assert [each for each, _ in rejected(output)] == ["3", "4"]


def test_json_lines_become_csv(tmp_path: Path, output: Path) -> None:
    lines = '{"id": 1, "text": "é, x"}\n{"text": "y"}\n{"text": "z", "more": 1}\n'
    score(write(tmp_path / "in.jsonl", lines), output)
    assert [(row["id"], row["text"]) for row in rows_of(output)] == [("1", "é, x"), ("", "y")]
    assert "lacks" in rejected(output)[0][1]


@pytest.mark.parametrize("name", ANSWERS)
def test_a_field_that_a_later_json_line_has_already_is_not_overwritten(
    tmp_path: Path, name: str
) -> None:
    lines = f'{{"text": "so good"}}\n{{"text": "so bad", "{name}": "mine"}}\n'
    source, output = write(tmp_path / "in.jsonl", lines), tmp_path / "scored.jsonl"
    score(source, output)
    assert len(output.read_text().splitlines()) == 1
    ((line, reason),) = rejected(output)
    assert line == "2"
    assert f"a field {name} already" in reason
    assert "--prefix" in reason
    score(source, output, prefix="model_", overwrite=True)
    row = json.loads(output.read_text().splitlines()[1])
    assert row[name] == "mine"
    assert row["model_label"] in {"negative", "positive"}


@pytest.mark.parametrize("name", ["scored.jsonl", "scored.csv"])
@pytest.mark.parametrize(
    ("line", "reason"),
    [('{"text": 42}', "What the field text holds is not text."),
     ('{"text": 1e999}', "What the field text holds is not text."),
     ('{"text": ["so good"]}', "What the field text holds is not text."),
     ('{"text": true}', "What the field text holds is not text."),
     ('{"text": null}', "What the field text holds is not text."),
     ('{"id": 2}', "There is no field text."),
     ('{"text": "half \\ud83d of it"}', "The line has a lone surrogate"),
     ('{"text": "so good", "id": "\\ude00"}', "The line has a lone surrogate"),
     ('{"text": "so good", "id": NaN}', "The line is not a well-formed JSON object.")],
)  # fmt: skip
def test_a_json_line_without_a_text_is_rejected_with_the_reason(
    tmp_path: Path, name: str, line: str, reason: str
) -> None:
    first = '{"text": "so good \\ud83d\\ude00", "id": 1}'
    output = tmp_path / name
    outcome = score(write(tmp_path / "in.jsonl", f"{first}\n{line}\n"), output)
    assert outcome.mark.rows == 1
    ((number, found),) = rejected(output)
    assert number == "2"
    assert found.startswith(reason)


def test_compressed_files_are_read_and_written(tmp_path: Path) -> None:
    source = write(tmp_path / "in.tsv.gz", gzip.compress(b"id\ttext\n1\tgood, really\n"))
    output = tmp_path / "scored.csv.gz"
    score(source, output)
    assert b'"good, really"' in gzip.decompress(output.read_bytes())


def test_a_damaged_archive_keeps_what_was_read(tmp_path: Path, output: Path) -> None:
    whole = gzip.compress(b"text\n" + os.urandom(50_000).hex().encode().replace(b"0", b"\n"))
    with pytest.raises(ScoringError, match="cannot be read after line"):
        score(write(tmp_path / "in.csv.gz", whole[:-2000]), output)


def test_what_exists_is_not_replaced_unless_told(tmp_path: Path, output: Path) -> None:
    source = write(tmp_path / "in.csv", "text\ngood\n")
    write(output, "precious")
    with pytest.raises(ScoringError, match="--overwrite"):
        score(source, output)
    assert output.read_text() == "precious"
    score(source, output, overwrite=True)
    assert len(rows_of(output)) == 1


def test_input_and_output_must_differ(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", "text\ngood\n")
    with pytest.raises(ScoringError, match="three files"):
        score(source, source, overwrite=True)
    assert source.read_text() == "text\ngood\n"


@pytest.fixture
def long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(records, "WINDOW_RECORDS", 10)
    monkeypatch.setattr(sinks, "MARK_SECONDS", 0.0)
    lines = [f"{number},{'word ' * (number % 13)}" for number in range(100)]
    return write(tmp_path / "in.csv", "id,text\n" + "\n".join(lines))


def test_what_a_program_with_other_columns_began_is_not_continued(
    long: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "scored.csv"
    with monkeypatch.context() as earlier:
        earlier.setattr("operations.scoring.run.Identity", partial(Identity, layout=1))
        with pytest.raises(KeyboardInterrupt):
            score(long, output, Interrupted())
    with pytest.raises(ScoringError, match="This program is not the same"):
        score(long, output)
    assert score(long, output, restart=True).before.records == 0


def test_an_interrupted_run_goes_on_and_gives_the_same_file(long: Path, tmp_path: Path) -> None:
    whole, output = tmp_path / "whole.csv", tmp_path / "scored.csv"
    score(long, whole)
    with pytest.raises(KeyboardInterrupt):
        score(long, output, Interrupted())
    assert not output.exists()
    second = QuickClassifier()
    outcome = score(long, output, second)
    assert (outcome.before.records, len(second.batches)) == (30, 7)
    assert output.read_bytes() == whole.read_bytes()
    assert rejected(output) == rejected(whole)
    assert not list(tmp_path.glob("*.part")) + list(tmp_path.glob("*.journal"))


@pytest.mark.parametrize("torn", [b"", b"garbage that was not yet marked"])
def test_what_was_not_marked_is_written_again(long: Path, tmp_path: Path, torn: bytes) -> None:
    whole, output = tmp_path / "whole.csv", tmp_path / "scored.csv"
    score(long, whole)
    with pytest.raises(KeyboardInterrupt):
        score(long, output, Interrupted())
    for name in ("scored.csv.part", "scored.csv.rejected.csv", "scored.csv.journal"):
        with (tmp_path / name).open("ab") as file:
            file.write(torn)
    score(long, output)
    assert output.read_bytes() == whole.read_bytes()
    assert rejected(output) == rejected(whole)


def test_a_changed_input_model_or_option_is_not_continued(long: Path, tmp_path: Path) -> None:
    output = tmp_path / "scored.csv"
    with pytest.raises(KeyboardInterrupt):
        score(long, output, Interrupted())
    with pytest.raises(ScoringError, match=r"^The model is not the same"):
        score(long, output, QuickClassifier("another"))
    with pytest.raises(ScoringError, match=r"^The options are not the same"):
        score(long, output, prefix="x_")
    long.write_text(long.read_text() + "\n100,more")
    with pytest.raises(ScoringError, match=r"^The input is not the same.*--restart"):
        score(long, output)
    outcome = score(long, output, restart=True)
    assert outcome.before.records == 0
    assert len(rows_of(output)) + len(rejected(output)) == 101


def test_results_that_somebody_cut_are_not_continued(long: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        score(long, tmp_path / "scored.csv", Interrupted())
    (tmp_path / "scored.csv.part").write_bytes(b"id")
    with pytest.raises(ScoringError, match="shorter than it was"):
        score(long, tmp_path / "scored.csv")


def test_two_runs_do_not_write_one_output(long: Path, tmp_path: Path) -> None:
    class Nosy(QuickClassifier):
        def predict_batch(self, texts: Sequence[str]) -> list[Prediction]:
            with pytest.raises(ScoringError, match="Another process"):
                score(long, tmp_path / "scored.csv", restart=True, overwrite=True)
            return super().predict_batch(texts)

    score(long, tmp_path / "scored.csv", Nosy())
    assert (tmp_path / "scored.csv").exists()


def test_a_full_disk_costs_nothing_that_was_scored(
    long: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, output = tmp_path / "whole.csv", tmp_path / "scored.csv"
    score(long, whole)
    real, room = sinks.write_all, [2000]

    def limited(file: object, content: bytes) -> None:
        room[0] -= len(content)
        if room[0] < 0:
            real(file, content[: len(content) // 2])  # type: ignore[arg-type]
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(file, content)  # type: ignore[arg-type]

    monkeypatch.setattr(sinks, "write_all", limited)
    with pytest.raises(ScoringError, match=r"No space left.*up to line \d+ .*same command again"):
        score(long, output)
    monkeypatch.setattr(sinks, "write_all", real)
    outcome = score(long, output)
    assert outcome.before.rows > 0
    assert output.read_bytes() == whole.read_bytes()


def test_a_run_that_died_before_its_report_is_not_scored_again(long: Path, tmp_path: Path) -> None:
    from operations.scoring.progress import Progress
    from operations.scoring.run import Job, Run

    output = tmp_path / "scored.csv"
    with Run(Job(long, output), QuickClassifier(), Progress(quiet=True)) as run:
        run.score()
    again = QuickClassifier()
    outcome = score(long, output, again)
    assert not again.batches
    assert outcome.mark.complete
    with pytest.raises(ScoringError, match="--overwrite"):
        score(long, output)


def test_an_input_that_changes_under_the_run_is_told(long: Path, tmp_path: Path) -> None:
    class Meddling(QuickClassifier):
        def predict_batch(self, texts: Sequence[str]) -> list[Prediction]:
            if not self.batches:
                long.write_text(long.read_text() + "\n100,more")
            return super().predict_batch(texts)

    with pytest.raises(ScoringError, match="changed while it was read"):
        score(long, tmp_path / "scored.csv", Meddling())
    assert not (tmp_path / "scored.csv").exists()


def test_what_a_disk_lost_is_not_noted_as_kept(
    long: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, output = tmp_path / "whole.csv", tmp_path / "scored.csv"
    score(long, whole)
    real, calls = os.fsync, [0]

    def fail_once(descriptor: int) -> None:
        calls[0] += Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".part"
        if calls[0] == 4:
            calls[0] += 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fail_once)
    with pytest.raises(ScoringError, match="Input/output error"):
        score(long, output)
    noted = (tmp_path / "scored.csv.journal").read_text().splitlines()
    part = tmp_path / "scored.csv.part"
    assert json.loads(noted[-1])["output_bytes"] < part.stat().st_size
    score(long, output)
    assert output.read_bytes() == whole.read_bytes()


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    peaks = []
    for rows in (3000, 12_000):
        lines = (f"{number},so happy on day {number}\n" for number in range(rows))
        source = write(tmp_path / f"{rows}.csv", f"id,text\n{''.join(lines)}")
        tracemalloc.start()
        score(source, tmp_path / f"{rows}.scored.csv")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0] < 40e6
