"""Who gets into the console, and who may do what."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from functools import partial
from http.cookies import Morsel

import pytest

from common.clock import utc_now
from gateway.admin.access.guard import FAILURE_LIMIT
from gateway.admin.access.permissions import ROLES
from gateway.admin.route_table import ADMIN_ENDPOINTS
from gateway.conversations.audit import admin_accounts
from gateway.conversations.audit.audit_log import AuditEntry
from gateway.keys import GUARD, LOG
from tests.integration.gateway.admin_client import PASSWORD, Person, SignIn, said
from tests.integration.gateway.running_gateway import ADMIN_TOKEN, Gateway


def cookie_of(admin: Person) -> Morsel[str]:
    """The cookie that the latest reply sets."""
    assert admin.set_cookie is not None
    return admin.set_cookie


async def test_the_cookie_is_for_this_site_and_no_script_and_new_at_every_sign_in(
    gateway: Gateway, person: SignIn
) -> None:
    ada = await person("admin")
    first = ada.cookie
    assert (cookie_of(ada)["httponly"], cookie_of(ada)["samesite"], cookie_of(ada)["path"]) == (
        True,
        "Strict",
        "/admin",
    )
    assert cookie_of(ada)["secure"] == ""
    await ada.sign_in("admin", headers={"X-Forwarded-Proto": "https"})
    assert cookie_of(ada)["secure"] is True
    assert ada.cookie != first
    assert (await Person(gateway, first).ask("GET", "conversations"))[0] == 401


async def test_a_wrong_name_and_a_wrong_password_are_answered_alike(gateway: Gateway, person: SignIn) -> None:
    await person("admin")
    nobody = Person(gateway)
    answers = [await nobody.sign_in(name, "wrong-horse-battery") for name in ("admin", "nobody")]
    assert [status for status, _ in answers] == [401, 401]
    assert answers[0][1] == answers[1][1]
    assert (await nobody.ask("GET", "me")) == (200, None)


async def test_guessing_is_braked(gateway: Gateway, person: SignIn) -> None:
    await person("admin")
    nobody = Person(gateway)
    for _ in range(FAILURE_LIMIT):
        assert (await nobody.sign_in("admin", "wrong-horse-battery"))[0] == 401
    status, body = await nobody.sign_in("admin")
    assert (status, body["code"]) == (429, "too_many_attempts")


async def test_signing_out_ends_the_session(gateway: Gateway, person: SignIn) -> None:
    ada = await person("admin")
    assert (await ada.ask("POST", "logout", body={}))[0] == 200
    assert (await ada.ask("GET", "conversations"))[0] == 401


async def test_whoever_changes_their_password_stays_and_their_other_browsers_are_out(
    gateway: Gateway, person: SignIn
) -> None:
    ada, other = await person("viewer"), Person(gateway)
    await other.sign_in("viewer")
    before = ada.cookie
    new = "a quite different one"
    status, body = await ada.ask("PUT", "me/password", body={"old": "not " + PASSWORD, "new": new})
    assert (status, body["code"], body["field"]) == (400, "wrong_password", "old")
    status, body = await ada.ask("PUT", "me/password", body={"old": PASSWORD, "new": "too short"})
    assert (status, body["field"]) == (400, "new")
    assert (await other.ask("GET", "conversations"))[0] == 200, "nothing was changed"
    status, me = await ada.ask("PUT", "me/password", body={"old": PASSWORD, "new": new})
    assert (status, me["name"]) == (200, "viewer")
    assert cookie_of(ada).value != before
    assert (await other.ask("GET", "conversations"))[0] == 401
    assert (await ada.ask("GET", "conversations"))[0] == 401, "the old cookie is out, too"
    assert (await Person(gateway).sign_in("viewer"))[0] == 401
    assert (await Person(gateway).sign_in("viewer", password=new))[0] == 200
    chief = await person("admin")
    entries = (await chief.ask("GET", "audit"))[1]["entries"]
    assert [row["name"] for row in entries if row["action"] == "own_password"] == ["viewer"]
    bearer = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    status, _ = await Person(gateway).ask("PUT", "me/password", body={"old": PASSWORD, "new": new}, headers=bearer)
    assert status == 400, "the admin token has no password"


async def test_sessions_end_when_idle_and_when_old(gateway: Gateway, person: SignIn) -> None:
    ada = await person("admin")
    idle = timedelta(seconds=gateway.settings.console_idle_s)
    lifetime = timedelta(seconds=gateway.settings.console_session_s)
    start = utc_now()

    async def status_at(at: datetime) -> int:
        gateway.app[GUARD].clock = lambda: at
        return (await ada.ask("GET", "conversations"))[0]

    assert await status_at(start + idle + timedelta(minutes=1)) == 401
    at = start
    while at < start + lifetime:  # never idle for long
        assert await status_at(at) == 200
        at += idle / 2
    assert await status_at(start + lifetime + timedelta(minutes=1)) == 401


async def test_a_disabled_admin_is_out_at_once(gateway: Gateway, person: SignIn) -> None:
    ada = await person("admin")
    entry = AuditEntry(name="test", action="admin_disable", subject="admin", at=utc_now())
    change = partial(
        admin_accounts.change_admin, name="admin", role=None, password_hash=None, disabled=True, entry=entry
    )
    assert await gateway.app[LOG].write(change)
    assert (await ada.ask("GET", "conversations"))[0] == 401
    assert (await ada.sign_in("admin"))[0] == 401


@pytest.mark.parametrize("role", list(ROLES))
async def test_every_route_asks_for_its_permission(gateway: Gateway, person: SignIn, role: str) -> None:
    admin = await person(role)
    for endpoint in ADMIN_ENDPOINTS:
        if endpoint.permission is None or endpoint.path.endswith("/logout"):
            continue
        path = re.sub(r"{\w+}", "none", endpoint.path).removeprefix("/admin/api/")
        assert (await Person(gateway).ask(endpoint.method, path, body={}))[0] == 401, path
        status, body = await admin.ask(endpoint.method, path, body={} if endpoint.method != "GET" else None)
        refused = status == 403 and body["code"] == "role"
        assert refused == (endpoint.permission not in ROLES[role]), (path, status, body)


async def test_changes_need_the_csrf_token_and_come_from_the_console(gateway: Gateway, person: SignIn) -> None:
    ada = await person("admin")
    _, conversation_id = await said(gateway)
    path = f"conversations/{conversation_id}/tags/vip"
    for headers in ({"X-CSRF-Token": ""}, {"X-CSRF-Token": "é"}, {"Origin": "https://evil.example"}):
        status, body = await ada.ask("PUT", path, headers=headers)
        assert (status, body["code"]) == (403, "csrf")
    assert (await ada.sign_in("admin", headers={"Origin": "https://evil.example"}))[0] == 403
    assert (await ada.ask("PUT", path))[0] == 200


async def test_the_admin_token_reads_and_changes_nothing(gateway: Gateway) -> None:
    _, conversation_id = await said(gateway)
    script = Person(gateway)
    bearer = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    assert (await script.ask("GET", f"conversations/{conversation_id}", headers=bearer))[0] == 200
    status, body = await script.ask("PUT", f"conversations/{conversation_id}/tags/vip", headers=bearer)
    assert (status, body["code"]) == (403, "role")


async def test_people_are_added_changed_and_shut_out_but_not_oneself(gateway: Gateway, ada: Person) -> None:
    new = {"name": "eve", "role": "agent", "password": "correct-horse-battery"}
    assert (await ada.ask("POST", "people", body=new))[0] == 201
    assert (await ada.ask("POST", "people", body=new))[0] == 409
    assert (await ada.ask("POST", "people", body=new | {"name": "a", "password": "short"}))[0] == 400
    eve = Person(gateway)
    assert (await eve.sign_in("eve"))[0] == 200
    assert (await ada.ask("PUT", "people/eve", body={"role": "viewer"}))[0] == 200
    assert (await eve.ask("GET", "conversations"))[0] == 401, "signed out at once"
    assert (await ada.ask("PUT", "people/eve", body={"disabled": True}))[0] == 200
    assert (await eve.sign_in("eve"))[0] == 401
    assert (await ada.ask("PUT", "people/nobody", body={"disabled": True}))[0] == 404
    for body in ({"role": "viewer"}, {"disabled": True}):
        status, refused = await ada.ask("PUT", "people/admin", body=body)
        assert (status, refused["code"]) == (409, "yourself")
    _, shown = await ada.ask("GET", "people")
    assert [(row["name"], row["role"], row["disabled_at"] is None) for row in shown["people"]] == [
        ("admin", "admin", True),
        ("eve", "viewer", False),
    ]
    entries = (await ada.ask("GET", "audit"))[1]["entries"]
    assert "correct-horse" not in json.dumps(entries)
