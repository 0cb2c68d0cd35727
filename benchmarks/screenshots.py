"""Pictures of the web page for the README: light and dark, with invented tweets."""

from __future__ import annotations

import argparse
import io
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser

from tests.support.chromium import chromium
from tests.support.pythons import ROOT
from tests.support.running import running
from tests.support.visit import visiting

FIGURES = ROOT / "docs" / "figures"
SCHEMES = ("light", "dark")
TWEETS = (
    "the new bike lane is fantastic, riding to work was a joy today 😍",
    "back from the dentist, no holes but it hurts",
    "the film was fine, a bit long though",
)
_WIDTH, _HEIGHT, _SCALE = 800, 1000, 1.5
_COLORS = 128


def main() -> None:
    """Write ``page_light.png`` and ``page_dark.png``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", metavar="FOLDER", type=Path, default=FIGURES)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as home,
        running(Path(home)) as server,
        chromium() as browser,
    ):
        take(browser, server.url, options.output)


def take(browser: Browser, url: str, folder: Path, key: str | None = None) -> None:
    """Write a PNG of the whole page for each scheme, with three answers, one of them judged."""
    for scheme in SCHEMES:
        path = folder / f"page_{scheme}.png"
        path.write_bytes(_small(_picture(browser, url, scheme, key)))
        print(path)


def _picture(browser: Browser, url: str, scheme: str, key: str | None) -> bytes:
    size = {"width": _WIDTH, "height": _HEIGHT}
    options: dict[str, Any] = {
        "color_scheme": scheme,
        "viewport": size,
        "device_scale_factor": _SCALE,
    }
    with visiting(browser, url, key=key, **options) as visit:
        first, *_ = visit.ask(*TWEETS)
        first.get_by_role("button", name="Right").click()
        first.locator(".given").wait_for()
        visit.page.mouse.move(0, 0)
        visit.page.evaluate("document.activeElement.blur()")
        return visit.page.screenshot(full_page=True)


def _small(png: bytes) -> bytes:
    """Return a picture with a palette, a third of the size."""
    file = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(_COLORS, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    main()
