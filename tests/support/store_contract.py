"""What every feedback store promises; tests of a store import these, and bring a ``backend``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from sentiment.feedback import Outcome, Recorded, Review, Selection, StoredFeedback
from tests.support.feedback_stores import DAY, FEEDBACK, NOON, Backend

WITH_TEXT = replace(FEEDBACK, text="masked", source="somewhere")
HOSTILE_IDS = ["' or 1 eq 1 or RowKey eq '", "'; DROP TABLE feedback; --", "'", "@id", "%", ""]


def at_once(work: Callable[[int], None], threads: int) -> None:
    """Run work in many threads that begin together."""
    barrier = threading.Barrier(threads)

    def begin(number: int) -> None:
        barrier.wait()
        work(number)

    running = [threading.Thread(target=begin, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


def test_one_prediction_is_one_row_for_ever(backend: Backend) -> None:
    store = backend.open()
    changed = replace(FEEDBACK, verdict="incorrect", received_at=NOON + 2 * DAY)
    assert store.record(FEEDBACK).outcome is Outcome.CREATED
    again = store.record(replace(FEEDBACK, received_at=NOON + 9))
    assert (again.outcome, again.given_at) == (Outcome.UNCHANGED, FEEDBACK.received_at)
    replaced = backend.open().record(changed)
    assert (replaced.outcome, replaced.given_at) == (Outcome.REPLACED, changed.received_at)
    assert backend.rows() == [StoredFeedback(changed)]


def test_what_is_read_is_what_was_recorded(backend: Backend) -> None:
    whole = replace(
        FEEDBACK,
        text="naïve 😍 'quoted' \"text\"",
        source="s",
        model_version="v1-é",
        predicted_at=0,
    )
    backend.open().record(whole)
    assert backend.rows() == [StoredFeedback(whole, Review.PENDING)]


def test_a_prediction_after_2038_is_kept(backend: Backend) -> None:
    late = replace(FEEDBACK, predicted_at=(1 << 32) - 1)
    backend.open().record(late)
    assert [row.feedback for row in backend.rows()] == [late]


def test_a_text_that_comes_later_is_added_and_not_lost_again(backend: Backend) -> None:
    store = backend.open()
    store.record(FEEDBACK)
    reported = Recorded(Outcome.UNCHANGED, text_stored=True, given_at=FEEDBACK.received_at)
    later = replace(FEEDBACK, text="masked", received_at=FEEDBACK.received_at + 9)
    assert store.record(later) == reported
    assert store.record(FEEDBACK).text_stored
    assert [row.feedback.text for row in backend.rows()] == ["masked"]


def test_a_retracted_feedback_is_gone_and_may_be_given_again(backend: Backend) -> None:
    store = backend.open()
    store.record(WITH_TEXT)
    store.record(replace(FEEDBACK, feedback_id="other"))
    retraction = replace(FEEDBACK, verdict="retracted")
    assert store.retract(retraction)
    assert [row.feedback.feedback_id for row in backend.rows()] == ["other"]
    assert not backend.open().retract(retraction)
    assert store.record(FEEDBACK) == Recorded(
        Outcome.CREATED, text_stored=False, given_at=FEEDBACK.received_at
    )


def test_consent_can_be_withdrawn_and_the_text_is_gone_with_its_source(backend: Backend) -> None:
    store = backend.open()
    store.record(WITH_TEXT)
    withdrawn = store.record(replace(FEEDBACK, withdraw=True, source="somewhere"))
    assert withdrawn == Recorded(
        Outcome.UNCHANGED, text_stored=False, given_at=FEEDBACK.received_at
    )
    assert backend.rows() == [StoredFeedback(FEEDBACK)]


def test_a_source_is_kept_until_review(backend: Backend) -> None:
    store = backend.open()
    store.record(WITH_TEXT)
    (row,) = backend.rows()
    assert store.review(row, Review.ACCEPTED)
    store.record(WITH_TEXT)
    accepted = StoredFeedback(replace(WITH_TEXT, source=None), Review.ACCEPTED)
    assert backend.rows() == [accepted]
    assert store.find("id") == accepted


@pytest.mark.parametrize(
    "change", [{"verdict": "incorrect"}, {"text": "changed"}, {"text": None, "withdraw": True}]
)
def test_what_changes_after_its_review_is_pending_again(
    backend: Backend, change: dict[str, object]
) -> None:
    store = backend.open()
    store.record(WITH_TEXT)
    store.review(backend.rows()[0], Review.REJECTED)
    store.record(replace(WITH_TEXT, **change))
    assert [row.review for row in backend.rows()] == [Review.PENDING]


@pytest.mark.parametrize("change", [{"verdict": "incorrect"}, {"text": "changed"}])
def test_a_review_counts_for_what_was_seen(backend: Backend, change: dict[str, object]) -> None:
    store = backend.open()
    store.record(WITH_TEXT)
    (seen,) = backend.rows()
    store.record(replace(WITH_TEXT, **change))
    assert not store.review(seen, Review.ACCEPTED)
    assert [row.review for row in backend.rows()] == [Review.PENDING]
    store.delete("id")
    assert not store.review(seen, Review.ACCEPTED)


def test_rows_are_selected_by_time_and_review(backend: Backend) -> None:
    store = backend.open()
    for number in range(4):
        at = NOON + number * DAY
        store.record(replace(WITH_TEXT, feedback_id=str(number), predicted_at=at))
    store.review(backend.rows()[2], Review.ACCEPTED)

    def selected(**by: object) -> list[str]:
        return [row.feedback.feedback_id for row in backend.rows(Selection(**by))]  # type: ignore[arg-type]

    assert selected() == ["0", "1", "2", "3"]
    assert selected(since=NOON + DAY) == ["1", "2", "3"]
    assert selected(until=NOON + DAY) == ["0"]
    assert selected(since=NOON + 1, until=NOON + 2 * DAY + 1) == ["1", "2"]
    assert selected(review=Review.ACCEPTED) == ["2"]
    assert selected(review=Review.PENDING, since=NOON + 2 * DAY) == ["3"]
    assert selected(since=NOON, until=NOON) == []


def test_old_rows_are_purged_by_the_time_of_their_prediction(backend: Backend) -> None:
    store = backend.open()
    for number, seconds in enumerate([-400 * DAY, -DAY, -1, 0, DAY]):
        skewed = replace(
            FEEDBACK, feedback_id=str(number), predicted_at=NOON + seconds, received_at=1.0
        )
        store.record(skewed)
    assert store.purge(NOON) == 3
    assert [row.feedback.feedback_id for row in backend.rows()] == ["3", "4"]
    assert store.purge(NOON) == 0


def test_a_row_is_deleted_by_its_id(backend: Backend) -> None:
    store = backend.open()
    store.record(FEEDBACK)
    store.record(replace(FEEDBACK, feedback_id="other"))
    assert [store.delete("id"), store.delete("id")] == [1, 0]
    assert [row.feedback.feedback_id for row in backend.rows()] == ["other"]
    assert store.find("id") is None


def test_rows_are_deleted_by_any_hash_of_their_text(backend: Backend) -> None:
    store = backend.open()
    for number, text_hash in enumerate(["one", "two", "two", "three"]):
        store.record(replace(FEEDBACK, feedback_id=str(number), text_hash=text_hash))
    assert store.delete_texts(["one", "two", "two", "none"]) == 3
    assert [row.feedback.text_hash for row in backend.rows()] == ["three"]


@pytest.mark.parametrize("given", HOSTILE_IDS)
def test_a_hostile_id_finds_and_deletes_nothing_else(backend: Backend, given: str) -> None:
    store = backend.open()
    store.record(FEEDBACK)
    assert store.find(given) is None
    assert store.delete(given) == 0
    assert store.delete_texts([given]) == 0
    assert len(backend.rows()) == 1


def test_an_empty_backend_is_read_and_cleaned_without_an_error(backend: Backend) -> None:
    store = backend.open()
    assert backend.rows() == []
    assert store.find("id") is None
    assert not store.review(StoredFeedback(FEEDBACK), Review.ACCEPTED)
    assert [store.purge(NOON), store.delete("id"), store.delete_texts(["hash"])] == [0, 0, 0]


ODD: list[tuple[str, object, str]] = [
    ("predicted_at", "yesterday", "predicted_at"),
    ("predicted_at", 1 << 40, "predicted_at"),
    ("predicted_at", -1, "predicted_at"),
    ("received_at", "soon", "received_at"),
    ("model_version", "", "model_version"),
    ("label", "neutral", "label"),
    ("probability", 1.5, "probability"),
    ("probability", "high", "probability"),
    ("verdict", "maybe", "verdict"),
    ("verdict", b"\xff\x00", "verdict"),
    ("text_hash", "", "text_hash"),
    ("text", b"\xff", "text"),
    ("review", "perhaps", "review"),
]


def test_rows_written_by_hand_are_skipped_with_a_reason_and_harm_no_other(backend: Backend) -> None:
    for number, (name, value, _) in enumerate(ODD):
        backend.write_by_hand(**{"feedback_id": f"odd {number}", name: value})
    backend.write_by_hand()
    backend.open().record(FEEDBACK)
    rows, skipped = backend.read()
    assert [row.feedback.feedback_id for row in rows] == ["by hand", "id"]
    assert sum(skipped.values()) == len(ODD)
    assert {reason.split()[0] for reason in skipped} == {name for _, _, name in ODD}
    assert all(backend.open().find(f"odd {number}") is None for number in range(len(ODD)))
    assert [backend.open().delete(f"odd {number}") for number in range(len(ODD))] == [1] * len(ODD)
    assert backend.read() == (rows, {})


def test_feedback_takes_the_place_of_a_row_that_cannot_be_read(backend: Backend) -> None:
    backend.write_by_hand(feedback_id="id", verdict="maybe")
    outcomes = [backend.open().record(FEEDBACK).outcome for _ in range(2)]
    assert outcomes == [Outcome.CREATED, Outcome.UNCHANGED]
    assert backend.rows() == [StoredFeedback(FEEDBACK)]


def test_the_same_feedback_at_once_is_created_exactly_once(backend: Backend) -> None:
    stores = [backend.open() for _ in range(4)]
    outcomes: list[Outcome] = []
    at_once(lambda n: outcomes.append(stores[n % 4].record(WITH_TEXT).outcome), 16)
    assert outcomes.count(Outcome.CREATED) == 1
    assert outcomes.count(Outcome.UNCHANGED) == 15
    assert backend.rows() == [StoredFeedback(WITH_TEXT)]


def test_verdicts_that_contend_leave_one_row_and_every_change_is_reported(backend: Backend) -> None:
    stores = [backend.open() for _ in range(2)]
    verdicts = ("correct", "incorrect")
    reported: list[tuple[Outcome, int]] = []

    def change(number: int) -> None:
        which = number % 2
        feedback = replace(FEEDBACK, verdict=verdicts[which])
        reported.extend((stores[which].record(feedback).outcome, which) for _ in range(5))

    at_once(change, 4)
    (row,) = backend.rows()
    (first,) = (which for outcome, which in reported if outcome is Outcome.CREATED)
    changes = sum(outcome is Outcome.REPLACED for outcome, _ in reported)
    assert changes >= 1
    assert row.feedback.verdict == verdicts[(first + changes) % 2]
