"""The model families, all fitted, measured and exported through one protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sentiment.bundle import Encoder


@dataclass(frozen=True)
class Export:
    """A converted model: its bytes, the encoder that feeds it and the encoder's file."""

    model: bytes
    encoder: Encoder
    encoder_content: bytes

    def contents(self) -> Mapping[str, bytes]:
        """Return the files of the bundle, less the manifest."""
        from sentiment.bundle import MODEL_FILE

        return {MODEL_FILE: self.model, self.encoder.file: self.encoder_content}


class FittedModel(Protocol):
    """A trained float model."""

    @property
    def family(self) -> str:
        """The name of the family."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What it was fitted with, in JSON types."""

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the logit of "positive" for each normalised text."""

    def export(self) -> Export:
        """Convert to a quantised TFLite model.

        Raises:
            ConversionError: The converter failed.
        """
