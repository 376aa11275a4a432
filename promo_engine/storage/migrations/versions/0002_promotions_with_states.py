"""Promotions and offers get states, limits and versions; a record of changes, encounters, refusals and pacing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_STATE_KNOWN = "state IN ('draft', 'scheduled', 'paused', 'ended')"
_TABLES = {"promotions": "ck_promotions_promotion_state_known", "offers": "ck_offers_offer_state_known"}
_REFUSE_ON_POSTGRESQL = """\
CREATE FUNCTION promotion_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'promotion_audit is append-only'; END $$"""


def upgrade() -> None:
    """Everything that is there already counts as scheduled: its window says whether it runs."""
    # Plain ADD COLUMN: copying a table, as batch mode does on SQLite, would drop rows that others refer to.
    for table, constraint in _TABLES.items():
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN state VARCHAR(16) DEFAULT 'scheduled' NOT NULL "
            f"CONSTRAINT {constraint} CHECK ({_STATE_KNOWN})"
        )
        op.add_column(table, sa.Column("limits", sa.JSON(), nullable=False, server_default="{}"))
        op.add_column(table, sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("offers", sa.Column("from_file", sa.Integer(), nullable=False, server_default="1"))
    op.create_index(op.f("ix_offers_promotion_id_offer_id"), "offers", ["promotion_id", "offer_id"])
    _make_audit()
    op.create_table(
        "offer_encounters",
        sa.Column("decision_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("offer_id", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('exposed', 'accepted', 'declined')", name=op.f("ck_offer_encounters_encounter_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.decision_id"], name=op.f("fk_offer_encounters_decision_id")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offers.offer_id"], name=op.f("fk_offer_encounters_offer_id")),
        sa.PrimaryKeyConstraint("decision_id", "kind", name=op.f("pk_offer_encounters")),
    )
    op.create_index(op.f("ix_offer_encounters_subject_at"), "offer_encounters", ["subject", "at"])
    _fill_encounters()
    op.create_table(
        "promotion_refusals",
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_promotion_refusals")),
    )
    op.create_table(
        "promotion_pacing",
        sa.Column("promotion_id", sa.String(length=64), nullable=False),
        sa.Column("price", sa.Float(), nullable=False),
        sa.Column("integral", sa.Float(), nullable=False),
        sa.Column("planned_cents", sa.BigInteger(), nullable=False),
        sa.Column("spent_cents", sa.BigInteger(), nullable=False),
        sa.Column("reserved_cents", sa.BigInteger(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("price >= 0", name=op.f("ck_promotion_pacing_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotions.promotion_id"], name=op.f("fk_promotion_pacing_promotion_id")
        ),
        sa.PrimaryKeyConstraint("promotion_id", name=op.f("pk_promotion_pacing")),
    )


def _make_audit() -> None:
    op.create_table(
        "promotion_audit",
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("promotion_id", sa.String(length=64), nullable=False),
        sa.Column("offer_id", sa.String(length=64), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_promotion_audit")),
    )
    op.create_index(op.f("ix_promotion_audit_promotion_id_audit_id"), "promotion_audit", ["promotion_id", "audit_id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_REFUSE_ON_POSTGRESQL)
        op.execute(
            "CREATE TRIGGER promotion_audit_append_only BEFORE UPDATE OR DELETE ON promotion_audit "
            "FOR EACH ROW EXECUTE FUNCTION promotion_audit_refuse()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER promotion_audit_no_{change.lower()} BEFORE {change} ON promotion_audit "
            "BEGIN SELECT RAISE(ABORT, 'promotion_audit is append-only'); END"
        )


def _fill_encounters() -> None:
    """What customers have met before this version counts from the first moment."""
    subject = "CASE WHEN d.customer_id IS NULL THEN 'conversation:' || d.conversation_id "
    subject += "ELSE 'customer:' || d.customer_id END"
    into = "INSERT INTO offer_encounters (decision_id, kind, subject, offer_id, at) "
    op.execute(
        f"{into}SELECT d.decision_id, 'exposed', {subject}, d.offer_id, d.exposed_at FROM decisions d "
        "WHERE d.exposed_at IS NOT NULL AND d.offer_id IS NOT NULL"
    )
    op.execute(
        f"{into}SELECT d.decision_id, o.outcome, {subject}, d.offer_id, o.recorded_at FROM outcomes o "
        "JOIN decisions d ON d.decision_id = o.decision_id WHERE o.outcome IN ('accepted', 'declined')"
    )


def downgrade() -> None:
    """Drop what was added; states and the record of changes are lost."""
    op.drop_table("promotion_pacing")
    op.drop_table("promotion_refusals")
    op.drop_table("offer_encounters")
    op.drop_table("promotion_audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION promotion_audit_refuse()")
    op.drop_index(op.f("ix_offers_promotion_id_offer_id"), table_name="offers")
    op.drop_column("offers", "from_file")
    for table in _TABLES:
        for column in ("state", "limits", "version"):
            op.drop_column(table, column)
