"""A BERT of a few thousand random weights, in the files of a Hugging Face folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from tests.support.tweets import BAD, GOOD, PLAIN

HIDDEN, INNER, LAYERS, POSITIONS = 16, 32, 1, 64
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def write_tiny_bert(folder: Path) -> Path:
    """Write config.json, model.safetensors and tokenizer.json."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [*SPECIAL, *GOOD, *BAD, *PLAIN]
    config = {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "vocab_size": len(words),
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 2,
        "intermediate_size": INNER,
        "max_position_embeddings": POSITIONS,
        "type_vocab_size": 2,
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
    }
    (folder / "config.json").write_text(json.dumps(config))
    save_file(_weights(len(words)), folder / "model.safetensors")
    _tokenizer(words).save(str(folder / "tokenizer.json"))
    return folder


def _tokenizer(words: list[str]) -> Tokenizer:
    ids = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, ends)
    return tokenizer


def _weights(words: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)

    def dense(rows: int, columns: int) -> np.ndarray:
        return generator.normal(0, 0.1, (rows, columns)).astype(np.float32)

    tensors = {
        "embeddings.word_embeddings.weight": dense(words, HIDDEN),
        "embeddings.position_embeddings.weight": dense(POSITIONS, HIDDEN),
        "embeddings.token_type_embeddings.weight": dense(2, HIDDEN),
        "pooler.dense.weight": dense(HIDDEN, HIDDEN),
        "pooler.dense.bias": np.zeros(HIDDEN, np.float32),
    }
    norms = ["embeddings"]
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        shapes = {
            "attention.self.query": (HIDDEN, HIDDEN),
            "attention.self.key": (HIDDEN, HIDDEN),
            "attention.self.value": (HIDDEN, HIDDEN),
            "attention.output.dense": (HIDDEN, HIDDEN),
            "intermediate.dense": (INNER, HIDDEN),
            "output.dense": (HIDDEN, INNER),
        }
        for name, (rows, columns) in shapes.items():
            tensors[f"{layer}.{name}.weight"] = dense(rows, columns)
            tensors[f"{layer}.{name}.bias"] = np.zeros(rows, np.float32)
        norms += [f"{layer}.attention.output", f"{layer}.output"]
    for name in norms:
        tensors[f"{name}.LayerNorm.weight"] = np.ones(HIDDEN, np.float32)
        tensors[f"{name}.LayerNorm.bias"] = np.zeros(HIDDEN, np.float32)
    return tensors
