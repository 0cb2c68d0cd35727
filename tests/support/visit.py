"""A visit to the page, as a user makes it; what the browser complains of fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Response,
    Route,
    expect,
)

KEY = "a key for tests"
PAGE = "/api/ui"
_PATIENCE_MILLISECONDS = 30_000

expect.set_options(timeout=_PATIENCE_MILLISECONDS)


class Visit:
    """One tab; ``complaints`` are errors and violations of the page's policy."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.loaded: list[Response] = []
        self._url = url
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("dialog", lambda dialog: self.complaints.append(f"dialog {dialog.message}"))
        self.page.on("response", lambda response: self.loaded.append(response))

    def open(self) -> None:
        self.page.goto(f"{self._url}{PAGE}")
        expect(self.page.locator("#model")).not_to_have_text("…")

    def ask(self, *tweets: str) -> list[Locator]:
        """Ask for tweets and return their cards."""
        self.send(*tweets)
        expect(self.page.locator("#message")).to_be_hidden()
        return self.cards()[: len(tweets)]

    def send(self, *tweets: str) -> None:
        self.page.locator("#tweets").fill("\n".join(tweets))
        self.page.locator("#submit").click()

    def cards(self) -> list[Locator]:
        self.page.wait_for_selector(".card")
        return self.page.locator(".card").all()

    def status(self, text: str) -> str:
        """Wait until the message holds a text, and return it."""
        found = self.page.locator("#status").filter(has_text=text)
        found.wait_for()
        return found.inner_text()

    def fake(self, path: str, *answers: dict[str, Any]) -> list[str]:
        """Answer the next requests to a path of the API; return the list of bodies they send."""
        left, sent = list(answers), []

        def handle(route: Route) -> None:
            sent.append(route.request.post_data or "")
            if left:
                route.fulfill(**left.pop(0))
            else:
                route.continue_()

        self.page.route(f"**/api/{path}", handle)
        return sent

    def _hear(self, message: Any) -> None:
        # A status of 400 and more is told as an error of the console, too.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@contextmanager
def visiting(
    browser: Browser, url: str, key: str | None = None, opened: bool = True, **options: Any
) -> Iterator[Visit]:
    """Open the page in a context of its own; fail if the browser had to complain."""
    headers = {"x-functions-key": key} if key else {}
    context = browser.new_context(**{"locale": "en-GB", **options}, extra_http_headers=headers)
    context.set_default_timeout(_PATIENCE_MILLISECONDS)
    try:
        visit = Visit(context, url)
        if opened:
            visit.open()
        yield visit
        assert visit.complaints == []
    finally:
        context.close()
