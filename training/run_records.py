"""What every training run leaves behind, so that tables can be rebuilt without data or models."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.files import replace_file
from sentiment.model.bundle import LABELS
from sentiment.text import normalize
from training import slices
from training.data import CorpusError, read_corpus
from training.split import LabelledTweet, Rows, text_key

RUNS = Path("docs/runs")
TEST = "test"
FLOAT, SHIPPED = "float", "shipped"

_DAMAGES = (
    AttributeError,
    EOFError,
    KeyError,
    OSError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
_RUN_FILE, _SETS_FOLDER = "run.json", "sets"
_ANY_LOGITS = "logits*.npz"


Logits = Mapping[str, NDArray[np.floating[Any]]]


class RunError(ValueError):
    """Records of runs do not fit together or cannot be read; the message says which."""


@dataclass(frozen=True)
class EvaluationSet:
    """Labelled rows that models are compared on.

    ``texts`` are empty when the set was read from a record: records hold no text.
    """

    name: str
    keys: NDArray[np.uint64]
    labels: NDArray[np.uint8]
    flags: NDArray[np.uint16]
    texts: Sequence[str] = ()

    @property
    def digest(self) -> str:
        """The SHA-256 of keys and labels: equal digests mean equal rows in equal order."""
        return hashlib.sha256(self.keys.tobytes() + self.labels.tobytes()).hexdigest()


@dataclass(frozen=True)
class Run:
    """One trained model and what it said.

    Attributes:
        name: Of the run; a folder under ``docs/runs``.
        facts: JSON: family, parameters, training seconds, size, latency, rows, commit, ...
        logits: By set, then by ``float`` or ``shipped``: [rows]; a record keeps them as float16.
        sets: The sets by name.
    """

    name: str
    facts: Mapping[str, Any]
    logits: Mapping[str, Logits]
    sets: Mapping[str, EvaluationSet]


def test_set(rows: Rows) -> EvaluationSet:
    """Return the test rows of a corpus as a set."""
    return EvaluationSet(TEST, rows.keys, rows.labels, slices.flags(rows.raw), rows.texts)


def read_sets(paths: Sequence[Path]) -> list[EvaluationSet]:
    """Return files of labelled tweets as sets named after them, neutral rows left out.

    Raises:
        CorpusError: A file cannot be read, lacks a class, or has the name of another set.
    """
    sets: dict[str, EvaluationSet] = {}
    for path in paths:
        members = _read_set(path)
        if members.name in {TEST, *sets}:
            raise CorpusError(
                f"{path}: there is already a set of the name {members.name}; rename the file."
            )
        sets[members.name] = members
    return list(sets.values())


def _read_set(path: Path) -> EvaluationSet:
    tweets = list(read_corpus(path))
    if len({tweet.label for tweet in tweets}) < len(LABELS):
        raise CorpusError(f"{path}: rows of both classes are needed to measure a model on it.")
    return make_set(path.name.partition(".")[0], tweets)


def make_set(name: str, tweets: Sequence[LabelledTweet]) -> EvaluationSet:
    """Return tweets as a set that models are compared on."""
    texts = [normalize(tweet.text) for tweet in tweets]
    return EvaluationSet(
        name,
        np.array([text_key(text) for text in texts], np.uint64),
        np.array([tweet.label for tweet in tweets], np.uint8),
        slices.flags([tweet.text for tweet in tweets]) if tweets else np.zeros(0, np.uint16),
        texts,
    )


def save_run(run: Run, folder: Path = RUNS) -> Path:
    """Write a run's record: aside, then renamed, the file that names the others last.

    Raises:
        OSError: The disk is full or cannot be written; an older record is as it was.
    """
    for members in run.sets.values():
        _save_set(members, folder)
    arrays = {
        f"{name}.{which}": np.asarray(values, np.float16)
        for name, both in run.logits.items()
        for which, values in both.items()
    }
    target = folder / run.name
    target.mkdir(parents=True, exist_ok=True)
    content = _archive(arrays)
    digest = hashlib.sha256(content).hexdigest()
    facts = {
        **run.facts,
        "sets": {name: members.digest for name, members in run.sets.items()},
        "logits_sha256": digest,
    }
    logits = _logits_file(target, digest)
    replace_file(logits, content)
    text = json.dumps(facts, indent=2, sort_keys=True) + "\n"
    replace_file(target / _RUN_FILE, text.encode())
    for file in target.glob(_ANY_LOGITS):
        if file != logits:
            file.unlink()
    return target


def load_runs(folder: Path = RUNS) -> Iterator[Run]:
    """Yield every recorded run by name.

    Raises:
        RunError: A record is damaged or incomplete.
    """
    for file in sorted(folder.glob(f"*/{_RUN_FILE}")):
        yield _load_run(file.parent, folder)


def _load_run(folder: Path, root: Path) -> Run:
    try:
        facts = json.loads((folder / _RUN_FILE).read_text())
        sets = {name: _load_set(name, digest, root) for name, digest in facts["sets"].items()}
        logits: dict[str, dict[str, NDArray[np.floating[Any]]]] = {}
        file = _logits_file(folder, facts["logits_sha256"])
        contents = file.read_bytes()
        if hashlib.sha256(contents).hexdigest() != facts["logits_sha256"]:
            raise ValueError(f"{file.name} is not the one that {_RUN_FILE} was written with")
        for key, values in _load_arrays(contents).items():
            name, _, which = key.rpartition(".")
            logits.setdefault(name, {})[which] = values
    except _DAMAGES as error:
        raise RunError(f"The record {folder} cannot be read: {error}. Train it again.") from error
    for name, both in logits.items():
        if any(len(values) != len(sets[name].labels) for values in both.values()):
            raise RunError(f"The record {folder} has another number of rows than its set {name}.")
    return Run(folder.name, facts, logits, sets)


def _logits_file(folder: Path, digest: str) -> Path:
    return folder / f"logits-{digest[:8]}.npz"


def _set_file(name: str, digest: str, folder: Path) -> Path:
    return folder / _SETS_FOLDER / f"{name}-{digest[:8]}.npz"


def _save_set(members: EvaluationSet, folder: Path) -> None:
    file = _set_file(members.name, members.digest, folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, NDArray[Any]] = {
        "keys": members.keys,
        "labels": members.labels,
        "flags": members.flags,
    }
    replace_file(file, _archive(arrays))


def _load_set(name: str, digest: str, folder: Path) -> EvaluationSet:
    arrays = _load_arrays(_set_file(name, digest, folder).read_bytes())
    loaded = EvaluationSet(name, arrays["keys"], arrays["labels"], arrays["flags"])
    if loaded.digest != digest:
        raise ValueError(f"the set {name} is not the one that it was measured on")
    return loaded


def _load_arrays(contents: bytes) -> dict[str, NDArray[Any]]:
    # From memory: numpy leaves the file of a damaged archive open.
    with np.load(io.BytesIO(contents), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def _archive(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()
