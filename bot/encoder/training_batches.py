"""Which sentences fine-tuning trains on, and in which batches."""

from itertools import chain
from typing import Iterator, List, Sequence, Tuple

import numpy as np

from bot.arrays import IntArray

LEAST_TO_SPLIT = 5
"""Sentences; an intent with fewer keeps all of them for training."""
POOL_BATCHES = 16
"""Batches are cut from this many batches' worth of sentences sorted by length: little padding, still well mixed."""


def split(labels: IntArray, *, share: float, rng: np.random.Generator) -> Tuple[IntArray, IntArray]:
    """Indices to train on, and indices to hold out: `share` of each intent that has LEAST_TO_SPLIT sentences."""
    chosen: List[int] = []
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == label))
        if share and len(own) >= LEAST_TO_SPLIT:
            chosen.extend(own[: max(1, round(share * len(own)))])
    held_out = np.array(sorted(chosen), dtype=np.int64)
    return np.setdiff1d(np.arange(len(labels)), held_out), held_out


def batches(
    indices: IntArray, labels: IntArray, lengths: Sequence[int], *, size: int, rng: np.random.Generator
) -> Iterator[List[int]]:
    """Every index once, in batches of similar length and in random order.

    Two sentences of one intent stay together: with many intents a random batch would hold few such pairs, and the
    contrastive loss needs them.
    """
    pairs: List[List[int]] = []
    for label in np.unique(labels[indices]):
        own = rng.permutation(indices[labels[indices] == label]).tolist()
        pairs.extend(own[start : start + 2] for start in range(0, len(own), 2))
    mixed = [pairs[i] for i in rng.permutation(len(pairs))]
    pool = POOL_BATCHES * size // 2
    cut: List[List[int]] = []
    for start in range(0, len(mixed), pool):
        by_length = sorted(mixed[start : start + pool], key=lambda pair: max(lengths[i] for i in pair))
        flat = list(chain.from_iterable(by_length))
        cut.extend(flat[first : first + size] for first in range(0, len(flat), size))
    for i in rng.permutation(len(cut)):
        yield cut[i]
