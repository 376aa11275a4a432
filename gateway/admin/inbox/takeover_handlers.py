"""An admin answers instead of the bot, and hands back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field

from common.bodies import Body
from common.clock import utc_now
from common.errors import Conflict
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.inbox.conversation_handlers import number_of, unknown_conversation
from gateway.admin.inbox.conversation_replies import Said, TakenBy
from gateway.chat import frames
from gateway.chat.bot_messages import new_message_id
from gateway.conversations.annotate import admin_changes
from gateway.conversations.read import transcripts
from gateway.conversations.records import Conversation, Message


class SayBody(Body):
    """What the admin says."""

    text: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


async def take_over(request: web.Request, caller: Caller) -> TakenBy:
    """Pause the bot and answer instead. Raises Conflict (`taken`) if somebody else was first."""
    conversation_id = request.match_info["conversation_id"]
    number = await number_of(request, conversation_id, field="conversation_id")
    taken_by = await request.app[keys.LOG].write(
        partial(admin_changes.take_over, number=number, entry=caller.entry("take_over", conversation_id))
    )
    if taken_by != caller.name:
        raise Conflict("taken", f"{taken_by} answers this conversation already.")
    _update_channel(request, conversation_id, taken_by=taken_by)
    return TakenBy(taken_by=taken_by)


async def hand_back(request: web.Request, caller: Caller) -> TakenBy:
    """Let the bot answer again.

    Every admin with the permission may do so: the one who took the conversation over may have gone home.
    """
    conversation_id = request.match_info["conversation_id"]
    number = await number_of(request, conversation_id, field="conversation_id")
    await request.app[keys.LOG].write(
        partial(admin_changes.hand_back, number=number, entry=caller.entry("hand_back", conversation_id))
    )
    _update_channel(request, conversation_id, taken_by=None)
    return TakenBy(taken_by=None)


async def say(request: web.Request, caller: Caller, body: SayBody) -> Said:
    """Answer as a person. Raises Conflict (`not_taken`) unless the caller has taken the conversation over."""
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
    entry = caller.entry("say", conversation_id, message_id=message.message_id)
    logged = await log.write(partial(admin_changes.say, conversation_id=conversation_id, message=message, entry=entry))
    channel = request.app[keys.CHANNELS].find(conversation_id)
    if channel is not None:
        channel.send(frames.message(logged), seq=logged.seq)
    return Said(message_id=logged.message_id, seq=logged.seq)


def _update_channel(request: web.Request, conversation_id: str, *, taken_by: str | None) -> None:
    channel = request.app[keys.CHANNELS].find(conversation_id)
    if channel is not None:
        channel.conversation = replace(channel.conversation, taken_by=taken_by)
