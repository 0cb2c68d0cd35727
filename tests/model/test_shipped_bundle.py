"""What the bundle that ships must reach, as its manifest measured it."""

from __future__ import annotations

import pytest

from sentiment.model.bundle import Bundle, read_bundle
from sentiment.settings import read_settings


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_bundle(read_settings({}).bundle)


def test_it_is_accurate_on_enough_held_out_tweets(bundle: Bundle) -> None:
    test = bundle.manifest.metrics["test"]
    assert test["rows"] >= 10_000
    assert test["accuracy"]["value"] >= 0.848
    assert test["roc_auc"]["value"] >= 0.928


def test_it_is_within_a_fifth_of_a_point_of_its_float_parent(bundle: Bundle) -> None:
    metrics = bundle.manifest.metrics
    loss = metrics["test_float"]["accuracy"]["value"] - metrics["test"]["accuracy"]["value"]
    assert loss <= 0.002


def test_it_was_measured_on_the_human_labelled_tweets_with_an_interval(bundle: Bundle) -> None:
    human = bundle.manifest.metrics["benchmarks"]["sentiment140_manual_test"]
    assert human["rows"] == 359
    accuracy = human["accuracy"]
    assert accuracy["low"] < accuracy["value"] < accuracy["high"]


def test_it_is_small_and_says_where_it_comes_from(bundle: Bundle) -> None:
    assert sum(map(len, bundle.contents.values())) <= 25_000_000
    provenance = bundle.manifest.provenance
    assert not provenance["git_commit"].endswith("-dirty")
    assert provenance["data_attribution"].startswith("Sentiment140")
