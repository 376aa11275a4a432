"""POST /admin/api/login and /logout, GET /admin/api/me, PUT /admin/api/me/password."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from common.bodies import Body, read_body
from common.errors import Unauthorized
from gateway import keys
from gateway.admin.access.guard import COOKIE, ROLES, Caller, Permission, require_same_origin
from gateway.admin.access.passwords import LONGEST, SHORTEST


class Credentials(Body):
    """A name and its password."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    password: Annotated[str, Field(min_length=1, max_length=LONGEST)]


class NewPassword(Body):
    """One's own, and what it was."""

    old: Annotated[str, Field(min_length=1, max_length=LONGEST)]
    new: Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]


async def log_in(request: web.Request) -> web.Response:
    """Sign in; the session that the request came with ends, so that nobody can have planted it."""
    require_same_origin(request)
    wanted = await read_body(request, Credentials)
    token, caller = await request.app[keys.GUARD].sign_in(
        name=wanted.name, password=wanted.password, old_token=request.cookies.get(COOKIE)
    )
    return _signed_in(request, token, caller)


async def change_own_password(request: web.Request, caller: Caller) -> web.Response:
    """Another password for whoever asks; every other browser of theirs has to sign in again, this one goes on."""
    wanted = await read_body(request, NewPassword)
    token, caller = await request.app[keys.GUARD].change_own_password(caller, old=wanted.old, new=wanted.new)
    return _signed_in(request, token, caller)


async def log_out(request: web.Request, _caller: Caller) -> web.Response:
    """Sign out."""
    await request.app[keys.GUARD].sign_out(request.cookies.get(COOKIE, ""))
    response = web.json_response({})
    response.del_cookie(COOKIE, path="/admin")
    return response


async def me(request: web.Request) -> web.Response:
    """Say who is signed in: null if nobody is, which is no error."""
    try:
        return _me(await request.app[keys.GUARD].caller(request, Permission.READ))
    except Unauthorized:
        return web.json_response(None)


def _signed_in(request: web.Request, token: str, caller: Caller) -> web.Response:
    response = _me(caller)
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


def _me(caller: Caller) -> web.Response:
    permissions = sorted(permission.value for permission in ROLES[caller.role])
    return web.json_response(
        {"name": caller.name, "role": caller.role, "permissions": permissions, "csrf_token": caller.csrf_token}
    )
