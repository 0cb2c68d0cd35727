"""What schemathesis cannot make up: receipts that the app issued; loaded by its configuration."""

from __future__ import annotations

import os
from typing import Any

from schemathesis import Case, HookContext, hook
from schemathesis.core.parameters import ParameterLocation

from sentiment.api.receipts import ReceiptError, ReceiptSigner


@hook
def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
    """Give feedback that is valid but for its made-up receipt a real one, for the same text."""
    body: Any = case.body
    if case.operation.definition.raw.get("operationId") != "feedback":
        return
    if not isinstance(body, dict) or case.meta is None:
        return
    if case.meta.is_negative_at(ParameterLocation.BODY):
        return
    signer = ReceiptSigner((os.environ["RECEIPT_KEYS"].encode(),))
    if not _is_accepted(signer, body):
        text = body.get("text", "a tweet")
        receipt = signer.issue(text, positive=True, probability=0.9, model_version="v")
        case.body = {**body, "prediction_id": signer.sign(receipt)}


def _is_accepted(signer: ReceiptSigner, body: dict[str, Any]) -> bool:
    try:
        receipt = signer.verify(body["prediction_id"])
    except ReceiptError:
        return False
    return "text" not in body or signer.covers(receipt, body["text"])
