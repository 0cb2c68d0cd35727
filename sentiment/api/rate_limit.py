"""How much one address may ask of a public app: a bucket that fills again as time passes."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_ADDRESSES = 10_000
"""Addresses that are remembered; beyond, the one that was quiet the longest is forgotten."""

EXPLAINED_COST = 10
"""What a text with an explanation counts as: the model is asked again without each of its words."""

_MINUTE = 60.0


class Limiter:
    """Counts what each address asks, in this process only; nothing of it is stored or logged.

    Args:
        per_minute: What an address may ask in a minute, and at once after a quiet one.
        clock: Returns seconds that never go back.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = float(per_minute)
        self._rate = per_minute / _MINUTE
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def admit(self, address: str, cost: int) -> int:
        """Charge an address; return 0, or the seconds after which it may ask again.

        What costs more than is left is admitted as long as anything is left, and leaves a debt:
        else nothing that costs more than a minute's allowance could ever be asked.
        """
        with self._lock:
            now = self._clock()
            left, at = self._buckets.pop(address, (self._capacity, now))
            left = min(self._capacity, left + (now - at) * self._rate)
            admitted = left >= 1
            self._buckets[address] = (left - cost if admitted else left, now)
            if len(self._buckets) > MOST_ADDRESSES:
                self._buckets.popitem(last=False)
        return 0 if admitted else max(1, math.ceil((1 - left) / self._rate))
