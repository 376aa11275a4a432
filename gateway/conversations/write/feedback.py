"""What shoppers say about the chat: message ratings, a closing rating, consent.

Tags of the kinds `message rating` (up, down) and `rating` (1 to 5) follow, so that the console can filter on them.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from common.upsert import insert_for
from gateway.conversations.index.index_updates import note_tags
from gateway.conversations.schema.admin_tables import conversation_index, tags
from gateway.conversations.schema.message_tables import messages
from gateway.conversations.schema.widget_tables import consents, ratings


def rate_message(connection: Connection, *, conversation_id: str, message_id: str, message_rating: str | None) -> bool:
    """Store a message rating (`up`, `down`; None takes it back) on an answer; False if there is no such answer."""
    changed = connection.execute(
        update(messages)
        .where(
            messages.c.message_id == message_id,
            messages.c.conversation_id == conversation_id,
            messages.c.sender != "shopper",
        )
        .values(message_rating=message_rating)
    )
    if not changed.rowcount:
        return False
    left = connection.scalars(
        select(messages.c.message_rating)
        .where(messages.c.conversation_id == conversation_id, messages.c.message_rating.is_not(None))
        .distinct()
    )
    _replace_tags(connection, conversation_id, kind="thumb", values=set(left))
    return True


def rate_conversation(
    connection: Connection, *, conversation_id: str, stars: int, comment: str, rated_at: datetime
) -> None:
    """Store the closing rating, 1 to 5 stars; a later one replaces it."""
    values = {"stars": stars, "comment": comment, "rated_at": rated_at}
    connection.execute(
        insert_for(connection, ratings)
        .values(conversation_id=conversation_id, **values)
        .on_conflict_do_update(index_elements=["conversation_id"], set_=values)
    )
    _replace_tags(connection, conversation_id, kind="rating", values={str(stars)})


def rating_of(connection: Connection, conversation_id: str) -> int | None:
    """The stars of a conversation, if it has any."""
    stars: int | None = connection.scalar(select(ratings.c.stars).where(ratings.c.conversation_id == conversation_id))
    return stars


def record_consent(
    connection: Connection, *, conversation_id: str, version: str, locale: str, given_at: datetime
) -> None:
    """Record which version of the notice a shopper agreed to by sending; the first time counts."""
    connection.execute(
        insert_for(connection, consents)
        .values(conversation_id=conversation_id, version=version, locale=locale, given_at=given_at)
        .on_conflict_do_nothing()
    )


def consents_of(connection: Connection, conversation_id: str) -> list[tuple[str, str, datetime]]:
    """Version, locale and time of every consent in a conversation, the oldest first."""
    rows = connection.execute(
        select(consents.c.version, consents.c.locale, consents.c.given_at)
        .where(consents.c.conversation_id == conversation_id)
        .order_by(consents.c.given_at)
    )
    return [(row.version, row.locale, row.given_at) for row in rows]


def _replace_tags(connection: Connection, conversation_id: str, *, kind: str, values: set[str]) -> None:
    number = connection.scalar(
        select(conversation_index.c.number).where(conversation_index.c.conversation_id == conversation_id)
    )
    if number is None:
        return
    connection.execute(delete(tags).where(tags.c.kind == kind, tags.c.number == number))
    note_tags(connection, number, {(kind, value) for value in values})
