"""Offers get a scope, conditions, groups, priorities and margin floors; customers segments, products costs.

A benefit is stored as its kind and that kind's own fields, without nulls.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OLD_FIELDS = ("percent_basis_points", "amount_cents", "buy_quantity", "get_quantity", "points")
_OLD_KINDS = {"percentage", "fixed_amount", "buy_x_get_y", "free_delivery", "loyalty_points"}
_OFFERS = sa.table(
    "offers",
    sa.column("offer_id", sa.String),
    sa.column("benefit", sa.JSON),
    sa.column("category_ids", sa.JSON),
    sa.column("scope", sa.JSON),
    sa.column("condition", sa.JSON(none_as_null=True)),
    sa.column("exclusive_group", sa.String),
    sa.column("margin_floor_basis_points", sa.Integer),
    sa.column("state", sa.String),
)


def upgrade() -> None:
    """Offers keep what they give: their categories become their scope."""
    # Plain ADD COLUMN: copying a table, as batch mode does on SQLite, would drop rows that others refer to.
    op.add_column("offers", sa.Column("scope", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("offers", sa.Column("condition", sa.JSON(), nullable=True))
    op.add_column("offers", sa.Column("exclusive_group", sa.String(length=64), nullable=True))
    op.add_column("offers", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("offers", sa.Column("margin_floor_basis_points", sa.Integer(), nullable=True))
    op.add_column("customers", sa.Column("segments", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("products", sa.Column("unit_cost_cents", sa.BigInteger(), nullable=True))
    columns = (_OFFERS.c.offer_id, _OFFERS.c.benefit, _OFFERS.c.category_ids)
    for row in op.get_bind().execute(sa.select(*columns)).all():
        benefit = {name: value for name, value in row.benefit.items() if value is not None}
        _store(row.offer_id, benefit=benefit, scope={"category_ids": row.category_ids} if row.category_ids else {})
    op.drop_column("offers", "category_ids")


def downgrade() -> None:
    """Go back to five kinds on categories. Offers that say more than that are ended: they would give something else."""
    op.add_column("offers", sa.Column("category_ids", sa.JSON(), nullable=False, server_default="[]"))
    for row in op.get_bind().execute(sa.select(*(item for item in _OFFERS.c if item.name != "category_ids"))).all():
        benefit, scope = row.benefit, row.scope
        known = benefit.get("kind") in _OLD_KINDS or not benefit
        said = {"kind", *_OLD_FIELDS}
        if not known or set(benefit) - said or set(scope) - {"category_ids"} or _has_rules(row):
            _store(row.offer_id, state="ended")
        if not known:  # nothing of it can be given: the smallest benefit that the older version reads
            benefit = {"kind": "loyalty_points", "points": 1}
        old = {"kind": benefit["kind"]} | {name: benefit.get(name) for name in _OLD_FIELDS} if benefit else {}
        _store(row.offer_id, benefit=old, category_ids=scope.get("category_ids", []))
    op.drop_column("products", "unit_cost_cents")
    op.drop_column("customers", "segments")
    for column in ("margin_floor_basis_points", "priority", "exclusive_group", "condition", "scope"):
        op.drop_column("offers", column)


def _has_rules(row: Any) -> bool:
    return not (row.condition is None and row.exclusive_group is None and row.margin_floor_basis_points is None)


def _store(offer_id: str, **values: Any) -> None:
    op.get_bind().execute(sa.update(_OFFERS).where(_OFFERS.c.offer_id == offer_id).values(**values))
