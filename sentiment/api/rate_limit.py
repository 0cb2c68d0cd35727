"""How much one address may ask of a public app: a bucket that fills again as time passes."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

import azure.functions as func

from sentiment.api.http import client_network
from sentiment.api.problems import too_often

MOST_ADDRESSES = 10_000

EXPLAINED_COST = 10
"""What a text with an explanation counts as: the model is asked again without each of its words."""

_MINUTE = 60.0


class RateLimiter:
    """Counts what each address asks, in this process only; nothing of it is stored or logged.

    Args:
        per_minute: What an address may ask in a minute, and at once after a quiet one.
        clock: Returns seconds that never go back.
        most_addresses: How many are remembered; the one that was quiet the longest is forgotten.
    """

    def __init__(
        self,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
        most_addresses: int = MOST_ADDRESSES,
    ) -> None:
        self._capacity = float(per_minute)
        self._rate = per_minute / _MINUTE
        self._clock = clock
        self._most_addresses = most_addresses
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
            if len(self._buckets) > self._most_addresses:
                self._buckets.popitem(last=False)
        return 0 if admitted else max(1, math.ceil((1 - left) / self._rate))


def charge(limiter: RateLimiter | None, request: func.HttpRequest, cost: int) -> None:
    """Charge the address that a request came from, where there is a limit and it is known.

    Raises:
        ProblemError: 429, the address has asked too much.
    """
    network = client_network(request)
    if limiter is not None and network is not None:
        seconds = limiter.admit(network, cost)
        if seconds:
            raise too_often(seconds)
