"""How likely each article answers a message, from the evidence of `bot.help.help_index`.

A softmax over the candidates and "none of them": each candidate has the weighted sum of its evidence, "none" that of
what speaks against all (a conditional logit, McFadden 1974). An article's confidence is the sum over its passages, so a
close second article lowers it. The weights are few, and fitted on the calibration part of data/help/questions.yml.

RankingError    the file of the weights cannot be used; one line that says why
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np
from scipy.optimize import minimize

from bot.arrays import FloatArray
from bot.help.help_index import AGAINST, EVIDENCE, Asking, Evidence, HelpIndex

PENALTY = 0.0002
"""Of the squared weights, a question. Chosen among 0.0001 to 0.001 by cross-validation on the calibration part."""
NEXT_FROM = 0.2
"""Probability from which a further passage of the article may stand in where the first names a fact not known."""


class RankingError(Exception):
    """The message is one line that names the file."""


@dataclass(frozen=True)
class Found:
    """A passage that may answer."""

    position: int
    """In `HelpIndex.passages`."""
    probability: float
    """That it answers."""
    confidence: float
    """That its article does."""
    similarity: float
    """Its `dense` evidence."""


@dataclass(frozen=True)
class Ranking:
    """The weights of the evidence, in the order of EVIDENCE and of AGAINST."""

    passage: Tuple[float, ...]
    none: Tuple[float, ...]

    @classmethod
    def read(cls, file: Path) -> Ranking:
        """The weights in a file. Raises RankingError."""
        try:
            return cls.of(json.loads(file.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RankingError(
                f"{file}: {' '.join(str(error).split())}; write it by bot.help.calibrate_help"
            ) from error

    @classmethod
    def of(cls, weights: Any) -> Ranking:
        """What `as_json` wrote."""
        return cls(
            tuple(float(weights["passage"][name]) for name in EVIDENCE),
            tuple(float(weights["none"][name]) for name in AGAINST),
        )

    def as_json(self) -> str:
        """The weights by name."""
        passage = {name: round(weight, 3) for name, weight in zip(EVIDENCE, self.passage, strict=True)}
        none = {name: round(weight, 3) for name, weight in zip(AGAINST, self.none, strict=True)}
        return json.dumps({"passage": passage, "none": none}, indent=2) + "\n"

    def found(self, index: HelpIndex, asking: Asking) -> List[Found]:
        """The candidates, those of the likeliest article first."""
        evidence = index.evidence(asking)
        scores = np.append(evidence.rows @ np.array(self.passage), evidence.against @ np.array(self.none))
        probabilities = np.exp(scores - scores.max())
        probabilities /= probabilities.sum()
        articles: dict[str, float] = {}
        for position, probability in zip(evidence.candidates, probabilities, strict=False):
            article = index.passages[position].article_id
            articles[article] = articles.get(article, 0.0) + float(probability)
        found = [
            Found(int(position), float(probability), articles[index.passages[position].article_id], float(row[0]))
            for position, probability, row in zip(evidence.candidates, probabilities, evidence.rows, strict=False)
        ]
        return sorted(found, key=lambda each: (-each.confidence, -each.probability))


def quotable(found: Sequence[Found], threshold: float, most: int) -> List[Found]:
    """Those that may be quoted: the first of a likely enough article, and others of it that answer nearly as well."""
    likely = [each for each in found if each.confidence >= threshold]
    return [each for i, each in enumerate(likely[:most]) if i == 0 or each.probability >= NEXT_FROM]


def fit(rows: Sequence[Tuple[Evidence, Optional[Sequence[bool]]]]) -> Ranking:
    """The weights under which the right candidates are likeliest.

    Each row is the evidence of a question and which of its candidates answer it; None: nothing does. A question whose
    answer is no candidate teaches nothing and is left out.
    """
    usable = [(evidence, right) for evidence, right in rows if right is None or any(right)]
    width = len(EVIDENCE)

    def loss(weights: FloatArray) -> Tuple[float, FloatArray]:
        total, slope = 0.0, np.zeros_like(weights)
        for evidence, right in usable:
            scores = np.append(evidence.rows @ weights[:width], evidence.against @ weights[width:])
            is_right = np.array([False] * len(evidence.rows) + [True] if right is None else [*right, False])
            likely = _softmax(scores)
            wanted = np.where(is_right, likely, 0.0)
            wanted /= max(wanted.sum(), 1e-300)
            total -= float(np.log(max(likely[is_right].sum(), 1e-300)))
            slope[:width] += evidence.rows.T @ (likely - wanted)[:-1]
            slope[width:] += evidence.against * (likely - wanted)[-1]
        count = max(len(usable), 1)
        return total / count + PENALTY / 2 * float(weights @ weights), slope / count + PENALTY * weights

    weights = minimize(loss, np.zeros(width + len(AGAINST)), jac=True, method="L-BFGS-B").x
    return Ranking(tuple(map(float, weights[:width])), tuple(map(float, weights[width:])))


def _softmax(scores: FloatArray) -> FloatArray:
    exponentials: FloatArray = np.exp(scores - scores.max())
    shares: FloatArray = exponentials / exponentials.sum()
    return shares
