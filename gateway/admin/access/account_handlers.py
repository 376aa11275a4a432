"""Signing in and out, who is signed in, and one's own password."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from common.bodies import Body, Reply
from common.errors import Unauthorized
from gateway import keys
from gateway.admin.access.guard import COOKIE, require_same_origin
from gateway.admin.access.passwords import LONGEST, SHORTEST
from gateway.admin.access.permissions import ROLES, Caller, Permission


class Credentials(Body):
    """A name and its password."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=LONGEST)]


class NewPassword(Body):
    """The caller's new password, and the old one."""

    old: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    new: Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]


class Me(Reply):
    """Who is signed in."""

    name: str
    role: str
    permissions: list[Permission]
    csrf_token: str | None
    """Has to stand in the header X-CSRF-Token of every change; null for the holder of the admin token."""


async def log_in(request: web.Request, body: Credentials) -> web.Response:
    """Sign in; the session that the request came with ends, so that nobody can have planted it."""
    require_same_origin(request)
    token, caller = await request.app[keys.GUARD].sign_in(
        name=body.name, password=body.password, old_token=request.cookies.get(COOKIE)
    )
    return _signed_in(request, token, caller)


async def change_own_password(request: web.Request, caller: Caller, body: NewPassword) -> web.Response:
    """Give the caller another password; every other browser of theirs has to sign in again, this one goes on."""
    token, caller = await request.app[keys.GUARD].change_own_password(caller, old=body.old, new=body.new)
    return _signed_in(request, token, caller)


async def log_out(request: web.Request, _caller: Caller) -> web.Response:
    """Sign out."""
    await request.app[keys.GUARD].sign_out(request.cookies.get(COOKIE, ""))
    response = web.json_response({})
    response.del_cookie(COOKIE, path="/admin")
    return response


async def show_me(request: web.Request) -> Me | None:
    """Who is signed in; null if nobody is, which is no error."""
    try:
        return _me(await request.app[keys.GUARD].caller(request, Permission.READ))
    except Unauthorized:
        return None


def _signed_in(request: web.Request, token: str, caller: Caller) -> web.Response:
    response = web.Response(text=_me(caller).model_dump_json(), content_type="application/json")
    response.set_cookie(
        COOKIE,
        token,
        max_age=request.app[keys.SETTINGS].console_session_s,
        path="/admin",
        httponly=True,
        samesite="Strict",
        secure=request.secure or request.headers.get("X-Forwarded-Proto") == "https",
    )
    return response


def _me(caller: Caller) -> Me:
    permissions = sorted(ROLES[caller.role], key=lambda permission: permission.value)
    return Me(name=caller.name, role=caller.role, permissions=permissions, csrf_token=caller.csrf_token)
