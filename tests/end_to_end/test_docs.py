"""The documentation page in a real browser, under its Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from sentiment.api.docs import DOCS
from sentiment.api.openapi.operations import OPERATIONS

POLICY = {
    "default-src": {"'none'"},
    "script-src": {"'self'"},
    "style-src": {"'self'"},
    "img-src": {"'self'", "data:"},
    "connect-src": {"'self'"},
    "base-uri": {"'none'"},
    "form-action": {"'none'"},
    "frame-ancestors": {"'none'"},
}


@dataclass
class Visit:
    """The opened page, and what happened on it."""

    page: Page
    policy: str = ""
    complaints: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    page = browser.new_page(locale="en-GB")
    visit = Visit(page)
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', event =>"
        " console.error(`refused ${event.violatedDirective} ${event.blockedURI}`))"
    )
    page.on("console", lambda message: _note(visit, message.type, message.text))
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    page.on("request", lambda request: visit.addresses.append(request.url))
    answer = page.goto(f"{site}/api/docs")
    assert answer is not None
    visit.policy = answer.headers["content-security-policy"]
    expect(page.locator(".opblock")).to_have_count(len(OPERATIONS), timeout=60_000)
    yield visit
    page.close()


def _note(visit: Visit, kind: str, text: str) -> None:
    if kind in {"error", "warning"}:
        visit.complaints.append(text)


def test_every_operation_is_shown(visit: Visit) -> None:
    shown = {
        (block.locator(".opblock-summary-method").inner_text(), _path(block))
        for block in visit.page.locator(".opblock").all()
    }
    assert shown == {(each.method, each.path) for each in OPERATIONS}


def _path(block) -> str:
    return block.locator(".opblock-summary-path").get_attribute("data-path")


def test_the_policy_has_the_listed_exceptions_and_no_other(visit: Visit) -> None:
    directives = (each.split() for each in visit.policy.split(";"))
    assert {name: set(sources) for name, *sources in directives} == POLICY


def test_a_request_can_be_tried_and_is_answered(visit: Visit) -> None:
    block = visit.page.locator(".opblock", has_text="/health/live")
    block.locator(".opblock-summary-control").click()
    block.get_by_role("button", name="Try it out").click()
    block.get_by_role("button", name="Execute").click()
    expect(block.locator(".live-responses-table .response-col_status").last).to_contain_text("200")
    assert '"live"' in block.locator(".live-responses-table").inner_text()


def test_keys_can_be_given_in_both_places(visit: Visit) -> None:
    visit.page.locator(".auth-wrapper .authorize").first.click()
    shown = visit.page.locator(".modal-ux").inner_text()
    assert "x-functions-key" in shown
    assert "code" in shown
    visit.page.locator(".modal-ux .close-modal").click()


def test_request_examples_are_shown(visit: Visit) -> None:
    block = visit.page.locator(".opblock", has_text="/predict")
    block.locator(".opblock-summary-control").click()
    expect(block.locator(".examples-select-element").first).to_be_visible()
    assert "I love this phone" in block.inner_text()


def test_nothing_is_refused_or_fails_and_all_comes_from_our_own_origin(
    visit: Visit, site: str
) -> None:
    assert visit.complaints == []
    own = urlsplit(site).netloc
    elsewhere = [each for each in visit.addresses if urlsplit(each).scheme != "data"]
    assert {urlsplit(each).netloc for each in elsewhere} == {own}
    assert {f"/api/docs/{name}" for name in DOCS.files} <= {
        urlsplit(each).path for each in elsewhere
    }
