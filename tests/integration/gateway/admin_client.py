"""Admins at a browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from common.clock import utc_now
from gateway.admin.access.guard import COOKIE
from gateway.conversations.audit import admin_accounts
from gateway.conversations.audit.audit_log import AuditEntry
from gateway.keys import GUARD, LOG
from tests.integration.gateway.running_gateway import Gateway
from tests.integration.gateway.widget_client import Widget

PASSWORD = "correct-horse-battery"
SignIn = Callable[[str], Awaitable["Person"]]
"""Signs an admin in under a role, whose name is also theirs."""


class Person:
    """An admin at a browser: keeps cookie and CSRF token."""

    def __init__(self, gateway: Gateway, cookie: str = "", csrf: str = "") -> None:
        self.gateway, self.cookie, self.csrf = gateway, cookie, csrf

    async def ask(self, method: str, path: str, *, body: Any = None, headers: Any = None) -> tuple[int, Any]:
        sent = {"Cookie": f"{COOKIE}={self.cookie}", "X-CSRF-Token": self.csrf} | (headers or {})
        url = self.gateway.url(f"/admin/api/{path}")
        async with self.gateway.http.request(method, url, json=body, headers=sent) as response:
            self.set_cookie = response.cookies.get(COOKIE)
            is_json = response.content_type == "application/json"
            return response.status, await response.json() if is_json else await response.text()

    async def sign_in(self, name: str, password: str = PASSWORD, **more: Any) -> tuple[int, Any]:
        status, me = await self.ask("POST", "login", body={"name": name, "password": password}, **more)
        if status == 200:
            assert self.set_cookie is not None
            self.cookie, self.csrf = self.set_cookie.value, me["csrf_token"]
        return status, me


async def add_admin(gateway: Gateway, name: str, role: str) -> None:
    hashed = await gateway.app[GUARD].passwords.hash(PASSWORD)
    admin = admin_accounts.Admin(name=name, role=role, password_hash=hashed, created_at=utc_now())
    entry = AuditEntry(name="test", action="admin_create", subject=name, at=utc_now())
    assert await gateway.app[LOG].write(partial(admin_accounts.add_admin, admin=admin, entry=entry))


async def said(gateway: Gateway, text: str = "hello") -> tuple[Widget, str]:
    widget, welcome = await gateway.chat()
    await widget.say(text)
    return widget, welcome["conversation_id"]
