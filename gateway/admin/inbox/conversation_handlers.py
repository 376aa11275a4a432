"""The list of conversations, one conversation's transcript, and the decisions behind its offers."""

from __future__ import annotations

from functools import partial
from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from common.bodies import path_segment
from common.errors import InvalidRequest, NotFound
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.admin_endpoint import reply_of
from gateway.admin.inbox.conversation_replies import ConversationPage, FilterValues, LastMessage, Transcript
from gateway.admin.inbox.conversation_requests import PageQuery, TranscriptQuery
from gateway.conversations.annotate import admin_changes, corrections
from gateway.conversations.read import transcripts
from gateway.conversations.search import conversation_search


async def list_conversations(request: web.Request, _caller: Caller, query: PageQuery) -> ConversationPage:
    """A page of conversations, the latest started first."""
    before = None if query.before is None else await number_of(request, query.before, field="before")
    # One more than asked for tells whether there is a next page.
    found = await request.app[keys.LOG].read(
        partial(conversation_search.page, filters=query.filters(), before=before, limit=query.limit + 1)
    )
    page = found[: query.limit]
    next_before = page[-1]["conversation_id"] if len(found) > query.limit else None
    return reply_of(ConversationPage, {"conversations": page, "next_before": next_before})


async def show_conversation(request: web.Request, _caller: Caller, query: TranscriptQuery) -> Transcript:
    """A conversation: messages with what stands behind them, its summary, notes and corrections."""
    conversation_id = request.match_info["conversation_id"]
    if query.before_seq is not None and query.from_seq is not None:
        raise InvalidRequest("invalid_request", "before_seq and from_seq exclude each other.", field="from_seq")

    def read(connection: Connection) -> dict[str, Any] | None:
        summary = conversation_search.find_summary(connection, conversation_id)
        if summary is None:
            return None
        more_after = False
        if query.from_seq is not None:
            messages, more_after = transcripts.messages_from(
                connection, conversation_id, from_seq=query.from_seq, limit=query.limit
            )
        else:
            messages = transcripts.messages_before(
                connection, conversation_id, before_seq=query.before_seq, limit=query.limit
            )
        return {
            "conversation_id": conversation_id,
            "customer_id": summary["customer_id"],
            "digest": summary,
            "notes": admin_changes.notes_of(connection, conversation_id),
            "corrections": corrections.of_conversation(connection, conversation_id),
            "messages": messages,
            # Sequence numbers begin with 1 and have no gaps.
            "more_before": bool(messages) and messages[0]["seq"] > 1,
            "more_after": more_after,
        }

    found = await request.app[keys.LOG].read(read)
    if found is None:
        raise unknown_conversation("conversation_id")
    return reply_of(Transcript, found)


async def show_decision(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """The whole decision behind an offer, from the engine."""
    return await request.app[keys.ENGINE].decision(path_segment(request, "decision_id"))


async def explain_decision(request: web.Request, _caller: Caller) -> dict[str, Any]:
    """What spoke for the chosen offer and against it, in words and by feature, from the engine."""
    return await request.app[keys.ENGINE].explanation(path_segment(request, "decision_id"))


async def list_filter_values(request: web.Request, _caller: Caller) -> FilterValues:
    """The values one may filter by."""
    return reply_of(FilterValues, await request.app[keys.LOG].read(conversation_search.tag_values))


async def show_last_activity(request: web.Request, _caller: Caller) -> LastMessage:
    """When anything was last said; a console that sees it change asks for its page again."""
    return LastMessage(last_message_at=await request.app[keys.LOG].read(conversation_search.last_activity))


async def number_of(request: web.Request, conversation_id: str, *, field: str) -> int:
    """The conversation's number. Raises NotFound (`unknown_conversation`)."""
    number: int | None = await request.app[keys.LOG].read(
        partial(conversation_search.number_of, conversation_id=conversation_id)
    )
    if number is None:
        raise unknown_conversation(field)
    return number


def unknown_conversation(field: str) -> NotFound:
    """The error for a conversation that does not exist."""
    return NotFound("unknown_conversation", "There is no such conversation.", field=field)
