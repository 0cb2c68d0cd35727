from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.tweets import made_up, write_csv
from training.data import CorpusError
from training.run_records import (
    SOURCES,
    RunRecord,
    RunRecordError,
    attribute,
    library_versions,
    load_records,
    machine,
    read_sets,
    save_record,
)


@pytest.fixture
def run(tmp_path: Path) -> RunRecord:
    (benchmark,) = read_sets([write_csv(tmp_path / "human.csv", made_up(50))])
    logits = np.linspace(-3, 3, 50).astype(np.float32)
    return RunRecord(
        "first", {"family": "logistic"}, {"human": {"shipped": logits}}, {"human": benchmark}
    )


def test_a_record_is_read_as_it_was_written_less_the_texts(tmp_path: Path, run: RunRecord) -> None:
    save_record(run, tmp_path / "runs")
    (loaded,) = load_records(tmp_path / "runs")
    assert loaded.name == "first"
    assert loaded.metadata["family"] == "logistic"
    assert loaded.logits["human"]["shipped"].dtype == np.float16
    assert loaded.logits["human"]["shipped"] == pytest.approx(
        run.logits["human"]["shipped"], abs=2e-3
    )
    assert loaded.sets["human"].digest == run.sets["human"].digest
    assert (loaded.sets["human"].flags == run.sets["human"].flags).all()
    assert loaded.sets["human"].texts == ()


@pytest.mark.parametrize("damage", ["cut", "missing", "other rows", "another run's"])
def test_a_damaged_record_is_named(tmp_path: Path, run: RunRecord, damage: str) -> None:
    folder = save_record(run, tmp_path / "runs")
    (logits,) = folder.glob("logits-*.npz")
    if damage == "cut":
        logits.write_bytes(logits.read_bytes()[:-10])
    elif damage == "missing":
        logits.unlink()
    elif damage == "another run's":
        ones = {"human": {"shipped": np.ones(50, np.float32)}}
        other = save_record(RunRecord("other", run.metadata, ones, run.sets), tmp_path / "others")
        (others,) = other.glob("logits-*.npz")
        logits.write_bytes(others.read_bytes())
    else:
        (sets,) = (tmp_path / "runs" / "sets").iterdir()
        np.savez(sets, keys=[1], labels=[1], flags=[0])
    with pytest.raises(RunRecordError, match="first"):
        load_records(tmp_path / "runs")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "3", '{"sets": []}', '{"sets": {"test": 5}}', "{}"]
)
def test_json_of_another_shape_is_refused_with_a_remedy(
    tmp_path: Path, run: RunRecord, content: str
) -> None:
    folder = save_record(run, tmp_path / "runs")
    (folder / "run.json").write_text(content)
    with pytest.raises(RunRecordError, match="Train it again"):
        load_records(tmp_path / "runs")


def test_sets_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    first = write_csv(tmp_path / "human.csv", made_up(50))
    again = write_csv(tmp_path / "other" / "human.csv", made_up(50, seed=1))
    with pytest.raises(CorpusError, match=r"other/human\.csv: there is already a set"):
        read_sets([first, again])
    with pytest.raises(CorpusError, match="name test; rename"):
        read_sets([write_csv(tmp_path / "test.csv", made_up(50))])


def test_a_set_of_one_class_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "glad.csv", [(1, f"yay {n}") for n in range(9)])
    with pytest.raises(CorpusError, match="both classes"):
        read_sets([path])


SENTIMENT140, SMILEYS = (source.attribution for source in SOURCES)
CORPUS = Path("data/Sentiment140.csv.gz")
MORE, FEEDBACK = Path("elsewhere/smileys_2011.csv.gz"), Path("feedback.csv")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([CORPUS], SENTIMENT140),
        ([MORE, CORPUS], f"{SENTIMENT140} {SMILEYS}"),
        ([FEEDBACK], "Tweets of unstated origin in 1 other file(s)."),
        (
            [CORPUS, FEEDBACK, Path("2011.csv")],
            f"{SENTIMENT140} Tweets of unstated origin in 2 other file(s).",
        ),
    ],
)
def test_tweets_are_attributed_by_the_names_of_their_files(data: list[Path], expected: str) -> None:
    assert attribute(data) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("model name\t: A chip\nflags\t\t: fpu avx512_vnni sse", "A chip with VNNI, "),
        ("model name\t: A chip\nflags\t\t: fpu avx_vnni_int16", "A chip without VNNI, "),
        ("Features\t: fp asimd\n", "aarch64, "),
    ],
)
def test_a_machine_is_described_with_whether_it_has_int8_products(
    content: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(content)
    monkeypatch.setattr("training.run_records._CPUINFO", cpuinfo)
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert machine().startswith(expected)
    assert " cores, Python 3." in machine()


@pytest.mark.parametrize("name", ["tensorflow", "tensorflow-cpu"])
def test_tensorflow_is_recorded_by_the_name_it_was_installed_under(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / f"{name.replace('-', '_')}-99.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Name: {name}\nVersion: 99\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert library_versions()[name] == "99"
