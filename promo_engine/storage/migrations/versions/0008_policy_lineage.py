"""Versions of the policy get a status, parents and a record of changes; decisions name the state they were made on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_REFUSE_ON_POSTGRESQL = """\
CREATE FUNCTION policy_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'policy_audit is append-only'; END $$"""


def upgrade() -> None:
    """Add tables and columns; the newest version of each user model is live, the others are retired."""
    _add_lineage()
    op.create_table(
        "learned_elsewhere",
        sa.Column("decision_id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["outcomes.decision_id"], name=op.f("fk_learned_elsewhere_decision_id")
        ),
        sa.ForeignKeyConstraint(["version"], ["policy_snapshots.version"], name=op.f("fk_learned_elsewhere_version")),
        sa.PrimaryKeyConstraint("decision_id", "version", name=op.f("pk_learned_elsewhere")),
    )
    op.create_index(op.f("ix_learned_elsewhere_version"), "learned_elsewhere", ["version"])
    op.create_table(
        "decision_states",
        sa.Column("state_hash", sa.String(length=32), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_decision_states")),
    )
    op.add_column("outcomes", sa.Column("set_aside", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("decisions", sa.Column("state_hash", sa.String(length=32), nullable=True))
    op.add_column("decisions", sa.Column("prices", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_decisions_decided_at"), "decisions", ["decided_at"])
    _make_audit()


def _add_lineage() -> None:
    # Plain ADD COLUMN: copying a table, as batch mode does on SQLite, would drop rows that others refer to.
    for name, length in (("status", 16), ("origin", 16), ("created_by", 64)):
        op.add_column("policy_snapshots", sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    op.add_column("policy_snapshots", sa.Column("parent_version", sa.Integer(), nullable=True))
    op.add_column("policy_snapshots", sa.Column("line", sa.Integer(), nullable=False, server_default="0"))
    # Until now a version without rewards began a line, and every other one learned from the one before.
    of_model = "FROM policy_snapshots b WHERE b.model_version = policy_snapshots.model_version"
    earlier = f"{of_model} AND b.version <= policy_snapshots.version"
    op.execute(
        "UPDATE policy_snapshots SET created_by = 'engine', "
        f"status = CASE WHEN version = (SELECT max(b.version) {of_model}) THEN 'live' ELSE 'retired' END, "
        "origin = CASE WHEN reward_count = 0 THEN 'trained' ELSE 'learned' END, "
        f"line = coalesce((SELECT max(b.version) {earlier} AND b.reward_count = 0), "
        f"(SELECT min(b.version) {of_model})), "
        "parent_version = CASE WHEN reward_count = 0 THEN NULL ELSE "
        f"(SELECT max(b.version) {of_model} AND b.version < policy_snapshots.version) END"
    )
    op.create_index(op.f("ix_policy_snapshots_line_version"), "policy_snapshots", ["line", "version"])
    live = sa.text("status = 'live'")
    op.create_index(
        "uq_policy_snapshots_live",
        "policy_snapshots",
        ["model_version"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )


def _make_audit() -> None:
    op.create_table(
        "policy_audit",
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("model_version", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("before_version", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_policy_audit")),
    )
    if _is_postgresql():
        op.execute(_REFUSE_ON_POSTGRESQL)
        op.execute(
            "CREATE TRIGGER policy_audit_append_only BEFORE UPDATE OR DELETE ON policy_audit "
            "FOR EACH ROW EXECUTE FUNCTION policy_audit_refuse()"
        )
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER policy_audit_no_{change.lower()} BEFORE {change} ON policy_audit "
            "BEGIN SELECT RAISE(ABORT, 'policy_audit is append-only'); END"
        )


def downgrade() -> None:
    """Drop what was added. The older version goes on from the highest version that is not a candidate."""
    op.drop_table("policy_audit")
    if _is_postgresql():
        op.execute("DROP FUNCTION policy_audit_refuse()")
    op.drop_index(op.f("ix_decisions_decided_at"), table_name="decisions")
    for name in ("prices", "state_hash"):
        op.drop_column("decisions", name)
    op.drop_column("outcomes", "set_aside")
    op.drop_table("decision_states")
    op.drop_index(op.f("ix_learned_elsewhere_version"), table_name="learned_elsewhere")
    op.drop_table("learned_elsewhere")
    op.execute("DELETE FROM policy_snapshots WHERE status = 'candidate'")
    op.drop_index("uq_policy_snapshots_live", table_name="policy_snapshots")
    op.drop_index(op.f("ix_policy_snapshots_line_version"), table_name="policy_snapshots")
    for name in ("status", "origin", "created_by", "parent_version", "line"):
        op.drop_column("policy_snapshots", name)


def _is_postgresql() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")
