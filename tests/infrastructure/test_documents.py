"""What the documents name exists: files, headings, make's targets, commands and their options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

import operations.cli
import training.cli
from tests.support.pythons import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LISTS_OLD_NAMES = ROOT / "CHANGELOG.md"
PROGRAMS = {"operations": operations.cli, "training": training.cli}

each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)
each_current_document = pytest.mark.parametrize(
    "document",
    [document for document in DOCUMENTS if document != LISTS_OLD_NAMES],
    ids=lambda path: str(path.relative_to(ROOT)),
)


@each_document
def test_every_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    for target, heading in relative_links(document):
        linked = (document.parent / target).resolve() if target else document
        assert linked.exists(), target
        if heading:
            assert heading in headings(linked), f"{target}#{heading}"


@each_current_document
def test_every_target_of_make_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = re.findall(r"(?:^|`|&& )make ([a-z-]+)", document.read_text("utf-8"), re.MULTILINE)
    assert set(named) <= targets


@each_current_document
def test_every_file_of_ours_that_is_named_exists(document: Path) -> None:
    rooms = "sentiment|operations|training|local_host|deployment|benchmarks|tests|docs|infra"
    named = re.findall(rf"`((?:{rooms})/[\w./-]+)`", document.read_text("utf-8"))
    assert not [path for path in named if not any(ROOT.glob(path.replace("FAMILY", "*")))]


@each_current_document
def test_every_module_that_is_run_exists(document: Path) -> None:
    modules = re.findall(r"python -m ([a-z_]+(?:\.[a-z_]+)*)", document.read_text("utf-8"))
    assert not [module for module in modules if find_spec(module) is None]


@each_current_document
def test_every_command_and_option_exists(
    document: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for program, words in commands(document):
        app, command = PROGRAMS[program].app, []
        while words and words[0] in set(app):
            command.append(words.pop(0))
            app = app[command[-1]]
        is_group = app.default_command is None
        assert not (is_group and words and words[0].isalpha()), [program, *command, *words]
        assert PROGRAMS[program].main([*command, "--help"]) == 0
        options = {word.partition("=")[0] for word in words if re.match("--?[a-z]", word)}
        known = {"--help", *re.findall(r"--?[a-z-]+", capsys.readouterr().out)}
        assert options <= known, [program, *command]


def relative_links(document: Path) -> Iterator[tuple[str, str]]:
    text = document.read_text("utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", text):
        target, _, heading = "".join(link).partition("#")
        if "://" not in target:
            yield target, heading


def headings(document: Path) -> set[str]:
    """Return the anchors that GitHub gives the headings."""
    lines = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-") for line in lines}


def commands(document: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of ours in code, as its program and the words after it."""
    text = document.read_text("utf-8").replace("\\\n", " ")
    for program, words in re.findall(r"python -m (operations|training)\b([^`\n|#<>]*)", text):
        yield program, shlex.split(words)
