from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from operations.scoring import columnar, records, sinks
from operations.scoring.lines import ScoringError
from tests.support.scoring import Interrupted, score

WHEN = datetime(2030, 1, 2, tzinfo=UTC)


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(columnar, "WINDOW_RECORDS", 10)
    monkeypatch.setattr(records, "WINDOW_RECORDS", 10)
    monkeypatch.setattr(sinks, "MARK_SECONDS", 0.0)
    texts = [f"text {number}" if number % 9 else None for number in range(60)]
    table = pa.table({"id": list(range(60)), "text": texts, "date": [WHEN] * 60})
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=25)
    return tmp_path / "in.parquet"


def test_columns_keep_their_types(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "scored.parquet"
    outcome = score(source, output)
    assert (outcome.mark.rows, outcome.mark.rejected) == (53, 7)
    table = pq.read_table(output)
    assert table.schema.field("id").type == pa.int64()
    assert table.column("date")[0].as_py() == WHEN
    assert table.schema.field("probability").type == pa.float64()
    assert table.schema.field("certain").type == pa.bool_()
    assert table.schema.field("english").type == pa.bool_()
    assert set(table.column("english").to_pylist()) == {True}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "in.parquet", "scored.parquet", "scored.parquet.rejected.csv",
    ]  # fmt: skip


def test_an_interrupted_run_gives_the_same_file(source: Path, tmp_path: Path) -> None:
    whole, output = tmp_path / "whole.parquet", tmp_path / "scored.parquet"
    score(source, whole)
    with pytest.raises(KeyboardInterrupt):
        score(source, output, Interrupted())
    assert score(source, output).before.records == 30
    assert output.read_bytes() == whole.read_bytes()


def test_parquet_becomes_csv_and_csv_parquet(source: Path, tmp_path: Path) -> None:
    score(source, tmp_path / "one.csv")
    with (tmp_path / "one.csv").open(newline="") as file:
        assert next(csv.DictReader(file))["date"] == str(WHEN)
    score(tmp_path / "one.csv", tmp_path / "two.parquet", prefix="again_")
    table = pq.read_table(tmp_path / "two.parquet")
    assert table.schema.field("id").type == pa.string()
    assert table.num_rows == 53


def test_what_is_no_parquet_is_told(tmp_path: Path) -> None:
    (tmp_path / "in.parquet").write_text("text\nhello\n")
    with pytest.raises(ScoringError, match="cannot be read as Parquet"):
        score(tmp_path / "in.parquet", tmp_path / "out.csv")
