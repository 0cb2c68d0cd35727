"""What the families of Keras networks share: the model and its files, and the state of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.model.bundle import Encoder
from sentiment.model.encoder import TOKENIZERS
from sentiment.text import NORMALIZER
from training.models.base import FittedModel, write_metadata
from training.models.batches import in_batches
from training.models.checkpoint import Arrays

NETWORK_FILE, ENCODER_FILE = "model.keras", "tokenizer.json"
SCORING_BATCH = 128

KerasModel = Any
Sequences = Sequence[NDArray[np.int32]]


@dataclass(frozen=True, kw_only=True)
class NetworkModel(FittedModel):
    """A fitted network and the tokenizer that feeds it.

    Attributes:
        network: Token ids int32 [batch, tokens] to logits float32 [batch, 1].
        tokenizer: The JSON of the ``tokenizers`` library.
    """

    network: KerasModel
    tokenizer: str

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the logit of each normalised text."""
        return score(self.network, encode(self.tokenizer, texts, self.settings.max_tokens))

    def save(self, folder: Path) -> None:
        """Write the network in Keras's format, the tokenizer and the parameters."""
        self.network.save(folder / NETWORK_FILE)
        (folder / ENCODER_FILE).write_text(self.tokenizer, encoding="utf-8")
        write_metadata(self, folder)

    @property
    def encoder(self) -> Encoder:
        """How the app turns a text into token ids."""
        return Encoder(TOKENIZERS, ENCODER_FILE, self.settings.max_tokens, NORMALIZER)


def encode(tokenizer: str, texts: Sequence[str], max_tokens: int) -> list[NDArray[np.int32]]:
    """Return the ids of each text, special tokens included, cut to ``max_tokens``."""
    from tokenizers import Tokenizer

    reader = Tokenizer.from_str(tokenizer)
    reader.enable_truncation(max_tokens)
    return [np.array(each.ids, np.int32) for each in reader.encode_batch_fast(list(texts))]


def score(network: KerasModel, sequences: Sequences) -> NDArray[np.float32]:
    """Return the logit of each sequence of token ids."""
    return in_batches(network.predict_on_batch, sequences, SCORING_BATCH)[:, 0]


def read_state(network: KerasModel) -> Arrays:
    """Return all variables of a compiled network, those of its optimiser and of dropout too."""
    from keras import ops

    return [ops.convert_to_numpy(variable) for variable in _variables(network)]


def restore_state(network: KerasModel, state: Arrays) -> None:
    """Set all variables to what ``read_state`` returned."""
    for variable, value in zip(_variables(network), state, strict=True):
        variable.assign(value)


def _variables(network: KerasModel) -> list[Any]:
    return [*network.variables, *network.optimizer.variables]
