"""What admins write beside a conversation: tags, the flag, who looks after it, notes."""

from __future__ import annotations

from functools import partial

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from common.errors import InvalidRequest, NotFound
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.admin_endpoint import Done
from gateway.admin.inbox.conversation_handlers import number_of
from gateway.admin.inbox.conversation_replies import Colleagues
from gateway.admin.inbox.conversation_requests import AssigneeBody, FlagBody, NoteBody, Tag
from gateway.conversations.annotate import admin_changes
from gateway.conversations.audit import admin_accounts

_TAG: TypeAdapter[str] = TypeAdapter(Tag)


async def add_tag(request: web.Request, caller: Caller) -> Done:
    """Tag a conversation; twice is once."""
    return await _change_tag(request, caller, "add_tag")


async def remove_tag(request: web.Request, caller: Caller) -> Done:
    """Take a tag off a conversation."""
    return await _change_tag(request, caller, "remove_tag")


async def _change_tag(request: web.Request, caller: Caller, action: str) -> Done:
    conversation_id, tag = request.match_info["conversation_id"], request.match_info["tag"]
    try:
        _TAG.validate_python(tag)
    except ValidationError as error:
        message = "A tag is up to 40 characters without comma or slash."
        raise InvalidRequest("invalid_tag", message, field="tag") from error
    number = await number_of(request, conversation_id, field="conversation_id")
    write = admin_changes.add_tag if action == "add_tag" else admin_changes.remove_tag
    entry = caller.entry(action, conversation_id, tag=tag)
    await request.app[keys.LOG].write(partial(write, number=number, tag=tag, entry=entry))
    return Done()


async def set_flag(request: web.Request, caller: Caller, body: FlagBody) -> Done:
    """Flag a conversation, or take the flag off."""
    conversation_id = request.match_info["conversation_id"]
    number = await number_of(request, conversation_id, field="conversation_id")
    entry = caller.entry("flag" if body.flagged else "unflag", conversation_id)
    await request.app[keys.LOG].write(partial(admin_changes.set_flag, number=number, flagged=body.flagged, entry=entry))
    return Done()


async def assign(request: web.Request, caller: Caller, body: AssigneeBody) -> Done:
    """Say who looks after a conversation. Raises NotFound (`unknown_admin`)."""
    conversation_id = request.match_info["conversation_id"]
    number = await number_of(request, conversation_id, field="conversation_id")
    log = request.app[keys.LOG]
    if body.name is not None and await log.read(partial(admin_accounts.find_admin, name=body.name)) is None:
        raise NotFound("unknown_admin", f"There is nobody named {body.name}.", field="name")
    entry = caller.entry("assign", conversation_id, to=body.name)
    await log.write(partial(admin_changes.assign, number=number, to=body.name, entry=entry))
    return Done()


async def list_colleagues(request: web.Request, _caller: Caller) -> Colleagues:
    """The names of those to whom a conversation may be given."""
    found = await request.app[keys.LOG].read(admin_accounts.list_admins)
    return Colleagues(names=[admin.name for admin in found if admin.disabled_at is None])


async def add_note(request: web.Request, caller: Caller, body: NoteBody) -> Done:
    """Write a note beside a conversation."""
    conversation_id = request.match_info["conversation_id"]
    await number_of(request, conversation_id, field="conversation_id")
    entry = caller.entry("note", conversation_id)
    await request.app[keys.LOG].write(
        partial(admin_changes.add_note, conversation_id=conversation_id, text=body.text, entry=entry)
    )
    return Done()
