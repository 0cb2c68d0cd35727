from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from training.compare.records import read_records

from tests.support.run_records import make_run, make_set
from training.run_records import FLOAT, SHIPPED, TEST, RunRecordError, save_record


def test_runs_come_by_name(folder: Path) -> None:
    test = make_set(rows=20)
    for name in ("lstm", "bert"):
        save_record(make_run(name, test), folder)
    assert [run.name for run in read_records(folder)] == ["bert", "lstm"]


def test_without_a_record_the_remedy_is_told(folder: Path) -> None:
    with pytest.raises(RunRecordError, match=r"No run is recorded.*python -m training train"):
        read_records(folder)


@pytest.mark.parametrize("name", [TEST, "by_people"])
def test_runs_on_different_rows_are_refused_by_name(folder: Path, name: str) -> None:
    test, human = make_set(), make_set("by_people", 60)
    sets = {TEST: test, "by_people": human}
    others = {**sets, name: make_set(name, seed=99)}
    save_record(make_run("bert", *sets.values()), folder)
    save_record(make_run("gru", *others.values()), folder)
    with pytest.raises(RunRecordError, match=f"bert and gru were measured on different rows of {name}"):
        read_records(folder)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-80])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    middle = slice(len(content) // 2 - 20, len(content) // 2 + 20)
    content[middle] = bytes(255 - byte for byte in content[middle])
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [truncate, flip, empty, Path.unlink])
@pytest.mark.parametrize("pattern", ["bert/logits-*.npz", "sets/test-*.npz"])
def test_a_damaged_record_is_a_clear_error(
    folder: Path, pattern: str, damage: Callable[[Path], object]
) -> None:
    save_record(make_run("bert", make_set()), folder)
    (file,) = folder.glob(pattern)
    damage(file)
    with pytest.raises(RunRecordError, match="Train it again"):
        read_records(folder)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "3", '{"sets": []}', '{"sets": {"test": 5}}', "{}"]
)
def test_json_of_another_shape_is_a_clear_error(folder: Path, content: str) -> None:
    save_record(make_run("bert", make_set(rows=20)), folder)
    (folder / "bert" / "run.json").write_text(content)
    with pytest.raises(RunRecordError, match="Train it again"):
        read_records(folder)


def test_a_run_without_its_test_rows_is_refused(folder: Path) -> None:
    save_record(make_run("bert", make_set("by_people")), folder)
    with pytest.raises(RunRecordError, match="bert has no set called test"):
        read_records(folder)


def test_a_run_without_its_shipped_form_is_refused(folder: Path) -> None:
    run = make_run("bert", make_set(rows=20))
    save_record(replace(run, logits={TEST: {FLOAT: run.logits[TEST][FLOAT]}}), folder)
    with pytest.raises(RunRecordError, match="bert lacks the shipped logits on test"):
        read_records(folder)


def test_logits_that_are_no_numbers_are_refused(folder: Path) -> None:
    run = make_run("bert", make_set(rows=20))
    broken = {**run.logits[TEST], SHIPPED: np.full(20, np.nan)}
    save_record(replace(run, logits={TEST: broken}), folder)
    with pytest.raises(RunRecordError, match="shipped logits of bert on test are not finite"):
        read_records(folder)


def test_a_set_of_one_class_is_refused(folder: Path) -> None:
    test = replace(make_set(rows=20), labels=np.ones(20, np.uint8))
    save_record(make_run("bert", test), folder)
    with pytest.raises(RunRecordError, match="test of bert has rows of one class only"):
        read_records(folder)
