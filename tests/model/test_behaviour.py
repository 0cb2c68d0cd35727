"""The shipped model against every behaviour; the end of the test run prints what failed."""

from __future__ import annotations

import pytest

from sentiment.bundle import read_bundle
from sentiment.classifier import Classifier
from sentiment.settings import read_settings
from tests.model.behaviours import BEHAVIOURS, Behaviour
from tests.model.conftest import FINDINGS, Finding


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(read_bundle(read_settings({}).bundle))


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_enough_cases_pass(
    behaviour: Behaviour, classifier: Classifier, request: pytest.FixtureRequest
) -> None:
    failures = [said for check in behaviour.cases if (said := check(classifier)) is not None]
    finding = Finding(behaviour.name, behaviour.minimum, len(behaviour.cases), tuple(failures))
    request.config.stash[FINDINGS].append(finding)
    assert finding.rate >= behaviour.minimum, "\n".join(failures)
