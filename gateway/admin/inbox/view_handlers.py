"""Saved views: filters under a name. They are the caller's own, so reading them needs no right beyond reading."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field

from common.bodies import Body
from gateway import keys
from gateway.admin.access.permissions import Caller
from gateway.admin.admin_endpoint import Done, reply_of
from gateway.admin.inbox.conversation_replies import SavedViews
from gateway.conversations.annotate import saved_views


class ViewBody(Body):
    """A view: its name, and the filters as they stand in the page's address."""

    name: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
    query: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x20\x7f]*$")]


class ViewName(Body):
    """Which view."""

    name: Annotated[str, Field(max_length=64)]


async def list_views(request: web.Request, caller: Caller) -> SavedViews:
    """The caller's views."""
    found = await request.app[keys.LOG].read(partial(saved_views.views_of, owner=caller.name))
    return reply_of(SavedViews, {"views": found})


async def save_view(request: web.Request, caller: Caller, body: ViewBody) -> Done:
    """Keep a view; one of the same name is replaced."""
    await request.app[keys.LOG].write(partial(saved_views.save, owner=caller.name, name=body.name, query=body.query))
    return Done()


async def remove_view(request: web.Request, caller: Caller, body: ViewName) -> Done:
    """Forget a view."""
    await request.app[keys.LOG].write(partial(saved_views.remove, owner=caller.name, name=body.name))
    return Done()
