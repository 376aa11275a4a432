"""The texts of the language benchmark: public sets, or any folder with train.csv and test.csv (`text,intent`).

Beside those two a folder may hold `train_<n>.csv` (n texts per intent), `val.csv`, and texts that belong to no intent:
`oos_train.csv`, `oos_val.csv`, `oos_test.csv`, or `NO_NODES_DETECTED` as the intent in `test.csv`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

OUT_OF_SCOPE = "out_of_scope"
UNKNOWN_IN_TEST = ("NO_NODES_DETECTED", OUT_OF_SCOPE, "oos")
FOLDS = 3
"""Of the calibration where no validation texts are given."""
HELD_BACK = 0.25
"""Share of the remaining intents' texts that such a fold keeps for the other side of the calibration."""

Text = tuple[str, str]
"""A text and its intent."""


class DataError(Exception):
    """A benchmark set cannot be read; the message is one line that says what to do."""


@dataclass(frozen=True)
class Split:
    """Texts to learn from, and texts to ask about. OUT_OF_SCOPE as a label means: none of the intents."""

    learn: list[Text]
    ask: list[Text]


@dataclass(frozen=True)
class LanguageSet:
    """One set at one size."""

    name: str
    shots: str
    """A number of texts per intent, or "full"."""
    test: Split
    calibration: list[Split]
    """Where the threshold is chosen, without the test texts: empty if nothing out of scope is asked about. A split that
    learns from the same texts as `test` needs no training of its own."""

    @property
    def knows_out_of_scope(self) -> bool:
        """Whether the test has texts that belong to no intent."""
        return any(intent == OUT_OF_SCOPE for _, intent in self.test.ask)


def read_set(folder: Path, shots: str) -> LanguageSet:
    """The set in `folder`, learning from `train.csv` or `train_<shots>.csv`. Raises DataError."""
    learn = read_csv(folder / ("train.csv" if shots == "full" else f"train_{shots}.csv"))
    ask = [
        (text, OUT_OF_SCOPE if intent in UNKNOWN_IN_TEST else intent) for text, intent in read_csv(folder / "test.csv")
    ]
    ask += _out_of_scope(folder / "oos_test.csv")
    if all(intent != OUT_OF_SCOPE for _, intent in ask):
        return LanguageSet(folder.name, shots, Split(learn, ask), [])
    learn += _out_of_scope(folder / "oos_train.csv")
    validation = _out_of_scope(folder / "oos_val.csv")
    if validation and (folder / "val.csv").exists():
        calibration = [Split(learn, read_csv(folder / "val.csv") + validation)]
    else:
        calibration = leave_intents_out(learn, seed=1)
    return LanguageSet(folder.name, shots, Split(learn, ask), calibration)


def leave_intents_out(texts: list[Text], *, seed: int) -> list[Split]:
    """Splits in which a third of the intents is out of scope: known neither to learning nor by name."""
    random = np.random.default_rng(seed)
    intents = sorted({intent for _, intent in texts} - {OUT_OF_SCOPE})
    fold_of = dict(zip(intents, random.permutation(len(intents)) % FOLDS, strict=True))
    held_back = random.random(len(texts)) < HELD_BACK
    splits = []
    for fold in range(FOLDS):
        learn = [t for t, back in zip(texts, held_back, strict=True) if not back and fold_of.get(t[1], -1) != fold]
        taught = {intent for _, intent in learn}
        ask = [t for t, back in zip(texts, held_back, strict=True) if back and t[1] in taught]
        ask += [(text, OUT_OF_SCOPE) for text, intent in texts if fold_of.get(intent, -1) == fold]
        splits.append(Split(learn, ask))
    return splits


def threshold_for(confidences: np.ndarray, *, in_scope: np.ndarray, recall: float) -> float:
    """The least confidence to trust so that this share of all texts out of scope is rejected, at nine chances in ten.

    Of few texts more than that share is rejected: the lower end of Wilson's interval (1927) for the share reaches
    `recall`, for a threshold that just rejects it here rejects less elsewhere half of the time. `confidences` are 0
    where out of scope was the answer itself; `in_scope` says which texts have an intent.
    """
    unknown = np.sort(confidences[~in_scope])
    for rejected in range(1, len(unknown) + 1):
        interval = binomtest(rejected, len(unknown)).proportion_ci(confidence_level=0.8, method="wilson")
        if interval.low >= recall:
            return float(np.nextafter(unknown[rejected - 1], 2))
    return float(np.nextafter(unknown[-1], 2))


def read_csv(path: Path) -> list[Text]:
    """All rows with a text, without the space around it, as Rasa reads them. Raises DataError."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return [(row["text"].strip(), row["intent"]) for row in rows if row["text"].strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    except KeyError as error:
        raise DataError(f"{path} needs the columns text,intent; {error} is missing") from error


def _out_of_scope(path: Path) -> list[Text]:
    return [(text, OUT_OF_SCOPE) for text, _ in read_csv(path)] if path.exists() else []
