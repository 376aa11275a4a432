"""What every table builds on: the metadata and packed numbers."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from typing import Literal

from sqlalchemy import Dialect, LargeBinary, TypeDecorator

from common.tables import new_metadata


class PackedFloats(TypeDecorator[Sequence[float]]):
    """Numbers one after another, little endian: a quarter of their JSON, and read and written many times as fast."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, kind: Literal["f", "d"]) -> None:
        """`f` has 4 bytes a number, `d` 8."""
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Sequence[float] | None, dialect: Dialect) -> bytes | None:
        """Pack them."""
        return None if value is None else pack_floats(value, self.kind)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> tuple[float, ...] | None:
        """Unpack them."""
        return None if value is None else unpack_floats(value, self.kind)


def pack_floats(numbers: Sequence[float], kind: str) -> bytes:
    """What `PackedFloats` stores."""
    packed = array(kind, numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def unpack_floats(stored: bytes, kind: str) -> tuple[float, ...]:
    """The inverse of `pack_floats`."""
    packed = array(kind, stored)
    if sys.byteorder == "big":
        packed.byteswap()
    return tuple(packed)


metadata = new_metadata()
