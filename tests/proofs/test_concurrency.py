from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.test_concurrency import check_answers

pytestmark = pytest.mark.proof


def test_two_thousand_requests_of_many_clients_at_once_get_their_own_answers(
    tmp_path: Path,
) -> None:
    check_answers(tmp_path, 2000)
