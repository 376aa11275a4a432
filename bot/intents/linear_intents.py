"""Logistic regression over BERT vectors and word and letter n-grams together, and whether a text is known at all.

Knows numpy, torch and scikit-learn, no Rasa. The loss is convex, so that the same data gives the same model.

An intent's confidence is P(known) x P(intent | known). The second is the regression's softmax at the temperature that
fits texts held back (Guo et al., ICML 2017): a regularised regression is less sure than it is right. The first is a
logistic function of two numbers: how near the text is to its intent's nearest examples, and the logits' log-sum-exp
("energy", Liu et al., NeurIPS 2020). Its weights are learned on texts that are unknown for certain: intents left out of
training, which are siblings of those that stay, and the examples of the intent that stands for nothing, which are far.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np
import scipy.sparse as sp
import torch
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_softmax, logsumexp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.arrays import AnyArray, FloatArray, IntArray, NumberArray

NEIGHBOURS = 3
LEAST_INTENTS = 4
"""With fewer there is nothing to leave out: everything counts as known."""
LEAST_EXAMPLES = 4
"""Per intent on average, for the same reason."""
FOLDS = 3
UNKNOWN_SHARE = 0.3
"""Of all messages, half of them near to the intents and half of them far: what P(known) reckons with."""
TEMPERATURES = (0.2, 3.0)
KNOWN, NEAR, FAR = range(3)
"""Kinds of texts: of an intent that was learned, of one left out, of none at all."""
ALWAYS_KNOWN = (0.0, 0.0, 50.0)
"""Weights that give every text the probability 1."""
MANY_TEXTS = 3000
"""From here on an n-gram seen in one text alone is noise."""


@dataclass(frozen=True)
class LinearSettings:
    """How the regression learns."""

    C: float = 15.0
    """Inverse strength of the regularisation, as in scikit-learn; fits vectors of length one."""
    ngram_weight: float = 0.5
    """Length of each of the two n-gram vectors beside a BERT vector of length one."""
    max_iter: int = 100
    learn_unknown: bool = True
    """Without it every text counts as known; training takes half the time."""


class NGrams:
    """Sparse TF-IDF rows: one- and two-word sequences, and three to five letters within words."""

    def __init__(self, vectorizers: Sequence[TfidfVectorizer]) -> None:
        self._vectorizers = list(vectorizers)

    @classmethod
    def fit(cls, texts: Sequence[str]) -> NGrams:
        """Learn the vocabulary and its weights. A text of no words at all has a zero row."""
        least = 2 if len(texts) >= MANY_TEXTS else 1
        vectorizers = cls._empty(min_df=least)
        for vectorizer in vectorizers:
            vectorizer.fit([*texts, *["a text with some words"] * least])  # never an empty vocabulary
        return cls(vectorizers)

    @staticmethod
    def _empty(**settings: Any) -> List[TfidfVectorizer]:
        return [
            TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\w+", sublinear_tf=True, **settings),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, **settings),
        ]

    def rows(self, texts: Sequence[str]) -> sp.csr_matrix:
        """(texts, n-grams), each of the two parts of length one."""
        return sp.hstack(
            [vectorizer.transform(texts) for vectorizer in self._vectorizers], format="csr", dtype=np.float32
        )

    def state(self) -> Tuple[List[List[str]], Dict[str, AnyArray]]:
        """Vocabularies in the columns' order, and arrays."""
        vocabularies = [list(vectorizer.get_feature_names_out()) for vectorizer in self._vectorizers]
        return vocabularies, {f"idf_{i}": vectorizer.idf_ for i, vectorizer in enumerate(self._vectorizers)}

    @classmethod
    def from_state(cls, vocabularies: Sequence[Sequence[str]], arrays: Mapping[str, AnyArray]) -> NGrams:
        """What `state` described."""
        vectorizers = cls._empty()
        for i, (vectorizer, vocabulary) in enumerate(zip(vectorizers, vocabularies, strict=True)):
            vectorizer.vocabulary = {word: column for column, word in enumerate(vocabulary)}
            vectorizer.idf_ = arrays[f"idf_{i}"]
        return cls(vectorizers)


@dataclass(frozen=True)
class LinearIntents:
    """A trained classifier of K intents over vectors D wide and V n-grams."""

    dense_weights: FloatArray
    """(D, K)"""
    ngram_weights: FloatArray
    """(V, K)"""
    bias: FloatArray
    """(K,)"""
    examples: FloatArray
    """(N, D) training vectors, for the nearness."""
    labels: IntArray
    """(N,) their intents."""
    known: NumberArray
    """Weights of nearness and energy, and the intercept, of P(known)'s logit."""
    temperature: NumberArray
    """(1,) by which the logits are divided before the softmax."""

    def arrays(self) -> Dict[str, AnyArray]:
        """The arrays by name; the examples at half precision, which a cosine does not notice."""
        arrays = {field.name: np.ascontiguousarray(getattr(self, field.name)) for field in fields(self)}
        return {**arrays, "examples": arrays["examples"].astype(np.float16)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, AnyArray]) -> LinearIntents:
        """What `arrays` described; other names are passed over."""
        chosen = {field.name: arrays[field.name] for field in fields(cls)}
        return cls(**{**chosen, "examples": chosen["examples"].astype(np.float32)})

    def confidences(self, vectors: FloatArray, ngrams: sp.csr_matrix) -> NumberArray:
        """(texts, K); what is missing to 1 is the probability that the text means none of these intents."""
        logits = self.logits(vectors, ngrams)
        p_known = expit(self._evidence(logits, vectors) @ self.known[:2] + self.known[2])
        confidences: NumberArray = p_known[:, None] * np.exp(log_softmax(logits / self.temperature, axis=1))
        return confidences

    def logits(self, vectors: FloatArray, ngrams: sp.csr_matrix) -> NumberArray:
        """(texts, K)"""
        logits: NumberArray = vectors @ self.dense_weights + ngrams @ self.ngram_weights + self.bias
        return logits

    def evidence(self, vectors: FloatArray, ngrams: sp.csr_matrix) -> NumberArray:
        """(texts, 2): mean cosine to the nearest examples of the likeliest intent, and energy."""
        return self._evidence(self.logits(vectors, ngrams), vectors)

    def _evidence(self, logits: NumberArray, vectors: FloatArray) -> NumberArray:
        nearness = np.empty(len(vectors), dtype=np.float32)
        guesses = logits.argmax(axis=1)
        for intent in np.unique(guesses):
            guessed = guesses == intent
            cosines = vectors[guessed] @ self.examples[self.labels == intent].T
            nearness[guessed] = np.sort(cosines, axis=1)[:, -NEIGHBOURS:].mean(axis=1)
        evidence: NumberArray = np.stack([nearness, logsumexp(logits, axis=1)], axis=1)
        return evidence


def train(
    vectors: FloatArray,
    ngrams: sp.csr_matrix,
    labels: IntArray,
    *,
    settings: LinearSettings,
    seed: int,
    nothing: Optional[int] = None,
) -> LinearIntents:
    """Fit on `labels` 0..K-1 of `vectors` (N, D), of length one, and `ngrams` (N, V).

    `nothing` is the label of the texts that mean none of the intents, where there are such texts.
    """
    known, temperature = _learn_known(vectors, ngrams, labels, settings=settings, seed=seed, nothing=nothing)
    model = _fit(vectors, ngrams, labels, settings=settings)
    return replace(model, known=known, temperature=temperature)


def _fit(vectors: FloatArray, ngrams: sp.csr_matrix, labels: IntArray, *, settings: LinearSettings) -> LinearIntents:
    dense = torch.from_numpy(np.ascontiguousarray(vectors, dtype=np.float32))  # (N, D)
    scaled = (settings.ngram_weight * ngrams).tocsr().astype(np.float32)  # (N, V)
    targets = torch.from_numpy(labels.astype(np.int64))
    intents = int(labels.max()) + 1
    W = torch.zeros(dense.shape[1], intents, requires_grad=True)  # noqa: N806  # the letters of the literature
    V = torch.zeros(scaled.shape[1], intents, requires_grad=True)  # noqa: N806
    b = torch.zeros(intents, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [W, V, b], max_iter=settings.max_iter, history_size=8, line_search_fn="strong_wolfe", tolerance_change=1e-7
    )

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        product: torch.Tensor = _SparseProduct.apply(scaled, V)  # type: ignore[no-untyped-call]  # torch's own `apply`
        logits = dense @ W + product + b
        penalty = ((W**2).sum() + (V**2).sum()) / (2 * settings.C * len(labels))
        value = torch.nn.functional.cross_entropy(logits, targets) + penalty
        value.backward()
        return value

    optimizer.step(loss)
    return LinearIntents(
        W.detach().numpy(),
        settings.ngram_weight * V.detach().numpy(),
        b.detach().numpy(),
        examples=dense.numpy(),
        labels=labels,
        known=np.array(ALWAYS_KNOWN),
        temperature=np.ones(1),
    )


class _SparseProduct(torch.autograd.Function):
    """scipy's (N, V) times torch's (V, K): three times as fast as torch's own sparse product."""

    @staticmethod
    def forward(ctx: Any, left: sp.csr_matrix, right: torch.Tensor) -> torch.Tensor:
        """The product."""
        ctx.left = left
        return torch.from_numpy(left @ right.detach().numpy())

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> Tuple[None, torch.Tensor]:
        """The gradient by the dense factor."""
        return None, torch.from_numpy(ctx.left.T @ gradient.numpy())


def _learn_known(
    vectors: FloatArray,
    ngrams: sp.csr_matrix,
    labels: IntArray,
    *,
    settings: LinearSettings,
    seed: int,
    nothing: Optional[int],
) -> Tuple[NumberArray, NumberArray]:
    """The weights of P(known), and the temperature.

    Leave out each third of the intents in turn, and always `nothing`; learn to tell their texts from unseen texts of
    the other intents, weighed by UNKNOWN_SHARE.
    """
    intents = int(labels.max()) + 1
    if not settings.learn_unknown or intents < LEAST_INTENTS or len(labels) < LEAST_EXAMPLES * intents:
        return np.array(ALWAYS_KNOWN), np.ones(1)
    random = np.random.default_rng(seed)
    group_of_intent = random.permutation(intents) % FOLDS
    held_back = random.random(len(labels)) < 1 / FOLDS
    far = labels == (-1 if nothing is None else nothing)
    evidence, kinds, losses = [], [], []
    for fold in range(FOLDS):
        left_out = (group_of_intent[labels] == fold) | far
        shown = ~left_out & ~held_back
        remaining, new_labels = np.unique(labels[shown], return_inverse=True)
        model = _fit(vectors[shown], ngrams[shown], new_labels, settings=settings)
        tested = far | (held_back & (left_out | np.isin(labels, remaining)))
        evidence.append(model.evidence(vectors[tested], ngrams[tested]))
        kinds.append(np.where(far, FAR, np.where(left_out, NEAR, KNOWN))[tested])
        expected = tested & ~left_out
        losses.append((model.logits(vectors[expected], ngrams[expected]), np.searchsorted(remaining, labels[expected])))
    kind = np.concatenate(kinds)
    fitted = LogisticRegression(C=100).fit(np.concatenate(evidence), kind == KNOWN, sample_weight=_weights(kind))
    return np.concatenate([fitted.coef_[0], fitted.intercept_]), _temperature(losses)


def _weights(kinds: IntArray) -> NumberArray:
    """(texts,): each kind of text has its share of the whole, as many as there are of it."""
    shares = {KNOWN: 1 - UNKNOWN_SHARE, NEAR: UNKNOWN_SHARE / 2, FAR: UNKNOWN_SHARE / 2}
    weights: NumberArray = np.ones(len(kinds))
    for kind, share in shares.items():
        weights[kinds == kind] = share * len(kinds) / max(1, int((kinds == kind).sum()))
    return weights


def _temperature(folds: Sequence[Tuple[NumberArray, IntArray]]) -> NumberArray:
    """(1,): the temperature at which logits (texts, K) make their labels the likeliest, over all folds."""

    def surprise(temperature: float) -> float:
        rows = [log_softmax(logits / temperature, axis=1)[np.arange(len(truth)), truth] for logits, truth in folds]
        return -float(np.concatenate(rows).mean())

    return np.array([minimize_scalar(surprise, bounds=TEMPERATURES, method="bounded").x])
