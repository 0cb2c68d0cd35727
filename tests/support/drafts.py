"""A bundle that holds no real model."""

from __future__ import annotations

from typing import Any

import msgspec

from sentiment.model.bundle import Decision, Encoder, Manifest
from sentiment.text import NORMALIZER

CONTENTS = {"model.tflite": b"model", "ngrams.txt": b"a\nb"}


def draft(**changes: Any) -> Manifest:
    manifest = Manifest(
        schema_version=1,
        name="tweet-sentiment",
        version="20260101T000000Z-logistic-00000000",
        family="logistic",
        created="2026-01-01T00:00:00Z",
        labels=("negative", "positive"),
        encoder=Encoder("ngrams", "ngrams.txt", 8, NORMALIZER, {"words": [1, 2]}),
        decision=Decision(1.0, 0.5, (0.4, 0.6)),
        files={},
        provenance={"git_commit": "abc", "data_attribution": "somebody"},
    )
    return msgspec.structs.replace(manifest, **changes)
