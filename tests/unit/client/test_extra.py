"""What a user is told who has not installed what the client needs."""

from __future__ import annotations

import importlib
import sys

import pytest


def test_without_its_package_the_remedy_names_the_checkout_and_no_index(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [each for each in sys.modules if each.startswith("sentiment.client")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "httpx2", None)
    with pytest.raises(ImportError, match=r"httpx2; in the checkout: .* -e '\.\[client\]'"):
        importlib.import_module("sentiment.client")
