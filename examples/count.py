"""Count the labels of a file's lines: ``python -m examples.count < tweets.txt``.

Several requests are under way at once, which is what the async client is for.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Iterable

from sentiment.client import AsyncClient

AT_ONCE = 8


async def count_labels(client: AsyncClient, texts: Iterable[str]) -> Counter[str]:
    """Return how many texts got each label."""
    counts: Counter[str] = Counter()
    waiting = iter(texts)

    async def work() -> None:
        for text in waiting:
            answer = await client.predict(text)
            counts[answer.label if answer.certain else "not sure"] += 1

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return counts


async def main() -> None:
    """Ask for every line of standard input."""
    address = os.environ.get("SENTIMENT_URL", "http://localhost:7071")
    texts = (line.strip() for line in sys.stdin if line.strip())
    async with AsyncClient(address, os.environ.get("SENTIMENT_KEY")) as client:
        for label, count in sorted((await count_labels(client, texts)).items()):
            print(f"{count:6} {label}")


if __name__ == "__main__":
    asyncio.run(main())
