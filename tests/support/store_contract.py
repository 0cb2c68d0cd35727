"""What every feedback store promises; tests of a store import these, and bring a ``place``."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from sentiment.feedback import Outcome, Recorded, Review, Selection, StoredFeedback
from tests.support.feedback_stores import DAY, FEEDBACK, NOON, Place

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


def test_one_prediction_is_one_row_for_ever(place: Place) -> None:
    store = place.open()
    changed = replace(FEEDBACK, verdict="incorrect", received_at=NOON + 2 * DAY)
    assert store.record(FEEDBACK).outcome is Outcome.CREATED
    again = store.record(replace(FEEDBACK, received_at=NOON + 9))
    assert (again.outcome, again.given_at) == (Outcome.UNCHANGED, FEEDBACK.received_at)
    replaced = place.open().record(changed)
    assert (replaced.outcome, replaced.given_at) == (Outcome.REPLACED, changed.received_at)
    assert place.rows() == [StoredFeedback(changed)]


def test_what_is_read_is_what_was_recorded(place: Place) -> None:
    whole = replace(
        FEEDBACK,
        text="naïve 😍 'quoted' \"text\"",
        source="s",
        model_version="v1-é",
        predicted_at=0,
    )
    place.open().record(whole)
    assert place.rows() == [StoredFeedback(whole, Review.PENDING)]


def test_a_prediction_after_2038_is_kept(place: Place) -> None:
    late = replace(FEEDBACK, predicted_at=(1 << 32) - 1)
    place.open().record(late)
    assert [row.feedback for row in place.rows()] == [late]


def test_a_text_that_comes_later_is_added_and_not_lost_again(place: Place) -> None:
    store = place.open()
    store.record(FEEDBACK)
    reported = Recorded(Outcome.UNCHANGED, text_stored=True, given_at=FEEDBACK.received_at)
    later = replace(FEEDBACK, text="masked", received_at=FEEDBACK.received_at + 9)
    assert store.record(later) == reported
    assert store.record(FEEDBACK).text_stored
    assert [row.feedback.text for row in place.rows()] == ["masked"]


def test_a_retracted_feedback_is_gone_and_may_be_given_again(place: Place) -> None:
    store = place.open()
    store.record(WITH_TEXT)
    store.record(replace(FEEDBACK, feedback_id="other"))
    retraction = replace(FEEDBACK, verdict="retracted")
    assert store.retract(retraction)
    assert [row.feedback.feedback_id for row in place.rows()] == ["other"]
    assert not place.open().retract(retraction)
    assert store.record(FEEDBACK) == Recorded(
        Outcome.CREATED, text_stored=False, given_at=FEEDBACK.received_at
    )


def test_consent_can_be_withdrawn_and_the_text_is_gone_with_its_source(place: Place) -> None:
    store = place.open()
    store.record(WITH_TEXT)
    withdrawn = store.record(replace(FEEDBACK, withdraw=True, source="somewhere"))
    assert withdrawn == Recorded(
        Outcome.UNCHANGED, text_stored=False, given_at=FEEDBACK.received_at
    )
    assert place.rows() == [StoredFeedback(FEEDBACK)]


def test_a_source_is_kept_until_review(place: Place) -> None:
    store = place.open()
    store.record(WITH_TEXT)
    (row,) = place.rows()
    assert store.review(row, Review.ACCEPTED)
    store.record(WITH_TEXT)
    accepted = StoredFeedback(replace(WITH_TEXT, source=None), Review.ACCEPTED)
    assert place.rows() == [accepted]
    assert store.find("id") == accepted


@pytest.mark.parametrize(
    "change", [{"verdict": "incorrect"}, {"text": "changed"}, {"text": None, "withdraw": True}]
)
def test_what_changes_after_its_review_is_pending_again(
    place: Place, change: dict[str, object]
) -> None:
    store = place.open()
    store.record(WITH_TEXT)
    store.review(place.rows()[0], Review.REJECTED)
    store.record(replace(WITH_TEXT, **change))
    assert [row.review for row in place.rows()] == [Review.PENDING]


@pytest.mark.parametrize("change", [{"verdict": "incorrect"}, {"text": "changed"}])
def test_a_review_counts_only_for_what_was_seen(place: Place, change: dict[str, object]) -> None:
    store = place.open()
    store.record(WITH_TEXT)
    (seen,) = place.rows()
    store.record(replace(WITH_TEXT, **change))
    assert not store.review(seen, Review.ACCEPTED)
    assert [row.review for row in place.rows()] == [Review.PENDING]
    store.delete("id")
    assert not store.review(seen, Review.ACCEPTED)


def test_rows_are_selected_by_time_and_review(place: Place) -> None:
    store = place.open()
    for number in range(4):
        at = NOON + number * DAY
        store.record(replace(WITH_TEXT, feedback_id=str(number), predicted_at=at))
    store.review(place.rows()[2], Review.ACCEPTED)

    def selected(**by: object) -> list[str]:
        return [row.feedback.feedback_id for row in place.rows(Selection(**by))]  # type: ignore[arg-type]

    assert selected() == ["0", "1", "2", "3"]
    assert selected(since=NOON + DAY) == ["1", "2", "3"]
    assert selected(until=NOON + DAY) == ["0"]
    assert selected(since=NOON + 1, until=NOON + 2 * DAY + 1) == ["1", "2"]
    assert selected(review=Review.ACCEPTED) == ["2"]
    assert selected(review=Review.PENDING, since=NOON + 2 * DAY) == ["3"]
    assert selected(since=NOON, until=NOON) == []


def test_old_rows_are_purged_by_the_time_of_their_prediction(place: Place) -> None:
    store = place.open()
    for number, seconds in enumerate([-400 * DAY, -DAY, -1, 0, DAY]):
        skewed = replace(
            FEEDBACK, feedback_id=str(number), predicted_at=NOON + seconds, received_at=1.0
        )
        store.record(skewed)
    assert store.purge(NOON) == 3
    assert [row.feedback.feedback_id for row in place.rows()] == ["3", "4"]
    assert store.purge(NOON) == 0


def test_a_row_is_deleted_by_its_id(place: Place) -> None:
    store = place.open()
    store.record(FEEDBACK)
    store.record(replace(FEEDBACK, feedback_id="other"))
    assert [store.delete("id"), store.delete("id")] == [1, 0]
    assert [row.feedback.feedback_id for row in place.rows()] == ["other"]
    assert store.find("id") is None


def test_rows_are_deleted_by_any_hash_of_their_text(place: Place) -> None:
    store = place.open()
    for number, text_hash in enumerate(["one", "two", "two", "three"]):
        store.record(replace(FEEDBACK, feedback_id=str(number), text_hash=text_hash))
    assert store.delete_texts(["one", "two", "two", "none"]) == 3
    assert [row.feedback.text_hash for row in place.rows()] == ["three"]


@pytest.mark.parametrize("given", HOSTILE_IDS)
def test_a_hostile_id_finds_and_deletes_nothing_else(place: Place, given: str) -> None:
    store = place.open()
    store.record(FEEDBACK)
    assert store.find(given) is None
    assert store.delete(given) == 0
    assert store.delete_texts([given]) == 0
    assert len(place.rows()) == 1


def test_an_empty_place_is_read_and_cleaned_without_an_error(place: Place) -> None:
    store = place.open()
    assert place.rows() == []
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


def test_rows_written_by_hand_are_skipped_with_a_reason_and_harm_no_other(place: Place) -> None:
    for number, (name, value, _) in enumerate(ODD):
        place.write_by_hand(**{"feedback_id": f"odd {number}", name: value})
    place.write_by_hand()
    place.open().record(FEEDBACK)
    rows, skipped = place.read()
    assert [row.feedback.feedback_id for row in rows] == ["by hand", "id"]
    assert sum(skipped.values()) == len(ODD)
    assert {reason.split()[0] for reason in skipped} == {name for _, _, name in ODD}
    assert all(place.open().find(f"odd {number}") is None for number in range(len(ODD)))
    assert [place.open().delete(f"odd {number}") for number in range(len(ODD))] == [1] * len(ODD)
    assert place.read() == (rows, {})


def test_feedback_takes_the_place_of_a_row_that_cannot_be_read(place: Place) -> None:
    place.write_by_hand(feedback_id="id", verdict="maybe")
    outcomes = [place.open().record(FEEDBACK).outcome for _ in range(2)]
    assert outcomes == [Outcome.CREATED, Outcome.UNCHANGED]
    assert place.rows() == [StoredFeedback(FEEDBACK)]


def test_the_same_feedback_at_once_is_created_exactly_once(place: Place) -> None:
    stores = [place.open() for _ in range(4)]
    outcomes: list[Outcome] = []
    at_once(lambda n: outcomes.append(stores[n % 4].record(WITH_TEXT).outcome), 16)
    assert outcomes.count(Outcome.CREATED) == 1
    assert outcomes.count(Outcome.UNCHANGED) == 15
    assert place.rows() == [StoredFeedback(WITH_TEXT)]


def test_verdicts_that_contend_leave_one_row_and_every_change_is_reported(place: Place) -> None:
    stores = [place.open() for _ in range(2)]
    verdicts = ("correct", "incorrect")
    reported: list[tuple[Outcome, int]] = []

    def change(number: int) -> None:
        which = number % 2
        feedback = replace(FEEDBACK, verdict=verdicts[which])
        reported.extend((stores[which].record(feedback).outcome, which) for _ in range(5))

    at_once(change, 4)
    (row,) = place.rows()
    (first,) = (which for outcome, which in reported if outcome is Outcome.CREATED)
    changes = sum(outcome is Outcome.REPLACED for outcome, _ in reported)
    assert changes >= 1
    assert row.feedback.verdict == verdicts[(first + changes) % 2]
