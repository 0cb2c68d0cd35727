"""What every training run leaves behind: its provenance, and a record to compare it by later."""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from sentiment.files import file_digest, replace_file
from sentiment.model.bundle import LABELS, Decision
from sentiment.text import normalize
from training.data import CorpusError, read_corpus
from training.evaluate import slice_flags
from training.models.base import FittedModel
from training.split import TRAINING, LabelledTweet, Rows, Split, text_key

RUNS = Path("docs/runs")
TEST = "test"
FLOAT, SHIPPED = "float", "shipped"
UNKNOWN = "not recorded"
TORCH = "torch"
UNSTATED = "Tweets of unstated origin"

_LIBRARIES = (
    "numpy",
    "scikit-learn",
    "tensorflow",
    "tensorflow-cpu",
    "keras",
    "keras-hub",
    "tokenizers",
    "ai-edge-litert",
)
_CPUINFO = Path("/proc/cpuinfo")
_INT8_PRODUCTS = {"avx_vnni", "avx512_vnni"}
_RUN_FILE, _SETS_FOLDER = "run.json", "sets"
_ANY_LOGITS = "logits*.npz"
_SEVERAL = " and "

Logits = Mapping[str, NDArray[np.floating[Any]]]


class RunRecordError(ValueError):
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
class RunRecord:
    """One trained model, and its logits on the sets that it was measured on.

    Attributes:
        name: Of the run; a folder under ``docs/runs``.
        metadata: JSON; see ``RunMetadata``.
        logits: By set, then by ``float`` or ``shipped``: [rows]; a record keeps them as float16.
        sets: The sets by name.
    """

    name: str
    metadata: Mapping[str, Any]
    logits: Mapping[str, Logits]
    sets: Mapping[str, EvaluationSet]


class Data(msgspec.Struct, frozen=True):
    """What a model was trained on: files with their SHA-256, and digests of rows.

    ``extra``, as stored records call it, names the files that were trained on only; None in
    records that lack it.
    """

    files: dict[str, str]
    training_digest: str
    test_digest: str
    extra: list[str] | None = None

    @property
    def training_only(self) -> list[str]:
        """The files that were trained on only: where a record lacks them, all but the first."""
        return list(self.files)[1:] if self.extra is None else self.extra


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model comes from; see ``describe_provenance``."""

    data: Data
    rows: dict[str, int]
    parameters: dict[str, Any]
    data_attribution: str = ""
    encoder_attribution: str = ""
    teachers: list[str] = []
    teacher: str = ""
    git_commit: str | None = None
    libraries: dict[str, str] = {}
    mlflow_run_id: str | None = None

    def __post_init__(self) -> None:
        if self.teacher and not self.teachers:  # older records join the versions to one text
            msgspec.structs.force_setattr(self, "teachers", self.teacher.split(_SEVERAL))

    @property
    def fitted_rows(self) -> int | None:
        """How many rows the model was fitted on, where that is recorded.

        A head may take fewer rows than there are; older records have that in its parameters only.
        """
        rows = self.rows.get(TRAINING)
        if rows is not None and self.parameters.get("mode") == "head":
            rows = min(rows, int(self.parameters.get("head_rows") or rows))
        return self.rows.get("fitted", rows)


class RunMetadata(msgspec.Struct, frozen=True):
    """What a record holds beside logits and sets.

    Attributes:
        version: Of the bundle; it starts with the time of its export.
        family: Of the model.
        seconds: How long the fit took.
        bytes: The size of the bundle.
        tweet_milliseconds: The median time for one tweet on one thread.
        decision: Temperature, threshold and "not sure" band.
        provenance: Data, parameters, code and libraries.
        machine: That of the training and of the timing.
    """

    version: str
    family: str
    seconds: float
    bytes: int
    tweet_milliseconds: float
    decision: Decision
    provenance: Provenance
    machine: str = UNKNOWN


def test_set(rows: Rows) -> EvaluationSet:
    """Return the test rows of a corpus as a set."""
    return EvaluationSet(TEST, rows.keys, rows.labels, slice_flags(rows.raw), rows.texts)


def read_sets(paths: Sequence[Path]) -> list[EvaluationSet]:
    """Return files of labelled tweets as sets named after them, neutral rows left out.

    Raises:
        CorpusError: A file cannot be read, lacks a class, or has the name of another set.
    """
    sets: dict[str, EvaluationSet] = {}
    for path in paths:
        name, tweets = path.name.partition(".")[0], list(read_corpus(path))
        if len({tweet.label for tweet in tweets}) < len(LABELS):
            raise CorpusError(f"{path}: rows of both classes are needed to measure a model on it.")
        if name in {TEST, *sets}:
            raise CorpusError(
                f"{path}: there is already a set of the name {name}; rename the file."
            )
        sets[name] = make_set(name, tweets)
    return list(sets.values())


def make_set(name: str, tweets: Sequence[LabelledTweet]) -> EvaluationSet:
    """Return tweets as a set that models are compared on."""
    texts = [normalize(tweet.text) for tweet in tweets]
    return EvaluationSet(
        name,
        np.array([text_key(text) for text in texts], np.uint64),
        np.array([tweet.label for tweet in tweets], np.uint8),
        slice_flags([tweet.text for tweet in tweets]) if tweets else np.zeros(0, np.uint16),
        texts,
    )


def save_record(record: RunRecord, folder: Path) -> Path:
    """Write a record: aside, then renamed, the file that names the others last.

    Raises:
        OSError: The disk is full or cannot be written; an older record is as it was.
    """
    for members in record.sets.values():
        _save_set(members, folder)
    arrays = {
        f"{name}.{which}": np.asarray(values, np.float16)
        for name, both in record.logits.items()
        for which, values in both.items()
    }
    target = folder / record.name
    target.mkdir(parents=True, exist_ok=True)
    content = _archive(arrays)
    digest = hashlib.sha256(content).hexdigest()
    metadata = {
        **record.metadata,
        "sets": {name: members.digest for name, members in record.sets.items()},
        "logits_sha256": digest,
    }
    logits = _logits_file(target, digest)
    replace_file(logits, content)
    text = json.dumps(metadata, indent=2, sort_keys=True) + "\n"
    replace_file(target / _RUN_FILE, text.encode())
    for file in target.glob(_ANY_LOGITS):
        if file != logits:
            file.unlink()
    return target


def load_records(folder: Path) -> list[RunRecord]:
    """Return every record by name.

    Raises:
        RunRecordError: A record is damaged or incomplete.
    """
    return [_load_record(file.parent, folder) for file in sorted(folder.glob(f"*/{_RUN_FILE}"))]


def _load_record(folder: Path, root: Path) -> RunRecord:
    try:
        metadata = json.loads((folder / _RUN_FILE).read_text())
        digest = metadata["logits_sha256"]
        sets = {name: _load_set(name, rows, root) for name, rows in metadata["sets"].items()}
        file = _logits_file(folder, digest)
        contents = file.read_bytes()
        if hashlib.sha256(contents).hexdigest() != digest:
            raise ValueError(f"{file.name} is not the one that {_RUN_FILE} was written with")
        logits: dict[str, dict[str, NDArray[np.floating[Any]]]] = {}
        for key, values in _load_arrays(contents).items():
            name, _, form = key.rpartition(".")
            if len(values) != len(sets[name].labels):
                raise ValueError(f"it has another number of rows than its set {name}")
            logits.setdefault(name, {})[form] = values
    except Exception as error:  # whatever damaged files make NumPy, zip and JSON raise
        raise RunRecordError(
            f"The record {folder} cannot be read: {error}. Train it again."
        ) from error
    return RunRecord(folder.name, metadata, logits, sets)


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


class Source(NamedTuple):
    """Tweets of which something is known, recognised by how the names of their files start."""

    prefixes: tuple[str, ...]
    year: int
    attribution: str


SOURCES = (
    Source(
        ("sentiment140", "training.1600000"),
        2009,
        "Sentiment140 (Go, Bhayani and Huang 2009, Twitter Sentiment Classification using Distant"
        " Supervision). The tweets are not part of the bundle.",
    ),
    Source(
        ("smileys_2011",),
        2011,
        "Tweets of November 2011, labelled by the smileys in them (smileys_2011); more of their"
        " origin is not stated.",
    ),
)


def describe_provenance(
    data: Sequence[Path],
    distant_data: Sequence[Path],
    split: Split,
    model: FittedModel,
    commit: str | None,
) -> dict[str, Any]:
    """Return the provenance of a model: data, parameters, code and libraries.

    Args:
        data: The files of labelled tweets.
        distant_data: The files of distantly supervised tweets.
        split: The rows that were read from them.
        model: The float model.
        commit: What ``git_commit`` returned before the fit, during which the code may be changed.
    """
    fitted = {} if model.fitted_rows is None else {"fitted": model.fitted_rows}
    return {
        "rows": {**split.counts.as_dict(), **fitted},
        "data": {
            "files": {path.name: file_digest(path) for path in (*data, *distant_data)},
            "extra": [path.name for path in distant_data],
            "training_digest": split.training.digest(),
            "test_digest": split.test.digest(),
        },
        "data_attribution": attribute([*data, *distant_data]),
        "parameters": dict(model.parameters),
        "git_commit": commit,
        "libraries": library_versions(),
    }


def attribute(data: Sequence[Path]) -> str:
    """Return the source of the tweets a model was trained on, as far as their files' names show."""
    found = [find_source(path.name) for path in data]
    parts = [source.attribution for source in SOURCES if source in found]
    if None in found:
        parts.append(f"{UNSTATED} in {found.count(None)} other file(s).")
    return " ".join(parts)


def find_source(name: str) -> Source | None:
    """Return where the tweets of a file are from, as far as its name shows."""
    lower = name.lower()
    return next((source for source in SOURCES if lower.startswith(source.prefixes)), None)


def git_commit() -> str | None:
    """Return the commit of the code, marked ``-dirty`` where it was changed; None outside git."""
    folder = Path(__file__).resolve().parent
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"],
            cwd=folder,
            capture_output=True,
            text=True,
        )
    except OSError:
        return None
    return found.stdout.strip() or None


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries that a model depends on, as far as installed.

    PyTorch is one of them only where Keras runs on it.
    """
    found: dict[str, str] = {}
    for name in (*_LIBRARIES, *([TORCH] if _keras_runs_on_torch() else [])):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _keras_runs_on_torch() -> bool:
    keras = sys.modules.get("keras")  # not imported for its sake: that takes seconds
    return keras is not None and keras.backend.backend() == TORCH


def machine() -> str:
    """Return the processor, the number of cores and the version of Python."""
    return f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _processor() -> str:
    """Return its name and, where that is known, whether it has products of int8 (VNNI)."""
    try:
        lines = _CPUINFO.read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    parts = (line.partition(":") for line in lines)
    fields = {name.strip(): value.strip() for name, _, value in parts}
    name = fields.get("model name", platform.machine())
    if "flags" not in fields:
        return name
    has_products = _INT8_PRODUCTS & set(fields["flags"].split())
    return f"{name} {'with' if has_products else 'without'} VNNI"
