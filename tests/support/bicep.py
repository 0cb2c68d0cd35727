"""Reads Bicep files as far as the tests ask: declarations, and objects as dictionaries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import tree_sitter
import tree_sitter_bicep

from tests.support.pythons import ROOT

INFRA = ROOT / "infra"
MAIN = INFRA / "main.bicep"
FILES = [MAIN, *sorted((INFRA / "modules").glob("*.bicep"))]

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))


@dataclass(frozen=True)
class Declared:
    """A resource or a module: its symbol, its type or path, and what it is given."""

    symbol: str
    what: str
    exists: bool
    body: dict[str, Any]

    @property
    def type(self) -> str:
        return self.what.partition("@")[0]


@cache
def read(path: Path) -> tree_sitter.Node:
    return _PARSER.parse(path.read_bytes()).root_node


def walk(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    yield node
    for child in node.children:
        yield from walk(child)


def text(node: tree_sitter.Node) -> str:
    assert node.text is not None
    return node.text.decode()


def resources(path: Path) -> list[Declared]:
    return _declared(path, "resource_declaration")


def variable(path: Path, name: str) -> Any:
    (found,) = (
        each
        for each in _declarations(path, "variable_declaration")
        if text(each.named_children[0]) == name
    )
    return value(found.named_children[-1])


def value(node: tree_sitter.Node) -> Any:
    """Return an object, an array or a literal string; of anything else the source."""
    if node.type == "object":
        pairs = [each for each in node.named_children if each.type == "object_property"]
        return {_key(each.named_children[0]): value(each.named_children[-1]) for each in pairs}
    if node.type == "array":
        return [value(each) for each in node.named_children if each.type != "comment"]
    if node.type == "string":
        return text(node)[1:-1]
    return text(node)


def _key(node: tree_sitter.Node) -> str:
    return text(node).strip("'")


def _declarations(path: Path, kind: str) -> list[tree_sitter.Node]:
    return [each for each in read(path).named_children if each.type == kind]


def _declared(path: Path, kind: str) -> list[Declared]:
    return [
        Declared(
            text(each.named_children[0]),
            text(each.named_children[1]).strip("'"),
            "existing" in map(text, each.children),
            value(next(node for node in walk(each) if node.type == "object")),
        )
        for each in _declarations(path, kind)
    ]
