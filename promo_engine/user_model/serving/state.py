"""The state of one customer: counters and LSTM memory per category bought, as compact bytes.

A state holds 178 bytes per category ever bought with the default settings, about 16 kB for the usual household. It
belongs to the model version that made it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from promo_engine.user_model.model_settings import ModelSettings
from promo_engine.user_model.pair_features import Floats, Singles

_HEADER = struct.Struct("<4sII4d")  # mark, baskets, categories, last day, first day, mean breadth, mean spend
_MARK = b"pcs1"


@dataclass(eq=False)
class CustomerState:
    """`n` categories bought so far, ascending by category_id. Days count from 1970-01-01 UTC."""

    baskets: int
    last_day: float
    first_day: float
    breadth: float
    spend: float
    decayed: Singles
    """(decays,) faded baskets as of the last basket."""
    category: NDArray[np.uint16]
    """(n,)."""
    pair_days: Floats
    """(n, 2) first and last day."""
    pair_counts: NDArray[np.int32]
    """(n, 3) purchases, number of the first basket, number of the last."""
    pair_decayed: Singles
    """(n, decays) faded purchases as of the pair's last purchase."""
    memory: Singles
    """(n, 2 x hidden) h and c of the LSTM."""

    @classmethod
    def empty(cls, settings: ModelSettings) -> CustomerState:
        """An anonymous customer."""
        decays, hidden = settings.decay_count, settings.hidden_size
        return cls(
            baskets=0,
            last_day=0.0,
            first_day=0.0,
            breadth=0.0,
            spend=0.0,
            decayed=np.zeros(decays, np.float32),
            category=np.zeros(0, np.uint16),
            pair_days=np.zeros((0, 2)),
            pair_counts=np.zeros((0, 3), np.int32),
            pair_decayed=np.zeros((0, decays), np.float32),
            memory=np.zeros((0, 2 * hidden), np.float32),
        )

    def to_bytes(self) -> bytes:
        """Little endian, header first."""
        header = _HEADER.pack(
            _MARK, self.baskets, len(self.category), self.last_day, self.first_day, self.breadth, self.spend
        )
        parts: tuple[NDArray[Any], ...] = (
            self.decayed,
            self.category,
            self.pair_days,
            self.pair_counts,
            self.pair_decayed,
            self.memory,
        )
        dtypes = ("<f4", "<u2", "<f8", "<i4", "<f4", "<f4")
        return header + b"".join(part.astype(dtype).tobytes() for part, dtype in zip(parts, dtypes, strict=True))

    @classmethod
    def from_bytes(cls, blob: bytes, settings: ModelSettings) -> CustomerState:
        """Raises ValueError if the bytes are no state of a model with these settings."""
        decays, hidden = settings.decay_count, settings.hidden_size
        if len(blob) < _HEADER.size or blob[:4] != _MARK:
            raise ValueError("these bytes are no customer state")
        _, baskets, n, last_day, first_day, breadth, spend = _HEADER.unpack_from(blob)
        layout: list[tuple[str, tuple[int, ...]]] = [
            ("<f4", (decays,)),
            ("<u2", (n,)),
            ("<f8", (n, 2)),
            ("<i4", (n, 3)),
            ("<f4", (n, decays)),
            ("<f4", (n, 2 * hidden)),
        ]
        if len(blob) != _HEADER.size + sum(np.dtype(kind).itemsize * int(np.prod(shape)) for kind, shape in layout):
            raise ValueError("this customer state belongs to a model of another shape; run `promobot train`")
        offset, arrays = _HEADER.size, []
        for kind, shape in layout:
            size = int(np.prod(shape))
            arrays.append(np.frombuffer(blob, dtype=kind, count=size, offset=offset).reshape(shape))
            offset += size * np.dtype(kind).itemsize
        return cls(baskets, last_day, first_day, breadth, spend, *arrays)
