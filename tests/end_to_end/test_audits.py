"""What axe-core and Lighthouse find on the page, and the pictures of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from benchmarks import page as benchmark
from benchmarks import screenshots
from tests.support.chromium import find_module
from tests.support.host import Server
from tests.support.visit import KEY, Visit, visiting

WIDE = {"width": 900, "height": 2400}  # everything is on the screen, since axe sees nothing else


def violations(visit: Visit) -> list[str]:
    """Return what axe-core complains of, best practices included."""
    if not visit.page.evaluate("'axe' in window"):
        visit.page.evaluate(find_module("axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = visit.page.evaluate("axe.run()")
    assert len(found["passes"]) > 20
    return [
        f"{each['id']}: {node['html']}" for each in found["violations"] for node in each["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en", "fr"])
def test_axe_finds_no_violation(browser: Browser, server: Server, scheme: str, locale: str) -> None:
    options = {"locale": locale, "color_scheme": scheme, "viewport": WIDE}
    with visiting(browser, server.url, key=KEY, **options) as visit:
        assert violations(visit) == []
        given, _ = visit.ask("so happy to be here :)", "je suis très triste de vous voir partir")
        given.locator("button.incorrect").click()
        given.locator(".undo").wait_for()
        visit.fake("predict", {"status": 401}, {"status": 500})
        visit.send("one more")
        visit.page.locator("#key-value").wait_for()
        assert violations(visit) == []
        visit.page.locator("#key-value").fill("any")
        visit.page.keyboard.press("Enter")
        visit.page.locator("#again").wait_for()
        assert violations(visit) == []


def test_lighthouse_gives_the_scores_that_were_promised(server: Server) -> None:
    # Performance depends on the machine: benchmarks.page measures it.
    find_module("lighthouse/cli/index.js")
    found = benchmark.scores(benchmark.visit(server.url, ("accessibility", "best-practices")))
    assert min(found.values()) >= benchmark.LEAST_SCORE, found
    assert set(found) == {"accessibility", "best-practices"}


def test_the_pictures_for_the_readme_can_be_made(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    screenshots.take(browser, server.url, tmp_path, key=KEY)
    for scheme, is_dark in (("light", False), ("dark", True)):
        file = tmp_path / f"page_{scheme}.png"
        assert file.stat().st_size < 200_000
        with Image.open(file) as image:
            assert image.width == 1200
            assert (image.convert("L").getpixel((2, 2)) < 128) is is_dark
