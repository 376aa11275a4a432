"""Saved views: filters under a name. They are the caller's own, so that reading them needs no right beyond reading."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field

from common.bodies import Body, read_body
from gateway import keys
from gateway.admin.access.guard import Caller
from gateway.conversations.annotate import saved_views


class ViewBody(Body):
    """A view: its name, and the filters as they stand in the page's address."""

    name: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
    query: Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x20\x7f]*$")]


class ViewName(Body):
    """Which one."""

    name: Annotated[str, Field(max_length=64)]


async def list_views(request: web.Request, caller: Caller) -> web.Response:
    """The caller's views."""
    return web.json_response(
        {"views": await request.app[keys.LOG].read(partial(saved_views.listed, owner=caller.name))}
    )


async def save_view(request: web.Request, caller: Caller) -> web.Response:
    """PUT a view."""
    body = await read_body(request, ViewBody)
    await request.app[keys.LOG].write(partial(saved_views.save, owner=caller.name, name=body.name, query=body.query))
    return web.json_response({})


async def remove_view(request: web.Request, caller: Caller) -> web.Response:
    """DELETE a view."""
    body = await read_body(request, ViewName)
    await request.app[keys.LOG].write(partial(saved_views.remove, owner=caller.name, name=body.name))
    return web.json_response({})
