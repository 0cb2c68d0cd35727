"""Logistic regression on the set of a tweet's n-grams, weighted by inverse document frequency."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.model.bundle import Encoder
from sentiment.model.encoder import NGRAMS
from sentiment.model.ngrams import FORMS, PLAIN, STEM, Ngrams
from sentiment.text import NORMALIZER
from training.export import convert
from training.models.base import (
    Between,
    ExportedModel,
    FittedModel,
    ModelFamily,
    OneOf,
    TrainingTask,
    parameter,
    read_metadata,
    write_metadata,
)
from training.models.regression import fit_regression

ENCODER_FILE = "ngrams.txt"
_WEIGHTS_FILE = "weights.npz"
MAX_TOKENS = 1024


@dataclass(frozen=True)
class LogisticParameters:
    """What a fit depends on."""

    longest_words: int = parameter(2, "words in the longest n-gram of words", search=Between(1, 3))
    shortest_characters: int = parameter(2, "characters in the shortest n-gram within a word")
    longest_characters: int = parameter(
        0, "characters in the longest; 0 for word n-grams only", search=OneOf([0, 4, 5, 6])
    )
    forms: str = parameter(
        PLAIN,
        f"of words: {', '.join(FORMS)}; what the last needs is not deployed",
        search=OneOf([PLAIN, STEM]),
    )
    min_documents: int = parameter(3, "tweets in which an n-gram must occur", search=Between(2, 10))
    max_features: int = parameter(400_000, "n-grams kept at most, the most frequent first")
    ratio_floor: float = parameter(
        0.5,
        "added to the log-count ratio that scales a feature; 0 for no such scale",
        search=Between(0.1, 2.0, log=True),
    )
    inverse_regularization: float = parameter(
        0.7, "scikit-learn's C", search=Between(0.1, 5, log=True)
    )
    max_iterations: int = parameter(300, "iterations of the solver at most")

    def __post_init__(self) -> None:
        if self.forms not in FORMS:
            raise ValueError(f"forms is {self.forms!r}; it must be one of {', '.join(FORMS)}.")

    @property
    def ngrams(self) -> Ngrams:
        """What a text is taken apart into."""
        characters = None
        if self.longest_characters >= self.shortest_characters:
            characters = self.shortest_characters, self.longest_characters
        return Ngrams((1, self.longest_words), characters, self.forms)


@dataclass(frozen=True, kw_only=True)
class LogisticModel(FittedModel):
    """A fitted model.

    The logit of a tweet with the n-grams S is
    ``bias + sum(idf*w over S) / sqrt(sum(idf^2 over S))``: TF-IDF with binary term frequency
    and L2 norm, times the weights.
    """

    vocabulary: list[str]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: float

    family = "logistic"

    def logits(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the logit of each normalised text."""
        from sklearn.feature_extraction.text import CountVectorizer

        vectorizer = CountVectorizer(
            analyzer=self.settings.ngrams, vocabulary=self.vocabulary, binary=True
        )
        present = vectorizer.transform(texts).astype(np.float64)
        scores = present @ (self.idf.astype(np.float64) * self.weights)
        squares = present @ (self.idf.astype(np.float64) ** 2)
        norms = np.sqrt(np.where(squares > 0, squares, 1.0))
        return (scores / norms + self.bias).astype(np.float32)

    def save(self, folder: Path) -> None:
        """Write the float weights, the n-grams in their order and the parameters."""
        arrays = {"idf": self.idf, "weights": self.weights, "bias": np.array(self.bias)}
        np.savez_compressed(folder / _WEIGHTS_FILE, allow_pickle=False, **arrays)
        (folder / ENCODER_FILE).write_text("\n".join(self.vocabulary), encoding="utf-8")
        write_metadata(self, folder)

    def export(self) -> ExportedModel:
        """Convert to TFLite with int8 tables and the whole scoring inside the graph."""
        with tempfile.TemporaryDirectory(prefix="logistic-") as folder:
            source = Path(folder) / "tables.npz"
            np.savez(source, allow_pickle=False, **quantize(self))
            model = convert("training.models.logistic:graph", source, quantize=False)
        options = asdict(self.settings.ngrams)
        encoder = Encoder(NGRAMS, ENCODER_FILE, MAX_TOKENS, NORMALIZER, options)
        return ExportedModel(model, encoder, "\n".join(self.vocabulary).encode())


def load(folder: Path) -> LogisticModel:
    """Return the model that was saved in a folder.

    Raises:
        OSError: A file is missing.
        ValueError, KeyError: A file is damaged.
    """
    weights = np.load(folder / _WEIGHTS_FILE)
    return LogisticModel(
        vocabulary=(folder / ENCODER_FILE).read_text(encoding="utf-8").split("\n"),
        idf=weights["idf"],
        weights=weights["weights"],
        bias=float(weights["bias"]),
        **read_metadata(folder, LogisticParameters),
    )


def fit(task: TrainingTask, parameters: LogisticParameters) -> LogisticModel:
    """Fit on the training rows.

    Raises:
        ValueError: No n-gram is frequent enough.
    """
    from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
    from sklearn.linear_model import LogisticRegression

    started = time.monotonic()
    vectorizer = CountVectorizer(
        analyzer=parameters.ngrams,
        binary=True,
        min_df=parameters.min_documents,
        max_features=parameters.max_features,
        dtype=np.float32,
    )
    try:
        counts = vectorizer.fit_transform(task.training.texts)
    except ValueError as error:
        raise ValueError(
            "No n-gram is left to learn from: give more tweets, or lower min_documents."
        ) from error
    transformer = TfidfTransformer()
    scales = feature_scales(counts, task.targets, parameters.ratio_floor)
    features = transformer.fit_transform(counts)
    features.data *= scales[features.indices]
    solver = LogisticRegression(
        C=parameters.inverse_regularization, max_iter=parameters.max_iterations
    )
    fit_regression(solver, features, task.targets)
    return LogisticModel(
        settings=parameters,
        vocabulary=vectorizer.get_feature_names_out().tolist(),
        idf=transformer.idf_.astype(np.float32),
        weights=(solver.coef_[0] * scales).astype(np.float32),
        bias=float(solver.intercept_[0]),
        seconds=time.monotonic() - started,
    )


def feature_scales(counts: Any, targets: NDArray[np.float32], floor: float) -> NDArray[np.float32]:
    """Return what each n-gram's feature is multiplied by before the fit.

    It is ``floor + |r|``, with the log-count ratio r of Wang and Manning (2012, Baselines and
    Bigrams), smoothed by one: n-grams that tell the classes apart are regularised less.

    Args:
        counts: Sparse 0/1 matrix [tweets, n-grams].
        targets: How positive each tweet is, 0 to 1, [tweets].
        floor: At least 0; 0 means no scale, a vector of ones.
    """
    if floor == 0:
        return np.ones(counts.shape[1], np.float32)
    of_class = [1.0 + counts.T @ weights.astype(np.float64) for weights in (1 - targets, targets)]
    negative, positive = (each / each.sum() for each in of_class)
    return (floor + np.abs(np.log(positive / negative))).astype(np.float32)


def quantize(model: LogisticModel) -> dict[str, NDArray[Any]]:
    """Return the tables of the graph: int8 codes with one scale each, id 0 (padding) being zero."""
    scores, score_scale = _int8(model.idf * model.weights)
    squares, square_scale = _int8(model.idf**2)
    return {
        "scores": scores,
        "score_scale": score_scale,
        "squares": squares,
        "square_scale": square_scale,
        "bias": np.array(model.bias, np.float32),
    }


def _int8(values: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return codes and a scale, where a value is about ``sign(code) * code**2 * scale``.

    Most n-grams count little and a few much. The square keeps the small ones apart: at a hundredth
    of the largest value the error is at most 8% of it, and 39% with codes in proportion.
    """
    scale = np.array(np.abs(values).max() / 127.0**2, np.float32)
    codes = np.copysign(np.rint(np.sqrt(np.abs(values) / scale)), values)
    return np.concatenate([[0], codes]).astype(np.int8), scale


def graph(source: Path) -> Any:
    """Return the TensorFlow module of the tables written by ``quantize``."""
    import tensorflow as tf

    tables = np.load(source)

    class Graph(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32, name="token_ids")])
        def serve(self, token_ids: Any) -> dict[str, Any]:
            def total(name: str, scale: str) -> Any:
                codes = tf.cast(tf.gather(tf.constant(tables[name]), token_ids), tf.float32)
                return tf.reduce_sum(codes * tf.abs(codes), axis=1) * tables[scale]

            norm = tf.sqrt(tf.maximum(total("squares", "square_scale"), 1e-6))
            return {"logit": total("scores", "score_scale") / norm + tables["bias"]}

    return Graph()


FAMILY = ModelFamily(
    "logistic",
    "logistic regression on the set of a tweet's n-grams (a minute)",
    LogisticParameters,
    fit,
    load,
)
