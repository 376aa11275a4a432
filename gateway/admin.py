"""The admin API: read only, behind a bearer token."""

from __future__ import annotations

import hmac
from functools import partial

from aiohttp import web

from gateway import keys
from gateway.errors import InvalidRequest, NotFound, Unauthorized
from gateway.log import reading
from gateway.log.records import Conversation

PAGE_LIMIT = 200
PAGE_DEFAULT = 50


async def list_conversations(request: web.Request) -> web.Response:
    """GET /admin/api/conversations?limit=&before=: the latest started first; `next_before` asks for the next page."""
    _require_admin(request)
    limit = _read_limit(request)
    before_id = request.query.get("before")
    before = None if before_id is None else await _find(request, before_id, field="before")
    # One more than asked for tells whether there is a next page.
    found = await request.app[keys.LOG].read(partial(reading.list_conversations, before=before, limit=limit + 1))
    page = found[:limit]
    return web.json_response(
        {"conversations": page, "next_before": page[-1]["conversation_id"] if len(found) > limit else None}
    )


async def show_conversation(request: web.Request) -> web.Response:
    """GET /admin/api/conversations/{conversation_id}: every message with parse, actions, decision and outcome."""
    _require_admin(request)
    conversation = await _find(request, request.match_info["conversation_id"], field="conversation_id")
    messages = await request.app[keys.LOG].read(
        partial(reading.conversation_messages, conversation_id=conversation.conversation_id)
    )
    return web.json_response(
        {
            "conversation_id": conversation.conversation_id,
            "customer_id": conversation.customer_id,
            "messages": messages,
        }
    )


def _require_admin(request: web.Request) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    expected = request.app[keys.SETTINGS].admin_token.get_secret_value()
    if scheme.lower() != "bearer" or not hmac.compare_digest(
        token.strip().encode("utf-8", "replace"), expected.encode()
    ):
        raise Unauthorized("unauthorized", "The admin token is missing or wrong.")


def _read_limit(request: web.Request) -> int:
    text = request.query.get("limit", str(PAGE_DEFAULT))
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= PAGE_LIMIT):
        raise InvalidRequest("invalid_request", f"limit: has to be 1 to {PAGE_LIMIT}", field="limit")
    return int(text)


async def _find(request: web.Request, conversation_id: str, *, field: str) -> Conversation:
    found = await request.app[keys.LOG].read(partial(reading.find_conversation, conversation_id=conversation_id))
    if found is None:
        raise NotFound("unknown_conversation", "There is no such conversation.", field=field)
    return found
