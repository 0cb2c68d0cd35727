"""What a user does on the page, in a real browser on the real app."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from sentiment.api.schemas import MAX_CHARACTERS, MAX_EXPLAINED_TEXTS, MAX_TEXTS
from sentiment.api.ui import UI
from tests.support.host import Server, running
from tests.support.visit import KEY, Visit, visiting

GOOD, BAD = "what a lovely sunny morning", "my coffee was cold and horrible"
BUSY = {"status": 429, "headers": {"Retry-After": "1"}}
UNREADY = {"status": 503, "headers": {"Retry-After": "1"}, "json": {"detail": "No model yet."}}

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(2)</script>",
    '"><svg onload=alert(3)>',
    "</textarea></p><iframe src=javascript:alert(4)>",
    "&lt;b&gt;bold&lt;/b&gt; &amp;amp; <b>bold</b>",
    "{{constructor.constructor('alert(5)')()}} ${alert(6)}",
    "javascript:alert(7) \u202egnp.evil\u202c é\u0301 👨‍👩‍👧‍👦 love",
    "<style>*{display:none}</style><base href=//evil.example>",
]


def rows(server: Server) -> dict[str, tuple[str, str | None]]:
    """Return what the store holds: verdict and text by feedback id."""
    with closing(sqlite3.connect(home(server) / "feedback.sqlite3")) as connection:
        found = connection.execute("SELECT feedback_id, verdict, text FROM feedback")
        return {key: (verdict, text) for key, verdict, text in found}


def home(server: Server) -> Path:
    environ = Path(f"/proc/{server.process.pid}/environ").read_text().split("\0")
    return Path(next(e for e in environ if e.startswith("SENTIMENT_HOME=")).partition("=")[2])


def test_tweets_get_label_probability_words_and_version(visit: Visit, server: Server) -> None:
    good, bad = visit.ask(GOOD, BAD)
    expect(good.locator(".label")).to_contain_text("Positive")
    expect(bad.locator(".label")).to_contain_text("Negative")
    assert int(good.get_by_role("meter").get_attribute("aria-valuenow") or 0) > 80
    assert int(bad.get_by_role("meter").get_attribute("aria-valuenow") or 100) < 20
    widths = [card.locator(".fill").bounding_box()["width"] for card in (good, bad)]  # type: ignore[index]
    assert min(widths) > 50
    assert "horrible" in bad.locator("mark.down").all_text_contents()
    expect(bad.locator(".pushed")).to_contain_text("horrible")
    expect(good.locator("mark.up").first).to_be_visible()
    version = server.request("GET", "/api/model").json()["version"]
    expect(visit.page.locator("#model")).to_have_text(version)
    expect(visit.page.locator("#summary")).to_contain_text("2 tweets: 1 positive, 1 negative")


def test_an_answer_that_is_not_certain_says_so(visit: Visit) -> None:
    prediction = {
        "prediction_id": None,
        "label": "negative",
        "probability": 0.45,
        "confidence": 0.55,
        "certain": False,
        "truncated": True,
        "english": True,
    }
    answer = {"model": {"version": "v1", "family": "f"}, "predictions": [prediction]}
    visit.fake("predict", {"json": answer})
    (card,) = visit.ask("hm")
    expect(card.locator(".label")).to_have_text("Not sure leans negative 55%")
    expect(card.locator(".note")).to_have_text("This tweet is long: its end was not read.")
    expect(card).to_contain_text("This service takes no feedback.")


def test_a_text_in_another_language_has_a_hint(visit: Visit) -> None:
    french, english = visit.ask("je suis très contente de vous voir", GOOD)
    expect(french.locator(".note")).to_contain_text("does not look like English")
    expect(english.locator(".note")).to_have_count(0)


def test_words_are_marked_where_they_stand_after_emoji_and_combining_marks(
    visit: Visit, server: Server
) -> None:
    text = "👩‍🚀😍 cafe\u0301 &amp; 🏳️‍🌈 horrible 𝓵𝓸𝓿𝓮 :("
    (card,) = visit.ask(text)
    assert card.locator(".text").evaluate("e => e.textContent") == text
    asked = server.post("/api/predict", {"text": text, "explain": True}, {"x-functions-key": KEY})
    (prediction,) = asked.json()["predictions"]
    pushes = {
        text[word["start"] : word["end"]]: word["contribution"]
        for word in prediction["explanation"]
    }
    least = 0.3 * max(0.5, *map(abs, pushes.values()))
    strong = [word for word, push in pushes.items() if abs(push) >= least]
    assert card.locator("mark").all_text_contents() == strong
    ups = card.locator("mark.up").all_text_contents()
    assert ups == [word for word in strong if pushes[word] > 0]


@pytest.mark.parametrize("consent", [False, True])
def test_a_verdict_is_recorded_with_or_without_the_text_and_undone(
    visit: Visit, server: Server, consent: bool
) -> None:
    before = rows(server) if (home(server) / "feedback.sqlite3").exists() else {}
    (card,) = visit.ask("@someone this is a sad day")
    if consent:
        card.get_by_role("checkbox").check()
    card.get_by_role("button", name="Wrong").click()
    kept = "The text is kept, masked." if consent else "The text is not kept."
    expect(card.locator(".given")).to_contain_text(f"Recorded as wrong. {kept}")
    expect(visit.page.locator("#said")).to_have_text(f"Recorded as wrong. {kept}")
    (fresh,) = rows(server).keys() - before.keys()
    assert rows(server)[fresh] == ("incorrect", "@user this is a sad day" if consent else None)
    undo = card.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    undo.click()
    expect(card).to_contain_text("Taken back: nothing is recorded.")
    assert rows(server) == before
    card.get_by_role("button", name="Right").click()
    expect(card.locator(".given")).to_contain_text("Recorded as right.")
    assert rows(server)[fresh][0] == "correct"


def test_the_page_is_in_the_language_of_the_browser_and_of_the_switch(
    browser: Browser, server: Server
) -> None:
    with visiting(browser, server.url, key=KEY, locale="fr-CA") as visit:
        (card,) = visit.ask(BAD)
        expect(card.locator(".label")).to_contain_text("Négatif")
        expect(visit.page).to_have_title("Sentiment des tweets")
        assert visit.page.locator("html").get_attribute("lang") == "fr"
        visit.page.get_by_role("button", name="English").click()
        expect(card.locator(".label")).to_contain_text("Negative")
        expect(visit.page).to_have_title("Tweet sentiment")
        expect(visit.page.locator("#recent-title")).to_have_text("Answers of this visit")
        visit.page.reload()
        expect(visit.page.locator("#submit")).to_have_text("Tell the sentiment")
    with visiting(browser, server.url, locale="de-DE") as visit:
        assert visit.page.locator("html").get_attribute("lang") == "en"


def test_what_is_english_on_a_french_page_is_said_to_be(browser: Browser, server: Server) -> None:
    with visiting(browser, server.url, key=KEY, locale="fr") as visit:
        english, french = visit.ask(BAD, "je suis très contente de vous voir")
        assert languages(english.locator(".text, .pushed bdi")) == {"en"}
        assert languages(french.locator(".text, .pushed bdi")) == {"fr"}
        visit.fake("predict", {"status": 422, "json": {"detail": "No model yet."}})
        visit.send(GOOD)
        assert visit.status("No model") == "Le service a refusé. No model yet."
        assert languages(visit.page.locator("#status")) == {"fr"}
        detail = visit.page.locator("#status span")
        expect(detail).to_have_text("No model yet.")
        assert languages(detail) == {"en"}


def languages(elements: Locator) -> set[str]:
    """Return the languages in which a screen reader reads the elements, as they are marked."""
    found = elements.evaluate_all("all => all.map((e) => e.closest('[lang]').lang)")
    assert found
    return set(found)


def test_both_languages_have_the_same_phrases_with_the_same_values(visit: Visit) -> None:
    phrases = visit.page.evaluate("import('/api/ui/translations.js').then((m) => m.PHRASES)")
    english, french = (flat(phrases[code]) for code in ("en", "fr"))
    assert english.keys() == french.keys()
    for name, phrase in english.items():
        assert phrase.strip()
        assert places(phrase) == places(french[name]), name
    used = visit.page.eval_on_selector_all(
        "[data-phrase]", "all => all.map((e) => [e.dataset.phrase, e.textContent])"
    )
    limits = {"most": MAX_TEXTS, "explained": MAX_EXPLAINED_TEXTS, "longest": MAX_CHARACTERS}
    assert visit.page.evaluate("import('/api/ui/translations.js').then((m) => m.LIMITS)") == limits
    for name, shown in used:
        assert english[name].format(**limits) == shown


def flat(phrases: dict[str, str | dict[str, str]]) -> dict[str, str]:
    whole = {name: {"": each} if isinstance(each, str) else each for name, each in phrases.items()}
    return {f"{name}{form}": text for name, forms in whole.items() for form, text in forms.items()}


def places(phrase: str) -> list[str]:
    return sorted(re.findall(r"\{\w+\}", phrase))


def test_a_key_is_asked_for_and_kept_for_the_visit_only(browser: Browser, server: Server) -> None:
    with visiting(browser, server.url) as visit:
        visit.send(GOOD)
        dialog = visit.page.get_by_role("dialog", name="This service needs a key")
        field = dialog.get_by_label("Key", exact=True)
        expect(field).to_be_focused()
        field.fill("wrong")
        field.press("Enter")
        expect(dialog.get_by_role("alert")).to_have_text("The service did not accept that key.")
        expect(field).to_have_value("")
        field.fill(KEY)
        dialog.get_by_role("button", name="Use this key").click()
        (card,) = visit.cards()
        expect(card.locator(".label")).to_contain_text("Positive")
        visit.page.reload()
        visit.ask(BAD)
        assert visit.page.evaluate("localStorage.length + document.cookie.length") == 0
        assert KEY not in visit.page.url
        visit.page.get_by_role("button", name="Forget the key").click()
        visit.send(BAD)
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name="Cancel").click()
        assert visit.status("Without a key the service does not answer.")
        other_tab = visit.context.new_page()
        other_tab.goto(visit.page.url)
        assert other_tab.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (BUSY, "The service has too much to do right now. Trying again in 1 second."),
        (UNREADY, "The service is not ready. Trying again in 1 second."),
    ],
)
def test_a_throttled_request_is_sent_again_after_a_pause(
    visit: Visit, answer: dict[str, object], said: str
) -> None:
    sent = visit.fake("predict", answer)
    visit.send(GOOD)
    assert visit.status("Trying again") == said
    expect(visit.cards()[0].locator(".label")).to_contain_text("Positive")
    assert len(sent) == 2
    assert sent[0] == sent[1]


def test_who_is_throttled_too_often_may_try_again(visit: Visit) -> None:
    now = {**BUSY, "headers": {"Retry-After": "0"}}
    sent = visit.fake("predict", *[now] * 4)
    visit.send(GOOD)
    again = visit.page.get_by_role("button", name="Try again")
    again.wait_for()
    assert len(sent) == 4
    again.click()
    visit.cards()


def test_a_pause_can_be_stopped_and_a_very_long_one_is_not_waited_for(visit: Visit) -> None:
    visit.fake("predict", *[{"status": 503, "headers": {"Retry-After": "50"}}])
    visit.send(GOOD)
    visit.status("Trying again in 50 seconds.")
    visit.page.get_by_role("button", name="Stop").click()
    visit.status("Stopped.")
    visit.fake("predict", {"status": 429, "headers": {"Retry-After": "3600"}})
    visit.send(GOOD)
    assert visit.status("too much") == "The service has too much to do right now."


def test_a_screen_reader_knows_the_places_of_messages_before_there_are_any(visit: Visit) -> None:
    for name in ("status", "said"):
        place = visit.page.locator(f"#{name}[role=status]")
        expect(place).to_be_empty()
        assert place.evaluate("e => e.checkVisibility({ visibilityProperty: true })")
    message = visit.page.locator("#message")
    assert message.evaluate("e => e.offsetHeight") == 0
    visit.send("")
    visit.status("Type or paste a tweet first.")
    expect(message).to_be_visible()
    visit.ask(GOOD)
    assert message.evaluate("e => e.offsetHeight") == 0


def test_feedback_is_sent_again_after_a_pause_and_failures_are_told(visit: Visit) -> None:
    (card,) = visit.ask(GOOD)
    visit.fake("feedback", BUSY, {"status": 500})
    card.get_by_role("button", name="Right").click()
    visit.status("The service failed on this request.")
    expect(card.get_by_role("button", name="Right")).to_be_visible()
    visit.page.get_by_role("button", name="Try again").click()
    expect(card.locator(".given")).to_contain_text("Recorded as right.")


def test_offline_is_told_and_the_same_works_online_again(visit: Visit) -> None:
    visit.context.set_offline(True)
    visit.status("You are offline.")
    visit.send(GOOD)
    visit.page.get_by_role("button", name="Try again").wait_for()
    assert visit.status("You are offline.") == "You are offline. Nothing was sent."
    visit.context.set_offline(False)
    visit.status("You are online again.")
    visit.ask(GOOD)


def test_a_service_that_cannot_be_reached_is_told(visit: Visit) -> None:
    visit.page.route("**/api/predict", lambda route: route.abort())
    visit.send(GOOD)
    visit.status("The service cannot be reached.")


def test_without_a_model_the_page_says_so_and_notices_when_it_is_ready(
    browser: Browser, tmp_path: Path
) -> None:
    settings = {"SENTIMENT_BUNDLE": str(tmp_path / "none")}
    with (
        running(tmp_path, settings=settings) as server,
        visiting(browser, server.url, opened=False) as visit,
    ):
        visit.page.clock.install()
        visit.page.goto(f"{server.url}/api/ui")
        assert "There is no model" in visit.status("The service is not ready.")
        visit.page.route("**/api/health/ready", lambda route: route.fulfill(json=ready("v9")))
        visit.page.clock.run_for(6000)
        visit.status("The service is ready.")
        expect(visit.page.locator("#model")).to_have_text("v9")


@pytest.fixture
def waiting(browser: Browser, server: Server) -> Iterator[Visit]:
    """The page while the service is not ready, with a clock that the test moves."""
    with visiting(browser, server.url, key=KEY, opened=False) as visit:
        visit.page.clock.install()
        visit.page.route("**/api/health/ready", lambda route: route.fulfill(**UNREADY))
        visit.page.goto(f"{server.url}/api/ui")
        visit.status("The service is not ready. No model yet.")
        yield visit


def look_again(visit: Visit, **answer: Any) -> None:
    """Let the page look whether the service is ready, and get an answer."""
    visit.page.unroute("**/api/health/ready")
    visit.page.route("**/api/health/ready", lambda route: route.fulfill(**answer))
    with visit.page.expect_response("**/api/health/ready"):
        visit.page.clock.run_for(6000)
    visit.page.evaluate("new Promise((done) => queueMicrotask(done))")


def test_that_the_service_is_not_ready_is_said_once(waiting: Visit) -> None:
    waiting.page.evaluate(
        "window.heard = 0; new MutationObserver(() => heard++)"
        ".observe(document.getElementById('status'), { childList: true })"
    )
    for _ in range(3):
        look_again(waiting, **UNREADY)
    assert waiting.page.evaluate("heard") == 0
    look_again(waiting, json=ready("v9"))
    waiting.status("The service is ready.")


def test_what_is_wrong_with_the_input_stays_while_the_service_is_not_ready(waiting: Visit) -> None:
    waiting.send("")
    look_again(waiting, **UNREADY)
    waiting.status("Type or paste a tweet first.")
    look_again(waiting, json=ready("v9"))
    expect(waiting.page.locator("#model")).to_have_text("v9")
    waiting.status("Type or paste a tweet first.")


def test_a_failed_request_can_be_tried_again_while_the_service_is_not_ready(waiting: Visit) -> None:
    waiting.fake("predict", {"status": 500})
    waiting.send(GOOD)
    waiting.status("The service failed on this request.")
    for answer in (UNREADY, {"json": ready("v9")}):
        look_again(waiting, **answer)
        waiting.status("The service failed on this request.")
    waiting.page.get_by_role("button", name="Try again").click()
    waiting.cards()
    expect(waiting.page.locator("#status")).to_be_empty()


def ready(version: str) -> dict[str, object]:
    return {"status": "ready", "model": {"version": version, "family": "f"}}


def test_what_cannot_be_asked_is_told_before_it_is_sent(visit: Visit) -> None:
    sent = visit.fake("predict")
    visit.send("", "  ")
    visit.status("Type or paste a tweet first.")
    expect(visit.page.locator("#tweets")).to_be_focused()
    visit.send(*["tweet"] * (MAX_TEXTS + 1))
    visit.status("129 tweets are too many: at most 128 at a time.")
    visit.send("good", "😍" * (MAX_CHARACTERS + 1))
    visit.status("Tweet 2 is too long: at most 4,000 characters.")
    expect(visit.page.locator("#tweets")).to_have_attribute("aria-invalid", "true")
    assert sent == []
    visit.send("good", "\u0001")
    visit.status("The service refused tweet 2. The text is blank")


def test_many_tweets_are_answered_at_once_in_order_without_words(visit: Visit) -> None:
    tweets = [f"{GOOD if n % 2 else BAD} number {n}" for n in range(MAX_TEXTS)]
    visit.page.locator("#tweets").fill("\r\n".join(tweets) + "\n\n")
    expect(visit.page.locator("#count")).to_have_text("128 tweets")
    cards = visit.ask(*tweets)
    assert [card.locator(".text").text_content() for card in (cards[0], cards[-1])] == [
        tweets[0],
        tweets[-1],
    ]
    assert visit.page.locator(".card").count() == MAX_TEXTS
    assert visit.page.locator("mark").count() == 0


def test_recent_answers_are_kept_newest_first_until_they_are_cleared(visit: Visit) -> None:
    visit.ask(GOOD)
    visit.ask(BAD)
    assert visit.page.locator(".card .text").all_text_contents() == [BAD, GOOD]
    visit.page.get_by_role("button", name="Clear").click()
    expect(visit.page.locator("#recent")).to_be_hidden()
    expect(visit.page.locator("#tweets")).to_be_focused()


def test_recent_answers_are_downloaded_as_csv_that_computes_nothing(visit: Visit) -> None:
    tweets = ["=1+1", "@SUM(A1) is bad", '-2 "quoted", good', "＝cmd", "it's fine", HOSTILE[0]]
    cards = visit.ask(*tweets)
    cards[1].get_by_role("button", name="Wrong").click()
    expect(cards[1].locator(".given")).to_be_visible()
    with visit.page.expect_download() as waiting:
        visit.page.get_by_role("button", name="Download as CSV").click()
    assert waiting.value.suggested_filename == "tweets.csv"
    content = Path(waiting.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    found = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert [row["text"] for row in found] == [*(f"'{text}" for text in tweets[:4]), *tweets[4:]]
    assert [row["verdict"] for row in found] == ["", "incorrect", "", "", "", ""]
    assert {row["label"] for row in found} <= {"positive", "negative"}
    assert all(0 <= float(row["probability_positive"]) <= 1 for row in found)
    assert all(row["model_version"] and row["time"].endswith("Z") for row in found)


def test_everything_can_be_done_with_the_keyboard(visit: Visit) -> None:
    page = visit.page
    page.locator("#tweets").focus()
    page.keyboard.type(f"{GOOD}\n{BAD}")
    page.keyboard.press("Control+Enter")
    visit.cards()
    walk(visit, "correct")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox").first).to_be_checked()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".given").first).to_contain_text("Recorded as wrong. The text is kept")
    page.keyboard.press("Enter")
    expect(page.locator(".card").first).to_contain_text("Taken back")
    expect(page.get_by_role("button", name="Right").first).to_be_focused()


def walk(visit: Visit, name: str) -> None:
    """Press Tab until an element of a class has the focus, which must always be seen."""
    for _ in range(20):
        visit.page.keyboard.press("Tab")
        focused = visit.page.evaluate(
            "((e) => [e.className, getComputedStyle(e).outlineStyle])(document.activeElement)"
        )
        assert focused[1] == "solid"
        if focused[0] == name:
            return
    raise AssertionError(f"Tab does not lead to {name}.")


def test_a_hostile_tweet_is_text_and_nothing_else(visit: Visit) -> None:
    allowed = visit.page.evaluate("[...new Set([...document.all].map((e) => e.localName))]")
    cards = visit.ask(*HOSTILE)
    for text, card in zip(HOSTILE, cards, strict=True):
        assert card.locator(".text").evaluate("e => e.textContent") == text
        names = card.evaluate("c => [...c.querySelectorAll('*')].map((e) => e.localName)")
        assert set(names) <= {"p", "mark", "div", "strong", "span", "ul", "li", "bdi", "button",
                              "label", "input"}  # fmt: skip
    assert allowed.count("script") == 1
    assert visit.page.locator("script, iframe, base, style").count() == 1
    expect(visit.page.locator("#submit")).to_be_visible()


def test_what_the_service_says_is_text_too(visit: Visit) -> None:
    evil = "<img src=x onerror=alert(1)>"
    visit.fake("predict", {"status": 422, "json": {"detail": evil, "field": evil}})
    visit.send(GOOD)
    assert evil in visit.status("refused")
    assert visit.page.locator("#message img").count() == 0


def test_the_page_works_on_a_phone_without_scrolling_sideways(
    browser: Browser, server: Server
) -> None:
    phone = {"viewport": {"width": 320, "height": 640}, "has_touch": True, "is_mobile": True}
    with visiting(browser, server.url, key=KEY, locale="fr", **phone) as visit:
        visit.ask("a" * 300, *HOSTILE[:3])
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= 320
        for button in visit.page.get_by_role("button").all():
            box = button.bounding_box()
            assert box is None or box["height"] >= 24


def test_a_page_loads_little_and_only_from_its_own_origin(visit: Visit, server: Server) -> None:
    visit.page.wait_for_load_state("networkidle")
    assert all(response.url.startswith(server.url) for response in visit.loaded)
    assert all(response.status == 200 for response in visit.loaded)
    names = {response.url.removeprefix(f"{server.url}/api/") for response in visit.loaded}
    assert names == {"ui", "health/ready", *(f"ui/{name}" for name in UI.files)}
    plain = sum(len(response.body()) for response in visit.loaded)
    sent = sum(sum(response.request.sizes().values()) for response in visit.loaded)
    assert plain <= 60_000
    assert sent <= 60_000
