"""From the rows of sub-words to the rows of tokens and of whole sentences.

The sentence row is the masked mean over all sub-words, markers included, scaled to length one: what the weights of
all-MiniLM-L6-v2 were trained with (Reimers and Gurevych, Sentence-BERT, EMNLP 2019).
"""

from typing import Sequence, Tuple

import numpy as np
import torch
from torch import Tensor

from bot.arrays import FloatArray, IntArray

POOLING_VERSION = "2"
"""Changes whenever the same weights would give other vectors; part of an encoder's `weights_hash`."""

Span = Tuple[int, int]
"""Characters [start, end) of a text."""


def last_layers(model: torch.nn.Module, layers: int, **inputs: Tensor) -> Tensor:
    """Hidden rows (L, B, S, D) of the last `layers` layers, the last one first."""
    hidden = model(**inputs, output_hidden_states=True).hidden_states
    return torch.stack(hidden[: -layers - 1 : -1])


def sentence_means(hidden: Tensor, mask: Tensor) -> Tensor:
    """Masked means over the sub-words of `hidden` (..., B, S, D), of length one: (..., B, D). `mask` is (B, S)."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)  # (B, S, 1)
    return torch.nn.functional.normalize((hidden * weights).sum(dim=-2) / weights.sum(dim=-2), dim=-1)


def rows_per_token(rows: FloatArray, *, offsets: IntArray, spans: Sequence[Span]) -> FloatArray:
    """Average the sub-word rows (S, D) that overlap each token's characters into (T, D).

    `offsets` (S, 2) are the sub-words' character ranges, empty for markers and padding. A token that no sub-word
    touches (BERT drops control characters) keeps a zero row: leaving it out would shift every later token.
    """
    bounds = np.array(spans, dtype=np.int64).reshape(-1, 2)
    starts, ends = offsets[:, 0], offsets[:, 1]
    overlaps = (starts < bounds[:, 1:]) & (ends > bounds[:, :1]) & (ends > starts)  # (T, S)
    counts = overlaps.sum(axis=1, keepdims=True, dtype=np.float32)
    means: FloatArray = (overlaps.astype(np.float32) @ rows) / np.maximum(counts, 1)
    return means
