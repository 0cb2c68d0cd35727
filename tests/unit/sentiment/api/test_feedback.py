from __future__ import annotations

import json

import azure.functions as func

from sentiment.api.feedback import FeedbackEndpoint
from sentiment.api.http import respond
from sentiment.api.receipts import ReceiptSigner
from sentiment.feedback import Feedback, Outcome, Recorded, StoreUnavailableError
from sentiment.telemetry.events import FeedbackEvent
from tests.support.event_list import EventList

SIGNER = ReceiptSigner((b"k" * 40,))


class LosesOneAnswer:
    """A store that keeps a feedback and then fails, once."""

    def __init__(self, given_at: float) -> None:
        self.given_at, self.kept = given_at, False

    def record(self, _feedback: Feedback) -> Recorded:
        if not self.kept:
            self.kept = True
            raise StoreUnavailableError("The connection was lost.")
        return Recorded(Outcome.UNCHANGED, text_stored=False, given_at=self.given_at)

    def retract(self, _feedback: Feedback) -> bool:
        return False


def send(endpoint: FeedbackEndpoint) -> func.HttpResponse:
    receipt = SIGNER.issue("a", positive=True, probability=0.9, model_version="v1")
    body = {"prediction_id": SIGNER.sign(receipt), "verdict": "incorrect"}
    headers = {"content-type": "application/json"}
    request = func.HttpRequest(
        "POST", "/api/feedback", headers=headers, body=json.dumps(body).encode()
    )
    return respond(request, {"POST": endpoint.post})


def test_what_was_stored_behind_a_lost_answer_has_its_event_when_it_is_sent_again() -> None:
    events = EventList()
    endpoint = FeedbackEndpoint(SIGNER, LosesOneAnswer(given_at=1e9), None, events)
    assert [send(endpoint).status_code for _ in range(2)] == [503, 200]
    (event,) = events.events
    assert isinstance(event, FeedbackEvent)
    assert (event.outcome, event.given_at) == ("unchanged", "2001-09-09T01:46:40+00:00")


def test_a_stored_time_that_is_none_costs_no_answer() -> None:
    events = EventList()
    endpoint = FeedbackEndpoint(SIGNER, LosesOneAnswer(given_at=1e300), None, events)
    assert [send(endpoint).status_code for _ in range(2)] == [503, 200]
    (event,) = events.events
    assert isinstance(event, FeedbackEvent)
    assert event.given_at is None
