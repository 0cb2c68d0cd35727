"""Retraining: a challenger, trained with reviewed feedback, contests the champion's place.

The champion is the model that the registry's apps serve, or a bundle in a folder. The challenger is
trained as ``train`` trains, on the base data and on reviewed feedback. It wins, and may be
published, only if it is better by more than chance; see ``contest``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from operations.deployed import NotDeployedError, check_deployed
from operations.registry import DEFAULT_BUNDLE, open_registry, publish
from sentiment.files import PRIVATE, check_target, replace_file
from sentiment.model.bundle import read_bundle
from sentiment.model.classifier import Classifier
from sentiment.registry import RegistryError
from sentiment.registry.pointer import Pointer
from sentiment.registry.registry import Registry, TaggedPointer
from sentiment.storage import Storage
from sentiment.text import mask, normalize
from training.contest import (
    LEAST_TEST_ROWS,
    ON_REPLAY,
    ON_TEST,
    Contest,
    Judgement,
    describe_contest,
    judge,
    measures,
)
from training.data import read_corpus, read_split
from training.distillation import read_teachers
from training.evaluate import logit_threshold
from training.gate import GateError
from training.mlflow_runs import TrackedRun
from training.models.checkpoint import save_float_checkpoint
from training.run_records import SHIPPED, TEST, EvaluationSet, make_set, test_set
from training.split import TRAINING, LabelledTweet, Split, part_of, text_key
from training.train import TrainingConfig, TrainingResult, run, start_tracking

_logger = logging.getLogger(__name__)

FEEDBACK_SAMPLE = "feedback"
"""How feedback rows are sampled: by people who objected, so never at random."""

_REPLAYED_OF_TEN = 3


@dataclass(frozen=True)
class Champion:
    """The model to beat, and the registry that serves it.

    Attributes:
        classifier: The model.
        registry: Where a challenger may be published; None where no registry is asked.
        pointer: The registry's pointer, on which a later publication rests.
    """

    classifier: Classifier
    registry: Registry | None
    pointer: TaggedPointer

    @property
    def version(self) -> str:
        """The version of the bundle."""
        return self.classifier.manifest.version

    def check_is_current(self) -> None:
        """Check that publishing a challenger would replace this very model.

        Raises:
            RegistryError: The registry's current version is another one.
        """
        current = self.pointer.pointer.current
        if current is not None and current.version != self.version:
            raise RegistryError(
                f"The champion is {self.version}, but {current.version} is the registry's current"
                " version, which the challenger would replace without having met it: leave out"
                " --champion, or --publish."
            )


@dataclass(frozen=True)
class Feedback:
    """Reviewed feedback, apart by what it is for.

    Attributes:
        training: Rows to train on.
        replay: Rows to compare models with.
    """

    training: tuple[LabelledTweet, ...]
    replay: tuple[LabelledTweet, ...]


def find_champion(folder: Path | None, storage: Storage | None, *, publish: bool) -> Champion:
    """Return the bundle in a folder; without one, the registry's current or the packaged bundle.

    Args:
        folder: Of the bundle to beat; None for the registry's.
        storage: Of the registry; None where none is configured.
        publish: Whether a challenger may be published, so that the registry is needed.

    Raises:
        BundleError: The bundle cannot be used.
        RegistryError: The registry cannot be read.
    """
    is_asked = publish or (folder is None and storage is not None)
    registry = open_registry(storage) if is_asked else None
    seen = registry.pointer() if registry else TaggedPointer(Pointer(), None)
    current = seen.pointer.current
    if folder is not None or registry is None or current is None:
        bundle = read_bundle(folder or DEFAULT_BUNDLE)
    else:
        bundle = registry.download(current.version, current.manifest_sha256)
    return Champion(Classifier(bundle), registry, seen)


def retrain(
    config: TrainingConfig,
    champion: Champion,
    report: Path,
    *,
    least_test: int = LEAST_TEST_ROWS,
    publish_winner: bool = False,
) -> tuple[Judgement, TrackedRun]:
    """Train a challenger, compare it with the champion, report, and publish it if it may be.

    Args:
        config: How the challenger is trained; ``checkpoint_out`` is written if it wins.
        champion: The model to beat.
        report: The file of the report.
        least_test: Test rows without which nothing wins.
        publish_winner: Whether a challenger that wins is published.

    Returns:
        Whether the challenger may take the champion's place, and why; the run in MLflow.

    Raises:
        ValueError, OSError: See ``train``.
        RegistryError: The registry cannot be written, or the champion that would be replaced is not
            its current version, at the start or at the end.
    """
    config.check_folders()
    teachers = read_teachers(config.teachers)
    check_target(report)
    if publish_winner:
        champion.check_is_current()
    feedback = read_feedback(config.feedback)
    split = read_split(config.data, config.distant_data, feedback.training)
    split, feedback = keep_apart(split, feedback)

    challenger = "refused before the comparison"
    contests: dict[str, Contest] = {}
    with start_tracking(config, split) as tracked:
        tracked.set_tags(champion=champion.version)
        try:
            reviewed = keys_of(feedback.training)
            result = run(config, split, teachers, tracked, reviewed=reviewed)
            check_deployed(result.manifest.encoder)
        except (GateError, NotDeployedError) as error:
            judgement = Judgement(False, (f"the export gate refuses it: {error}",))
            tracked.set_tags(contest="refused by the export gate")
        else:
            test, replay = compete(champion.classifier, result, split, feedback, config.output)
            judgement = judge(test, replay, least_test)
            challenger, contests = result.manifest.version, {ON_TEST: test, ON_REPLAY: replay}
            tracked.set_tags(contest="wins" if judgement.wins else "refused")
            tracked.log_metrics({"contest": measures(test, replay)})

    content = describe_contest(champion.version, challenger, judgement, contests)
    replace_file(report.absolute(), content.encode(), PRIVATE)
    _logger.info("Wrote %s", report)
    if judgement.wins and config.checkpoint_out is not None:
        save_float_checkpoint(result.model, config.checkpoint_out)
    if judgement.wins and publish_winner and champion.registry is not None:
        publish(champion.registry, config.output, champion.pointer)
    return judgement, tracked


def read_feedback(paths: Sequence[Path]) -> Feedback:
    """Read exported feedback; three of ten texts, by their hash, are kept for the replay.

    Texts whose hash lies in the validation or test part of the corpus are replayed, too: they are
    never trained on, whoever sends them.

    Raises:
        CorpusError: A file cannot be read.
    """
    known: dict[int, LabelledTweet] = {}
    for path in paths:
        for tweet in read_corpus(path):
            if normalize(tweet.text):
                known.setdefault(_key(tweet.text), tweet._replace(sample=FEEDBACK_SAMPLE))
    training = tuple(tweet for key, tweet in known.items() if not is_replayed(key))
    return Feedback(training, tuple(tweet for key, tweet in known.items() if is_replayed(key)))


def keep_apart(split: Split, feedback: Feedback) -> tuple[Split, Feedback]:
    """Keep held-out tweets out of the training rows, and training rows out of the replay.

    Feedback is stored masked, so that a held-out tweet may come back with another key than its
    own; it is recognised by what masking leaves of it, and neither trained on nor replayed. A text
    to replay that is in the base data or among the distantly supervised tweets, too, is trained on
    and not replayed.

    Args:
        split: Of the base data, the distantly supervised tweets and the feedback to train on.
        feedback: As it was read.

    Returns:
        The split and the feedback, less those rows; of feedback that contradicts the base data,
        which is not trained on, nothing is left either.
    """
    held = {_key(mask(raw)) for part in (split.validation, split.test) for raw in part.raw}
    comes_back = keys_of(tweet for tweet in feedback.training if _key(mask(tweet.text)) in held)
    apart = split.without_training(comes_back)
    trained = set(apart.training.keys.tolist())
    training = tuple(tweet for tweet in feedback.training if _key(tweet.text) in trained)
    replay = tuple(tweet for tweet in feedback.replay if _key(tweet.text) not in trained)
    _logger.info(
        "Feedback: %d rows to train on, %d to replay; left out: %d held-out tweets that were"
        " masked, %d to replay that are in the base data",
        len(training),
        len(replay),
        len(comes_back),
        len(feedback.replay) - len(replay),
    )
    return apart, Feedback(training, replay)


def keys_of(tweets: Iterable[LabelledTweet]) -> NDArray[np.uint64]:
    """Return the keys of tweets as the split has them, [rows]."""
    return np.array([_key(tweet.text) for tweet in tweets], np.uint64)


def is_replayed(key: int) -> bool:
    """Return whether a text, given by its key, is kept for the replay."""
    return part_of(key) != TRAINING or key % 10 < _REPLAYED_OF_TEN


def compete(
    champion: Classifier, result: TrainingResult, split: Split, feedback: Feedback, bundle: Path
) -> tuple[Contest, Contest]:
    """Return how both models do on the test rows, and on the feedback to replay."""
    challenger = Classifier(read_bundle(bundle))
    members = test_set(split.test)
    measured = result.record.logits[TEST][SHIPPED]
    test = Contest(members, _correct(champion, members), _correct(challenger, members, measured))
    members = make_set(FEEDBACK_SAMPLE, feedback.replay)
    return test, Contest(members, _correct(champion, members), _correct(challenger, members))


def _correct(
    classifier: Classifier, members: EvaluationSet, logits: NDArray[Any] | None = None
) -> NDArray[np.bool_]:
    """Return which rows a model labels correctly; its logits are computed where not given."""
    if logits is None:
        logits = classifier.logits(members.texts)
    return (logits >= logit_threshold(classifier.manifest.decision)) == (members.labels == 1)


def _key(text: str) -> int:
    return text_key(normalize(text))
