"""Pictures of the web page for the README, light and dark: ``python -m benchmarks.screenshots``."""

from __future__ import annotations

import io
from pathlib import Path

import cyclopts
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from benchmarks.site import FLAGS, PAGE, ROOT, find_chromium, serving

FIGURES = ROOT / "docs" / "figures"
SCHEMES = ("light", "dark")
TWEETS = (
    "the new bike lane is fantastic, riding to work was a joy today 😍",
    "back from the dentist, no holes but it hurts",
    "the film was fine, a bit long though",
)
_WIDTH, _HEIGHT, _SCALE = 800, 1000, 1.5
_COLORS = 128


def main(*, output: Path = FIGURES) -> None:
    """Write ``page_light.png`` and ``page_dark.png``.

    Args:
        output: Folder for both.
    """
    with serving() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=[*FLAGS])
        take(browser, url, output)


def take(browser: Browser, url: str, folder: Path, key: str | None = None) -> None:
    """Write a PNG of the whole page for each scheme, with three answers, one of them judged."""
    for scheme in SCHEMES:
        path = folder / f"page_{scheme}.png"
        path.write_bytes(_small(_picture(browser, url, scheme, key)))
        print(path)


def _picture(browser: Browser, url: str, scheme: str, key: str | None) -> bytes:
    page = browser.new_page(
        locale="en-GB",
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": _WIDTH, "height": _HEIGHT},
        device_scale_factor=_SCALE,
        extra_http_headers={"x-functions-key": key} if key else {},
    )
    page.goto(f"{url}{PAGE}")
    page.locator("#tweets").fill("\n".join(TWEETS))
    page.locator("#submit").click()
    page.locator(".card").first.get_by_role("button", name="Right").click()
    page.locator(".given").first.wait_for()
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    png = page.screenshot(full_page=True)
    page.close()
    return png


def _small(png: bytes) -> bytes:
    """Return a picture with a palette, a third of the size."""
    file = io.BytesIO()
    image = Image.open(io.BytesIO(png)).convert("RGB")
    image.quantize(_COLORS, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()


if __name__ == "__main__":
    cyclopts.run(main)
