from __future__ import annotations

import io

import pytest

from operations.scoring.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "quiet", "shown"),
    [(Terminal(), False, True), (Terminal(), True, False), (io.StringIO(), False, False)],
)
def test_a_terminal_shows_share_and_tweets_unless_it_shall_not(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, quiet: bool, shown: bool
) -> None:
    monkeypatch.setattr("sys.stderr", stream)
    progress = Progress(quiet)
    progress.begin(1000, 0.25)
    progress.show(2000, 0.5)
    progress.end()
    said = stream.getvalue()
    assert ("25%" in said, "1,000 tweets" in said) == (shown, shown)
    assert bool(said) is shown
    assert progress.rate(2000) > 0
