"""What a kill at any moment leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sentiment.feedback import Selection, StoredFeedback
from sentiment.feedback.sqlite_store import SqliteStore
from sentiment.model.bundle import read_bundle, write_bundle
from tests.support.drafts import CONTENTS, draft
from tests.support.feedback_stores import FEEDBACK, NOON

pytestmark = pytest.mark.proof

_KILLED = """
import os, sys
from pathlib import Path
from sentiment import files
from sentiment.model.bundle import write_bundle
from tests.support.drafts import CONTENTS, draft

folder, system, moment = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
renaming, removing = Path.rename, files.shutil.rmtree
steps = 0

def step():
    global steps
    steps += 1
    if steps > moment:
        os.kill(os.getpid(), 9)

def rename(*arguments):
    step()
    return renaming(*arguments)

def remove(*arguments, **options):
    step()
    return removing(*arguments, **options)

Path.rename, files.shutil.rmtree = rename, remove
if system == "without":
    files.exchange = lambda *_: False
write_bundle(folder, draft(version="newer"), CONTENTS)
"""


@pytest.mark.parametrize(
    ("system", "moment", "version"),
    [
        ("with", 0, "newer"),
        ("without", 0, draft().version),
        ("without", 1, draft().version),
        ("without", 2, "newer"),
    ],
)
def test_a_kill_at_any_step_leaves_a_bundle_that_loads(
    system: str, moment: int, version: str, tmp_path: Path
) -> None:
    if system == "with" and not sys.platform.startswith("linux"):
        pytest.skip("Only Linux exchanges files.")
    folder = tmp_path / "bundle"
    write_bundle(folder, draft(), CONTENTS)
    command = [sys.executable, "-c", _KILLED, str(folder), system, str(moment)]
    assert subprocess.run(command, check=False).returncode == -9
    assert read_bundle(folder).manifest.version == version
    left = [path for path in tmp_path.iterdir() if path != folder]
    assert left
    for path in left:
        os.utime(path, (0, 0))  # abandoned long ago
    write_bundle(folder, draft(version="latest"), CONTENTS)
    assert read_bundle(folder).manifest.version == "latest"
    assert list(tmp_path.iterdir()) == [folder]


def test_what_was_acknowledged_survives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "feedback.sqlite3"
    code = (
        "import os, sys; from pathlib import Path; from sentiment.feedback import Feedback;"
        "from sentiment.feedback.sqlite_store import SqliteStore;"
        "SqliteStore(Path(sys.argv[1])).record("
        f"Feedback('id', {NOON}, {NOON + 1.5}, 'v1', 'positive', 0.75, 'correct', 'hash'));"
        "os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert killed.returncode == -9
    rows = list(SqliteStore(path).rows(Selection(), pytest.fail))
    assert rows == [StoredFeedback(FEEDBACK)]
