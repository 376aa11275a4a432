"""Vowpal Wabbit's cb_explore_adf on the engine's own features, in process and from text, as its users feed it."""

from __future__ import annotations

import statistics
import time

import numpy as np
from vowpalwabbit import pyvw

from promo_engine.policies.features import FEATURES

_ARMS = 60
_PREDICTIONS = 2000


def vw_predict_ms() -> float:
    """Median milliseconds of one choice among 60 offers, after some learning, with SquareCB exploration."""
    generator = np.random.default_rng(1)
    workspace = pyvw.Workspace("--cb_explore_adf --squarecb --quiet")

    def example(label: str = "") -> str:
        rows = generator.normal(size=(_ARMS, len(FEATURES))).round(4)
        rows[:, generator.random(len(FEATURES)) < 0.5] = 0.0  # hot columns only, as in the engine's rows
        lines = [
            "|o " + " ".join(f"{name}:{value}" for name, value in zip(FEATURES, row, strict=True) if value)
            for row in rows
        ]
        return "\n".join([f"{label} {lines[0]}" if label else lines[0], *lines[1:]])

    for _ in range(50):
        workspace.learn(example("0:-1.0:0.2"))
    examples = [example() for _ in range(50)]
    times = []
    for number in range(_PREDICTIONS):
        text = examples[number % len(examples)]
        began = time.perf_counter()
        workspace.predict(text)
        times.append((time.perf_counter() - began) * 1000)
    workspace.finish()
    return statistics.median(times)
