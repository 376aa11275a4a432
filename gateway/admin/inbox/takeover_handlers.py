"""An admin answers instead of the bot, and hands back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field

from common.bodies import Body, read_body
from common.clock import utc_now
from common.errors import Conflict
from gateway import keys
from gateway.admin.access.guard import Caller
from gateway.admin.inbox.conversation_handlers import number_of, unknown_conversation
from gateway.chat import frames
from gateway.chat.turns import new_message_id
from gateway.conversations.audit import audit_log
from gateway.conversations.read import transcripts
from gateway.conversations.records import Conversation, Message


class SayBody(Body):
    """What the admin says."""

    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


async def take_over(request: web.Request, caller: Caller) -> web.Response:
    """Pause the bot. Raises Conflict (`taken`) if somebody else was first."""
    conversation_id = request.match_info["conversation_id"]
    number = await number_of(request, conversation_id, field="conversation_id")
    taken_by = await request.app[keys.LOG].write(
        partial(audit_log.take_over, number=number, deed=caller.deed("take_over", conversation_id))
    )
    if taken_by != caller.name:
        raise Conflict("taken", f"{taken_by} answers this conversation already.")
    _tell_room(request, conversation_id, taken_by=taken_by)
    return web.json_response({"taken_by": taken_by})


async def hand_back(request: web.Request, caller: Caller) -> web.Response:
    """Let the bot answer again; who took it over may do so, and so may a colleague when they went home."""
    conversation_id = request.match_info["conversation_id"]
    number = await number_of(request, conversation_id, field="conversation_id")
    await request.app[keys.LOG].write(
        partial(audit_log.hand_back, number=number, deed=caller.deed("hand_back", conversation_id))
    )
    _tell_room(request, conversation_id, taken_by=None)
    return web.json_response({"taken_by": None})


async def say(request: web.Request, caller: Caller) -> web.Response:
    """Answer as a person. Raises Conflict (`not_taken`) unless the caller has taken the conversation over."""
    body = await read_body(request, SayBody)
    conversation_id = request.match_info["conversation_id"]
    log = request.app[keys.LOG]
    conversation: Conversation | None = await log.read(
        partial(transcripts.find_conversation, conversation_id=conversation_id)
    )
    if conversation is None:
        raise unknown_conversation("conversation_id")
    if conversation.taken_by != caller.name:
        raise Conflict("not_taken", "Take the conversation over first.")
    message = Message(message_id=new_message_id(), seq=0, sender="agent", text=body.text.strip(), created_at=utc_now())
    deed = caller.deed("say", conversation_id, message_id=message.message_id)
    said = await log.write(partial(audit_log.say, conversation_id=conversation_id, message=message, deed=deed))
    room = request.app[keys.ROOMS].find(conversation_id)
    if room is not None:
        room.tell(frames.message(said), seq=said.seq)
    return web.json_response({"message_id": said.message_id, "seq": said.seq}, status=201)


def _tell_room(request: web.Request, conversation_id: str, *, taken_by: str | None) -> None:
    room = request.app[keys.ROOMS].find(conversation_id)
    if room is not None:
        room.conversation = replace(room.conversation, taken_by=taken_by)
