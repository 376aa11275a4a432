"""What every table builds on: the metadata with its naming convention, times in UTC, and packed numbers."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import DateTime, Dialect, LargeBinary, MetaData, TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive datetimes; SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC. Raises ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Read UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


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


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
