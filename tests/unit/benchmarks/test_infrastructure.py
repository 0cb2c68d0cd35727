"""What is recorded of the types of resources; the checker itself is not part of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.infrastructure import FILES, digest, typecheck
from benchmarks.record import recorded

CHECKED = "{} file(s), {} problem(s), 184 resource types loaded"
NOTE = "infra/main.bicep:77: note: no type data for 'A/b@1'; not checked"
PROBLEM = "infra/modules/app.bicep:3: A/c: unknown property 'd'"


def checker(folder: Path, *lines: str) -> Path:
    script = folder / "check.py"
    script.write_text(f"print({chr(10).join(lines)!r})\n")
    return script


def test_problems_and_types_without_data_are_told(tmp_path: Path) -> None:
    script = checker(tmp_path, NOTE, PROBLEM, NOTE, CHECKED.format(len(FILES), 1))
    told = typecheck(script)
    assert told.pop("of") == digest()
    assert told == {
        "tool": "check.py",
        "files": len(FILES),
        "types_known": 184,
        "problems": [PROBLEM],
        "without_data": ["A/b@1"],
    }


@pytest.mark.parametrize(
    "lines", [(), (CHECKED.format(1, 0),), (CHECKED.format(len(FILES), 1),)], ids=str
)
def test_a_checker_that_does_not_vouch_for_all_files_is_refused(
    tmp_path: Path, lines: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit, match="did not check"):
        typecheck(checker(tmp_path, *lines))


def test_what_is_recorded_of_these_files_is_without_a_problem() -> None:
    types = recorded("infrastructure")["types"]
    if types is not None and types["of"] == digest():
        assert (types["files"], types["problems"]) == (len(FILES), [])
