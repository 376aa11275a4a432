"""A decision's numbers are packed, and its arms named once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

from promo_engine.storage.tables.base import pack_floats, unpack_floats

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NO_OFFER = "no_offer"
_BATCH = 1000
_NUMBERS = ("propensities", "expected_rewards", "features")


def upgrade() -> None:
    """Pack the numbers of every decision."""
    empty = sa.text("''")
    op.add_column("decisions", sa.Column("arms", sa.JSON(), nullable=False, server_default="[]"))
    for name in _NUMBERS:
        op.add_column("decisions", sa.Column(f"new_{name}", sa.LargeBinary(), nullable=False, server_default=empty))
    _rewrite(_packed, columns=_NUMBERS, written=("arms", *(f"new_{name}" for name in _NUMBERS)))
    _take_over()


def downgrade() -> None:
    """Write the numbers of every decision as JSON again."""
    for name in _NUMBERS:
        op.add_column("decisions", sa.Column(f"new_{name}", sa.JSON(), nullable=False, server_default="[]"))
    _rewrite(_as_json, columns=("arms", *_NUMBERS), written=tuple(f"new_{name}" for name in _NUMBERS))
    _take_over()
    op.drop_column("decisions", "arms")


def _packed(row: Any) -> Iterable[Any]:
    propensities, expected = _read(row.propensities), _read(row.expected_rewards)
    arms = [arm for arm in propensities if arm != _NO_OFFER]
    yield json.dumps(arms)
    yield pack_floats([propensities[arm] for arm in (*arms, _NO_OFFER)], "d")
    yield pack_floats([expected[arm] for arm in arms], "d")
    yield pack_floats(_read(row.features), "f")


def _as_json(row: Any) -> Iterable[Any]:
    arms = _read(row.arms)
    yield json.dumps(dict(zip([*arms, _NO_OFFER], unpack_floats(row.propensities, "d"), strict=True)))
    yield json.dumps(dict(zip(arms, unpack_floats(row.expected_rewards, "d"), strict=True)))
    yield json.dumps(unpack_floats(row.features, "f"))


def _read(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored


def _rewrite(values_of: Callable[[Any], Iterable[Any]], *, columns: tuple[str, ...], written: tuple[str, ...]) -> None:
    """Fill the new columns from the old ones, a thousand rows at a time."""
    connection = op.get_bind()
    page = sa.text(
        f"SELECT decision_id, {', '.join(columns)} FROM decisions WHERE decision_id > :after "
        f"ORDER BY decision_id LIMIT {_BATCH}"
    )
    json_columns = {"arms"} if "arms" in written else set(written)
    marks = ", ".join(
        f"{name} = {f'CAST(:{name} AS JSON)' if name in json_columns and _is_postgresql() else f':{name}'}"
        for name in written
    )
    store = sa.text(f"UPDATE decisions SET {marks} WHERE decision_id = :decision_id")
    after = ""
    while rows := connection.execute(page, {"after": after}).all():
        connection.execute(
            store,
            [{"decision_id": row.decision_id, **dict(zip(written, values_of(row), strict=True))} for row in rows],
        )
        after = rows[-1].decision_id


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _take_over() -> None:
    for name in _NUMBERS:
        op.drop_column("decisions", name)
        op.execute(f"ALTER TABLE decisions RENAME COLUMN new_{name} TO {name}")
