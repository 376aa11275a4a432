"""Admins: listed, added, given another role or password, disabled. Whoever is changed has to sign in again."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from common.bodies import Body, Reply
from common.clock import iso, utc_now
from common.errors import Conflict, NotFound
from gateway import keys
from gateway.admin.access.passwords import LONGEST, SHORTEST
from gateway.admin.access.permissions import Caller
from gateway.admin.admin_endpoint import Done, IsoTime
from gateway.conversations.audit import admin_accounts
from gateway.conversations.audit.admin_accounts import Admin

Role = Literal["viewer", "agent", "marketer", "admin"]
Password = Annotated[str, Field(min_length=SHORTEST, max_length=LONGEST)]
AdminName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]


class NewPersonBody(Body):
    """A new admin."""

    name: AdminName
    role: Role
    password: Password


class PersonBody(Body):
    """What is to change; null leaves it."""

    role: Role | None = None
    password: Password | None = None
    disabled: bool | None = None


class Person(Reply):
    """An admin."""

    name: str
    role: str
    created_at: IsoTime
    disabled_at: IsoTime | None


class People(Reply):
    """All admins, by name."""

    people: list[Person]


async def list_people(request: web.Request, _caller: Caller) -> People:
    """All admins, by name."""
    return People(
        people=[
            Person(
                name=admin.name,
                role=admin.role,
                created_at=iso(admin.created_at),
                disabled_at=None if admin.disabled_at is None else iso(admin.disabled_at),
            )
            for admin in await request.app[keys.LOG].read(admin_accounts.list_admins)
        ]
    )


async def add_person(request: web.Request, caller: Caller, body: NewPersonBody) -> Done:
    """Add an admin. Raises Conflict (`name_taken`)."""
    hashed = await request.app[keys.GUARD].passwords.hash(body.password)
    admin = Admin(name=body.name, role=body.role, password_hash=hashed, created_at=utc_now())
    entry = caller.entry("admin_create", body.name, role=body.role)
    if not await request.app[keys.LOG].write(partial(admin_accounts.add_admin, admin=admin, entry=entry)):
        raise Conflict("name_taken", f"There is somebody named {body.name} already.", field="name")
    return Done()


async def change_person(request: web.Request, caller: Caller, body: PersonBody) -> Done:
    """Change an admin.

    Raises NotFound (`unknown_admin`), and Conflict (`yourself`): admins who disable themselves could not come back.
    """
    name = request.match_info["name"]
    if name == caller.name and (body.role is not None or body.disabled is not None):
        raise Conflict("yourself", "Ask another admin to change your own role, or to shut you out.")
    hashed = None if body.password is None else await request.app[keys.GUARD].passwords.hash(body.password)
    changed = [field for field in ("role", "password", "disabled") if getattr(body, field) is not None]
    if not changed:
        return Done()
    shown = body.model_dump(exclude={"password"}, exclude_none=True)
    change = partial(
        admin_accounts.change_admin,
        name=name,
        role=body.role,
        password_hash=hashed,
        disabled=body.disabled,
        entry=caller.entry("admin_change", name, changed=changed, **shown),
    )
    if not await request.app[keys.LOG].write(change):
        raise NotFound("unknown_admin", f"There is nobody named {name}.", field="name")
    return Done()
