"""The shipped model against every behaviour; the end of the test run prints what failed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from sentiment.settings import read_settings
from tests.model.conftest import FINDING
from tests.support.behaviours import BEHAVIOURS, Behaviour


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(read_bundle(read_settings({}).bundle))


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_enough_cases_pass(
    behaviour: Behaviour, classifier: Classifier, record_property: Callable[[str, object], None]
) -> None:
    failures = [said for check in behaviour.cases if (said := check(classifier)) is not None]
    cases = len(behaviour.cases)
    passed = cases - len(failures)
    line = (
        f"{behaviour.name:<28} {passed:>3} of {cases:>3}  {passed / cases:7.1%}"
        f"  (at least {behaviour.minimum:.0%})"
    )
    record_property(FINDING, "\n    ".join([line, *failures]))
    assert passed / cases >= behaviour.minimum, "\n".join(failures)
