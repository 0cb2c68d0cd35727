from __future__ import annotations

from benchmarks.concurrency import CLIENTS, REQUESTS, prove


def test_many_clients_at_once_get_their_own_right_answers() -> None:
    figures = prove(REQUESTS // 10, CLIENTS)
    assert figures["answers"] == REQUESTS // 10
    assert figures["errors"] == 0
    assert figures["wrong_answers"] == 0
