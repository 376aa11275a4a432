"""The codes of accepted offers, pools of imported codes, and the accounts that hold the caps."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
)

from common.tables import UtcDateTime
from promo_engine.storage.tables.base import metadata

codes = Table(
    "codes",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("decision_id", ForeignKey("decisions.decision_id"), nullable=False, unique=True),
    Column("offer_id", ForeignKey("offers.offer_id"), nullable=False),
    Column("customer_id", ForeignKey("customers.customer_id")),
    Column("state", String(16), nullable=False),
    Column("reserved_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    # What it holds of the accounts; the offer's expected cost may change while the code is out.
    Column("held_cents", BigInteger, nullable=False, server_default="0"),
    # Once per customer, also when two conversations accept at the same moment. Anonymous customers (NULL) never
    # collide.
    UniqueConstraint("customer_id", "offer_id"),
    CheckConstraint("state IN ('reserved', 'redeemed', 'released', 'expired')", name="code_state_known"),
    Index(None, "state", "expires_at"),
)

# Imported codes in the order of their file. A taken one never comes back: its shopper may still have it.
pool_codes = Table(
    "pool_codes",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("offer_id", ForeignKey("offers.offer_id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("decision_id", ForeignKey("decisions.decision_id")),
    Index(None, "offer_id", "decision_id", "place"),
)

# Codes that a hosted shop has too. Without a row, a code is used at our own checkout.
hosted_codes = Table(
    "hosted_codes",
    metadata,
    Column("code", ForeignKey("codes.code"), primary_key=True),
    Column("source_id", String(64), nullable=False),
    # The code in lower case, as orders of the shop are searched for it.
    Column("shop_key", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("brought", Boolean, nullable=False, server_default=false()),
    Column("shop_reference", String(128), nullable=False, server_default=""),
    Column("created_at", UtcDateTime),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_try_at", UtcDateTime, index=True),
    Column("last_error", String(500), nullable=False, server_default=""),
    Column("news_due_at", UtcDateTime, index=True),
    Index(None, "source_id", "shop_key"),
    Index(None, "state", "code"),
)

# No foreign key: the owner is a promotion or an offer. Caps are copied here so that the database itself can hold them.
budget_accounts = Table(
    "budget_accounts",
    metadata,
    Column("kind", String(16), primary_key=True),
    Column("owner_id", String(64), primary_key=True),
    Column("budget_cents", BigInteger),
    Column("max_uses", BigInteger),
    Column("reserved_cents", BigInteger, nullable=False, server_default="0"),
    Column("spent_cents", BigInteger, nullable=False, server_default="0"),
    Column("reserved_uses", BigInteger, nullable=False, server_default="0"),
    Column("spent_uses", BigInteger, nullable=False, server_default="0"),
    CheckConstraint("kind IN ('promotion', 'offer')", name="account_kind_known"),
    CheckConstraint(
        "reserved_cents >= 0 AND spent_cents >= 0 AND reserved_uses >= 0 AND spent_uses >= 0",
        name="account_not_negative",
    ),
    CheckConstraint("budget_cents IS NULL OR reserved_cents + spent_cents <= budget_cents", name="budget_kept"),
    CheckConstraint("max_uses IS NULL OR reserved_uses + spent_uses <= max_uses", name="uses_kept"),
)
