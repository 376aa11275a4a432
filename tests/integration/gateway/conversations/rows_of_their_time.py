"""Rows of a log as each revision of its tables had them, written through the tables that stand in the database.

Nothing here knows today's tables: a column that is added later must not change what an old database holds.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, MetaData, Table, insert, select, text

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008")
AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
TEXT = "where is my elephant"
OF_CONVERSATION = {"conversation_id": "c-old"}
INDEXED = {(1 << 20) | 1: "where is my elephant", (1 << 20) | 2: "well"}
"""Words of both messages by their position in the full-text index: conversation number 1, messages 1 and 2."""

Rows = dict[str, list[dict[str, Any]]]

ROWS: dict[str, Rows] = {
    "0001": {
        "conversations": [
            {
                **OF_CONVERSATION,
                "subject": "customer:1228",
                "customer_id": "1228",
                "started_at": AT,
                "turn_count": 1,
                "carried_slots": {"order_number": "7"},
            }
        ],
        "messages": [
            {
                **OF_CONVERSATION,
                "message_id": "m-1",
                "seq": 1,
                "sender": "shopper",
                "text": TEXT,
                "client_message_id": "client-1",
                "created_at": AT,
                "state": "answered",
                "parse": {"intent": {"name": "track_order", "confidence": 0.4}},
                "actions": ["action_show_order"],
                "turn_ms": 41,
            },
            {
                **OF_CONVERSATION,
                "message_id": "m-2",
                "seq": 2,
                "sender": "bot",
                "text": "Well?",
                "created_at": AT,
                "decision_id": "d-1",
                "offer": {"offer_id": "soft-drinks-15", "decision_id": "d-1"},
                "buttons": [{"title": "Yes", "button_token": "t-1"}],
                "exposed_at": AT,
            },
        ],
        "button_tokens": [
            {**OF_CONVERSATION, "token": "t-1", "message_id": "m-2", "title": "Yes", "payload": "/accept_offer"}
        ],
    },
    "0002": {
        "digests": [
            {
                **OF_CONVERSATION,
                "number": 1,
                "customer_id": "1228",
                "channel": "web",
                "started_at": AT,
                "last_message_at": AT,
                "message_count": 2,
                "preview": TEXT,
                "confidence": 0.4,
                "fallback_count": 0,
                "handed_over": False,
                "flagged": True,
            }
        ],
        "facets": [
            {"kind": "intent", "value": "track_order", "number": 1},
            {"kind": "outcome", "value": "exposed", "number": 1},
        ],
        "notes": [{**OF_CONVERSATION, "author": "ada", "text": "Call back.", "created_at": AT}],
        "admins": [{"name": "ada", "role": "admin", "password_hash": "$argon2id$old", "created_at": AT}],
        "admin_sessions": [
            {"token_hash": "h" * 64, "name": "ada", "csrf_token": "csrf", "created_at": AT, "seen_at": AT}
        ],
        "audit_entries": [{"at": AT, "name": "ada", "action": "flag", "subject": "c-old", "details": {"why": "vip"}}],
    },
    "0003": {
        "consents": [{**OF_CONVERSATION, "version": "1", "locale": "en", "given_at": AT}],
        "ratings": [{**OF_CONVERSATION, "stars": 4, "comment": "slow", "rated_at": AT}],
        "waiting": [{**OF_CONVERSATION, "since": AT}],
        "triggers": [
            {
                "trigger_id": "basket",
                "enabled": True,
                "rule": {"basket_from_cents": 3000, "per_day": 1},
                "changed_at": AT,
                "changed_by": "ada",
            }
        ],
        "firings": [
            {
                **OF_CONVERSATION,
                "subject": "customer:1228",
                "trigger_id": "basket",
                "fired_at": AT,
            }
        ],
    },
    "0004": {
        "turn_times": [{"day": date(2026, 11, 20), "bucket": 32, "turns": 1}],
        "corrections": [
            {
                **OF_CONVERSATION,
                "message_id": "m-1",
                "text": TEXT,
                "guessed_intent": "track_order",
                "intent": "complain",
                "entities": [{"start": 12, "end": 20, "entity": "product"}],
                "author": "ada",
                "created_at": AT,
            }
        ],
        "saved_views": [{"owner": "ada", "name": "Mine", "query": "flagged=true"}],
        "cursors": [{"name": "decisions", "value": "d-1"}],
    },
    "0005": {},
    "0006": {},
    "0007": {},
    "0008": {
        "suggestions": [
            {
                "suggestion_id": 1,
                "state": "dismissed",
                "proposed": "track_order",
                "share": 0.5,
                "taps": 1,
                "chosen": None,
                "decided_by": "ada",
                "decided_at": AT,
                "created_at": AT,
            }
        ],
        "suggestion_messages": [
            {**OF_CONVERSATION, "message_id": "m-1", "suggestion_id": 1, "text": TEXT, "position": 0}
        ],
        "trainings": [
            {
                "training_id": 1,
                "state": "live",
                "started_by": "ada",
                "started_at": AT,
                "ended_at": AT,
                "examples_hash": "0" * 64,
                "example_count": 1,
                "checks": [{"name": "held_out", "before": 1, "after": 1, "of": 1}],
                "message": "",
                "model": "new.tar.gz",
                "previous_model": "old.tar.gz",
            }
        ],
    },
}
"""Rows of the tables that a revision brings, by table."""
COLUMNS: dict[str, dict[str, Any]] = {
    "0003": {"thumb": "up"},
    "0005": {"companions": {"currency": "USD", "products": []}},
    "0006": {"shipments": [{"carrier": "UPS", "tracking_number": "1Z2345", "tracking_url": "", "state": "shipped"}]},
    "0007": {"proof_form": {"order_number": "7"}},
}
"""Columns that a revision adds to the bot's message."""


def rows_at(revision: str) -> Rows:
    """All rows of a database of that revision."""
    known = [name for name in REVISIONS if name <= revision]
    rows = {table: [dict(row) for row in own] for name in known for table, own in ROWS[name].items()}
    for name in known:
        rows["messages"][1] |= COLUMNS.get(name, {})
    return rows


def fill(connection: Connection, revision: str) -> None:
    """Write the rows into a database of that revision."""
    for table, rows in rows_at(revision).items():
        for row in rows:
            connection.execute(insert(_standing(connection, table)), row)
    if revision >= "0002":
        sqlite = "INSERT INTO message_search(rowid, words) VALUES (:position, :words)"
        postgresql = "INSERT INTO message_search(place, words) VALUES (:position, to_tsvector('simple', :words))"
        statement = text(sqlite if connection.dialect.name == "sqlite" else postgresql)
        for position, words in INDEXED.items():
            connection.execute(statement, {"position": position, "words": words})


def lost_rows(connection: Connection, revision: str) -> list[tuple[str, dict[str, Any]]]:
    """Rows of that revision that are not in the database any more, or are others now, by table."""
    lost = []
    for name, rows in rows_at(revision).items():
        table = _standing(connection, name)
        stored = [dict(row._mapping) for row in connection.execute(select(table))]
        for row in rows:
            if not any(all(_same(there.get(column), value) for column, value in row.items()) for there in stored):
                lost.append((name, row))
    return lost


def _standing(connection: Connection, name: str) -> Table:
    return Table(name, MetaData(), autoload_with=connection)


def _same(stored: object, written: object) -> bool:
    if isinstance(stored, datetime) and stored.tzinfo is None:  # SQLite keeps no zone
        stored = stored.replace(tzinfo=UTC)
    return stored == written
