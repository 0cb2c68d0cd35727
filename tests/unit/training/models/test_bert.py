from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.tiny_bert import write_tiny_bert
from training.models.bert import BertParameters, learning_rate_at
from training.models.pretrained import EncoderError, compact_tokenizer, encoder_folder


def test_the_learning_rate_rises_holds_and_falls() -> None:
    parameters = BertParameters(warmup_share=0.1, decay_share=0.4, learning_rate=1.0)
    rates = [learning_rate_at(step, 100, parameters) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert rates[9:61] == pytest.approx([1.0] * 52)
    assert rates[80] == pytest.approx(0.5)
    assert rates[99] == pytest.approx(0.025)


@pytest.mark.parametrize("name", ["/nowhere", "hub:"])
def test_an_absent_encoder_is_an_error_that_says_what_is_needed(name: str) -> None:
    with pytest.raises(EncoderError, match=r"config\.json|minilm"):
        encoder_folder(name)


def test_a_tokenizer_with_a_gap_is_refused(tmp_path: Path) -> None:
    file = write_tiny_bert(tmp_path) / "tokenizer.json"
    described = json.loads(file.read_text())
    described["model"]["vocab"]["day"] = 9999
    file.write_text(json.dumps(described))
    with pytest.raises(EncoderError, match="without a gap"):
        compact_tokenizer(tmp_path)
