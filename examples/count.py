"""Count the labels of a file's lines: ``python -m examples.count < tweets.txt``.

Several requests are under way at once, which is what the async client is for.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterable

from examples import ending_shortly
from sentiment.client import AsyncClient, InvalidRequestError

AT_ONCE = 8


async def count_labels(client: AsyncClient, lines: Iterable[str]) -> Counter[str]:
    """Return how many lines got each label; those that the app refuses are told and left out."""
    counts: Counter[str] = Counter()
    waiting = ((number, line.strip()) for number, line in enumerate(lines, 1) if line.strip())

    async def work() -> None:
        for number, text in waiting:
            try:
                answer = await client.predict(text)
            except InvalidRequestError as error:
                print(f"line {number} is left out: {error.problem.detail}", file=sys.stderr)
            else:
                counts[answer.label if answer.certain else "not sure"] += 1

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return counts


async def main() -> None:
    """Ask for every line of standard input."""
    address = os.environ.get("SENTIMENT_URL", "http://localhost:7071")
    async with AsyncClient(address, os.environ.get("SENTIMENT_KEY")) as client:
        for label, count in sorted((await count_labels(client, sys.stdin)).items()):
            print(f"{count:6} {label}")


if __name__ == "__main__":
    with ending_shortly():
        asyncio.run(main())
