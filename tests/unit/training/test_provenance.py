from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from training.provenance import SOURCES, attribute, library_versions, machine

SENTIMENT140, SMILEYS = (source.attribution for source in SOURCES)
CORPUS, ORIGINAL = Path("data/Sentiment140.csv.gz"), Path("training.1600000.processed.csv")
MORE, FEEDBACK = Path("elsewhere/smileys_2011.csv.gz"), Path("feedback.csv")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ([CORPUS], SENTIMENT140),
        ([ORIGINAL, CORPUS], SENTIMENT140),
        ([MORE, CORPUS], f"{SENTIMENT140} {SMILEYS}"),
        ([FEEDBACK], "Tweets of unstated origin in 1 other file(s)."),
        (
            [CORPUS, FEEDBACK, Path("2011.csv")],
            f"{SENTIMENT140} Tweets of unstated origin in 2 other file(s).",
        ),
    ],
)
def test_tweets_are_attributed_by_the_names_of_their_files(data: list[Path], told: str) -> None:
    assert attribute(data) == told


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ("model name\t: A chip\nflags\t\t: fpu avx512_vnni sse", "A chip with VNNI, "),
        ("model name\t: A chip\nflags\t\t: fpu avx_vnni", "A chip with VNNI, "),
        ("model name\t: A chip\nflags\t\t: fpu avx_vnni_int16", "A chip without VNNI, "),
        ("model name\t: A chip\n\nmodel name\t: A chip\n", "A chip, "),
        ("Features\t: fp asimd\n", "aarch64, "),
    ],
)
def test_a_machine_is_described_with_whether_it_has_int8_products(
    facts: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(facts)
    monkeypatch.setattr("training.provenance._CPUINFO", cpuinfo)
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert machine().startswith(told)
    assert " cores, Python 3." in machine()


def test_the_interpreter_that_the_gate_runs_with_is_recorded() -> None:
    assert library_versions()["ai-edge-litert"] == version("ai-edge-litert")
