"""What a run is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sentiment.files import file_digest
from training.provenance import git_commit, library_versions
from training.split import Rows, Split
from training.tracking.entry import Dataset, Entry, Parameters, Tags


@dataclass(frozen=True)
class Origin:
    """Data and code of a run.

    Attributes:
        family: The name of the model family.
        data: The files of labelled tweets.
        parts: The rows that the run sees, by what they serve for: training, validation, test.
        counts: What became of the rows that were read.
    """

    family: str
    data: Sequence[Path]
    parts: Mapping[str, Rows]
    counts: Mapping[str, int]

    @classmethod
    def of(cls, family: str, data: Sequence[Path], split: Split) -> Self:
        """Return the origin of a run that sees all three parts of a corpus."""
        parts = {"training": split.training, "validation": split.validation, "test": split.test}
        return cls(family, data, parts, split.counts.as_dict())

    def entries(self) -> list[Entry]:
        """Return what is recorded of it: names, counts and digests, but no text and no path."""
        files = {path.name: file_digest(path) for path in self.data}
        commit = git_commit() or "unknown"
        tags = {
            "family": self.family,
            "git_commit": commit,
            "mlflow.source.git.commit": commit.removesuffix("-dirty"),
            **{f"data/{name}": digest for name, digest in files.items()},
            **{f"library/{name}": version for name, version in library_versions().items()},
            **{f"digest/{part}": rows.digest() for part, rows in self.parts.items()},
        }
        corpus = "+".join(files) or "unnamed"
        counts = {f"rows/{name}": count for name, count in self.counts.items()}
        return [
            Tags(tags),
            Parameters(counts),
            *(Dataset(corpus, rows.digest(), part, len(rows)) for part, rows in self.parts.items()),
        ]
