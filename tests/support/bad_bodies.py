"""Requests for predictions that are refused: the body, the status, and the field at fault."""

from __future__ import annotations

TOO_LONG = {"text": "a" * 4001}
BAD_BODIES = [
    ("broken JSON", b'{"text": "a"', 400, None),
    ("no body", b"", 400, None),
    ("not UTF-8", b'{"text": "\xff"}', 400, None),
    ("a lone surrogate", b'{"text": "\\ud800"}', 400, None),
    ("a lone surrogate in raw bytes", b'{"text": "\xed\xa0\x80"}', 400, None),
    ("a list", [], 422, "$"),
    ("null", None, 422, "$"),
    ("a deep nest", b"[" * 100_000, 422, "$"),
    ("neither text nor texts", {}, 422, "$"),
    ("both text and texts", {"text": "a", "texts": ["b"]}, 422, "$"),
    ("a number for a text", {"text": 3}, 422, "$.text"),
    ("null for a text", {"text": None}, 422, "$.text"),
    ("an unknown field", {"text": "a", "nonsense secret": 1}, 422, "$"),
    ("an unknown field with a plain name", {"text": "a", "tweet": 1}, 422, "$.tweet"),
    ("an unknown field with a long name", {"text": "a", "nonsense" * 9: 1}, 422, "$"),
    ("an unknown field that looks like a path", {"z` - at `$.my nonsense": 1}, 422, "$"),
    ("an empty text", {"text": ""}, 422, "$.text"),
    ("a blank text", {"text": " \t\r\n\u3000"}, 422, "$.text"),
    ("only control characters", {"text": "\x00\x01"}, 422, "$.text"),
    ("an over-long text", TOO_LONG, 422, "$.text"),
    ("a text in place of texts", {"texts": "a"}, 422, "$.texts"),
    ("no texts", {"texts": []}, 422, "$.texts"),
    ("129 texts", {"texts": ["a"] * 129}, 422, "$.texts"),
    ("one bad text of many", {"texts": ["a", 7]}, 422, "$.texts[1]"),
    ("one blank text of many", {"texts": ["a", "b", " "]}, 422, "$.texts[2]"),
    ("a body of 2 MiB", {"text": "a" * (2 << 20)}, 413, None),
]
