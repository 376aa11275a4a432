"""Who may sign in: listed, added, given another role or password, shut out. Whoever is changed has to sign in again."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from common.bodies import Body, read_body
from common.clock import iso, utc_now
from common.errors import Conflict, NotFound
from gateway import keys
from gateway.admin.access.guard import Caller
from gateway.admin.access.passwords import LONGEST, SHORTEST
from gateway.conversations.audit import admin_accounts
from gateway.conversations.audit.admin_accounts import Admin

Role = Literal["viewer", "agent", "marketer", "admin"]
Password = Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]
AdminName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]


class NewPersonBody(Body):
    """Somebody new."""

    name: AdminName
    role: Role
    password: Password


class PersonBody(Body):
    """What is to change; null leaves it."""

    role: Role | None = None
    password: Password | None = None
    disabled: bool | None = None


async def list_people(request: web.Request, _caller: Caller) -> web.Response:
    """Everybody by name."""
    found = await request.app[keys.LOG].read(admin_accounts.list_admins)
    rows = [
        {
            "name": one.name,
            "role": one.role,
            "created_at": iso(one.created_at),
            "disabled_at": None if one.disabled_at is None else iso(one.disabled_at),
        }
        for one in found
    ]
    return web.json_response({"people": rows})


async def add_person(request: web.Request, caller: Caller) -> web.Response:
    """POST somebody new. Raises Conflict (`name_taken`)."""
    body = await read_body(request, NewPersonBody)
    hashed = await request.app[keys.GUARD].passwords.hash(body.password)
    admin = Admin(name=body.name, role=body.role, password_hash=hashed, created_at=utc_now())
    deed = caller.deed("admin_create", body.name, role=body.role)
    if not await request.app[keys.LOG].write(partial(admin_accounts.add_admin, admin=admin, deed=deed)):
        raise Conflict("name_taken", f"There is somebody named {body.name} already.", field="name")
    return web.json_response({}, status=201)


async def change_person(request: web.Request, caller: Caller) -> web.Response:
    """PUT changes. Raises Conflict (`yourself`): whoever shut themselves out could not come back."""
    body = await read_body(request, PersonBody)
    name = request.match_info["name"]
    if name == caller.name and (body.role is not None or body.disabled is not None):
        raise Conflict("yourself", "Ask another admin to change your own role, or to shut you out.")
    hashed = None if body.password is None else await request.app[keys.GUARD].passwords.hash(body.password)
    done = [what for what in ("role", "password", "disabled") if getattr(body, what) is not None]
    if not done:
        return web.json_response({})
    shown = body.model_dump(exclude={"password"}, exclude_none=True)
    deed = caller.deed("admin_change", name, changed=done, **shown)
    change = partial(
        admin_accounts.change_admin, name=name, role=body.role, password_hash=hashed, disabled=body.disabled, deed=deed
    )
    if not await request.app[keys.LOG].write(change):
        raise NotFound("unknown_admin", f"There is nobody named {name}.", field="name")
    return web.json_response({})
