"""What a customer bought of categories that are not the model's own: facts beside the model's counters.

The model moves such a purchase as its nearest known ancestor, or as a basket without a category. Which category it
really was is kept here, so that nobody is said to have bought what they did not, or not to have what they did.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

_HEADER = struct.Struct("<4sII")  # mark, bytes of the model's own state, categories
_ROW = np.dtype([("category", "<u4"), ("count", "<u4"), ("first_day", "<f8"), ("last_day", "<f8")])
_MARK = b"pcx1"


@dataclass(frozen=True)
class OtherPurchase:
    """One such category. Days count from 1970-01-01 UTC."""

    count: int
    """Baskets that held it."""
    first_day: float
    last_day: float

    @property
    def mean_gap_days(self) -> float:
        """Between two purchases; `inf` after a single one."""
        return (self.last_day - self.first_day) / (self.count - 1) if self.count > 1 else float("inf")


OtherPurchases = dict[int, OtherPurchase]
"""By category_id."""


def with_basket(others: OtherPurchases, category_ids: set[int], *, day: float) -> OtherPurchases:
    """After a basket that held these."""
    moved = dict(others)
    for category_id in category_ids:
        known = moved.get(category_id)
        moved[category_id] = (
            OtherPurchase(1, day, day) if known is None else OtherPurchase(known.count + 1, known.first_day, day)
        )
    return moved


def join(own: bytes, others: OtherPurchases) -> bytes:
    """The whole state; without other purchases it is the model's own."""
    if not others:
        return own
    rows = np.array(
        [(key, others[key].count, others[key].first_day, others[key].last_day) for key in sorted(others)], dtype=_ROW
    )
    return _HEADER.pack(_MARK, len(own), len(rows)) + own + rows.tobytes()


def split(state: bytes) -> tuple[bytes, OtherPurchases]:
    """The model's own state and the rest. Raises ValueError if the bytes are cut short."""
    if not state.startswith(_MARK):
        return state, {}
    if len(state) < _HEADER.size:
        raise ValueError("these bytes are no customer state")
    _, size, count = _HEADER.unpack_from(state)
    if len(state) != _HEADER.size + size + count * _ROW.itemsize:
        raise ValueError("these bytes are no customer state")
    rows = np.frombuffer(state, dtype=_ROW, count=count, offset=_HEADER.size + size)
    others = {int(key): OtherPurchase(int(n), float(first), float(last)) for key, n, first, last in rows.tolist()}
    return state[_HEADER.size : _HEADER.size + size], others
