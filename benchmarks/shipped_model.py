"""The shipped model alone, on one thread: ``python -m benchmarks.shipped_model``.

One tweet of 24 tokens, and batches of 64 such tweets; no encoding, no app.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from benchmarks.record import check_budget, record
from sentiment.model.bundle import read_bundle
from sentiment.model.encoder import make_encoder
from sentiment.model.tflite import TfliteModel
from sentiment.settings import read_settings

TOKENS, BATCH = 24, 64
BUDGET_MILLISECONDS = 2.0
LEAST_TWEETS_PER_SECOND = 700


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300, help="single tweets to time")
    runs = parser.parse_args().runs
    bundle = read_bundle(read_settings({}).bundle)
    model, largest = TfliteModel(bundle.model), make_encoder(bundle).largest_id
    alone = round(1000 * seconds(model, largest, 1, runs), 3)
    rate = round(BATCH / seconds(model, largest, BATCH, max(3, runs // 20)))
    figures = {"model": bundle.manifest.version, "tokens": TOKENS, "runs": runs}
    budgets = {
        "budget_milliseconds": BUDGET_MILLISECONDS,
        "least_tweets_per_second": LEAST_TWEETS_PER_SECOND,
    }
    measured = {"milliseconds": alone, "batch": BATCH, "tweets_per_second": rate}
    record("shipped_model", {**figures, **measured, **budgets})
    check_budget(f"p50 of a tweet of {TOKENS} tokens in ms", alone, BUDGET_MILLISECONDS)
    check_budget("seconds for 700 tweets", LEAST_TWEETS_PER_SECOND / rate, 1.0)


def seconds(model: TfliteModel, largest: int, batch: int, runs: int) -> float:
    """Return the median time for a batch of random token ids, after a warm-up."""
    token_ids = np.random.default_rng(7).integers(1, largest, (batch, TOKENS), np.int32)
    durations = []
    for _ in range(runs + 2):
        started = time.perf_counter()
        model.logits(token_ids)
        durations.append(time.perf_counter() - started)
    return statistics.median(durations[2:])


if __name__ == "__main__":
    main()
