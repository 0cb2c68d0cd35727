"""Records of runs that never were, and a bundle to go with one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from sentiment.model.bundle import (
    LABELS,
    NAME,
    SCHEMA_VERSION,
    Decision,
    Encoder,
    Manifest,
    write_bundle,
)
from training.evaluate import SLICES
from training.run_records import FLOAT, SHIPPED, TEST, EvaluationSet, RunRecord

DECISION = Decision(1.7, 0.5, (0.3, 0.7))


def make_set(name: str = TEST, rows: int = 240, seed: int = 0) -> EvaluationSet:
    generator = np.random.default_rng(seed)
    return EvaluationSet(
        name,
        np.sort(generator.integers(0, 2**63, rows, np.uint64)),
        generator.permutation(np.arange(rows) % 2).astype(np.uint8),
        generator.integers(0, 2 ** len(SLICES), rows).astype(np.uint16),
    )


def make_run(
    name: str, *sets: EvaluationSet, noise: float = 1.0, seed: int = 1, **changes: Any
) -> RunRecord:
    """Return a run whose logits are as a record keeps them; more noise makes it worse."""
    generator = np.random.default_rng(seed)
    logits = {}
    for members in sets:
        clean = 2.0 * members.labels - 1.0
        parent = clean + noise * generator.normal(size=len(clean))
        shipped = parent + 0.05 * generator.normal(size=len(clean))
        logits[members.name] = {
            form: values.astype(np.float16)
            for form, values in ((FLOAT, parent), (SHIPPED, shipped))
        }
    metadata = {**make_metadata(name, sets[0]), **changes}
    return RunRecord(name, metadata, logits, {members.name: members for members in sets})


def make_metadata(name: str, test: EvaluationSet) -> dict[str, Any]:
    return {
        "version": f"20260102T030405Z-{name}-0123abcd",
        "family": name.partition("-")[0],
        "seconds": 83.4,
        "bytes": 2_345_678,
        "tweet_milliseconds": 0.512,
        "decision": msgspec.to_builtins(DECISION),
        "provenance": make_provenance(test),
    }


def make_provenance(test: EvaluationSet) -> dict[str, Any]:
    return {
        "rows": {
            "read": 5000,
            "empty": 1,
            "duplicates": 20,
            "contradicting": 3,
            "set_aside": 40,
            "training": 4000,
            "validation": 300,
            "test": len(test.labels),
        },
        "data": {
            "files": {"tweets.csv": "ab" * 32},
            "training_digest": "cd" * 32,
            "test_digest": test.digest,
        },
        "data_attribution": "Tweets of nobody.",
        "parameters": {"max_features": 200_000, "cell": "gru"},
        "git_commit": "ef" * 20 + "-dirty",
        "libraries": {"numpy": "2.4.6"},
    }


def make_manifest(run: RunRecord, **changes: Any) -> Manifest:
    """Return the manifest of the bundle of a run."""
    manifest = Manifest(
        schema_version=SCHEMA_VERSION,
        name=NAME,
        version=run.metadata["version"],
        family=run.metadata["family"],
        created="2026-01-02T03:04:05Z",
        labels=LABELS,
        encoder=Encoder("ngrams", "ngrams.txt", 1024, "tweet-1"),
        decision=DECISION,
        files={},
        provenance=run.metadata["provenance"],
    )
    return msgspec.structs.replace(manifest, **changes)


def write_bundle_of(run: RunRecord, folder: Path) -> Path:
    """Write a bundle whose files nobody will run."""
    contents = {"model.tflite": b"model", "ngrams.txt": b"ngrams"}
    write_bundle(folder, make_manifest(run), contents)
    return folder


def cells(page: str, first: str, second: str = "") -> list[str]:
    """Return the cells of the one line of a table that starts so."""
    lines = [
        row
        for line in page.splitlines()
        if line.startswith("|")
        and (row := [cell.strip().strip("*") for cell in line.strip("|").split(" | ")])[0] == first
        and row[1].startswith(second)
    ]
    return lines[0]
