"""The console's server side: who gets in, who may do what, and what the list finds."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote

import pytest

from common.clock import utc_now
from gateway.admin import admin_command
from gateway.admin.access.guard import COOKIE, FAILURE_LIMIT
from gateway.admin.access.passwords import Passwords
from gateway.admin.access.permissions import ROLES, Permission
from gateway.admin.route_table import ADMIN_ENDPOINTS
from gateway.conversations.audit import admin_accounts
from gateway.conversations.audit.audit_log import AuditEntry
from gateway.conversations.conversation_log import open_log
from gateway.conversations.index.index_updates import catch_up
from gateway.conversations.search import conversation_search
from gateway.conversations.search.conversation_search import Filters
from gateway.keys import GUARD, LOG
from gateway.metrics import Metrics
from tests.integration.gateway.conftest import ADMIN_TOKEN, plain_reply
from tools.filled_log import fill

PASSWORD = "correct-horse-battery"
NOW = datetime(2026, 11, 25, tzinfo=UTC)


class Person:
    """An admin at a browser: keeps cookie and CSRF token."""

    def __init__(self, gateway, cookie="", csrf=""):
        self.gateway, self.cookie, self.csrf = gateway, cookie, csrf

    async def ask(self, method, path, *, body=None, headers=None):
        sent = {"Cookie": f"{COOKIE}={self.cookie}", "X-CSRF-Token": self.csrf} | (headers or {})
        url = self.gateway.url(f"/admin/api/{path}")
        async with self.gateway.http.request(method, url, json=body, headers=sent) as response:
            self.set_cookie = response.cookies.get(COOKIE)
            is_json = response.content_type == "application/json"
            return response.status, await response.json() if is_json else await response.text()

    async def sign_in(self, name, password=PASSWORD, **more):
        status, me = await self.ask("POST", "login", body={"name": name, "password": password}, **more)
        if status == 200:
            self.cookie, self.csrf = self.set_cookie.value, me["csrf_token"]
        return status, me


async def add_admin(gateway, name, role):
    hashed = await gateway.app[GUARD].passwords.hash(PASSWORD)
    admin = admin_accounts.Admin(name=name, role=role, password_hash=hashed, created_at=utc_now())
    entry = AuditEntry(name="test", action="admin_create", subject=name, at=utc_now())
    assert await gateway.app[LOG].write(partial(admin_accounts.add_admin, admin=admin, entry=entry))


@pytest.fixture
async def person(gateway):
    """Signs somebody in under a role."""

    async def sign_in(role):
        await add_admin(gateway, role, role)
        one = Person(gateway)
        assert (await one.sign_in(role))[0] == 200
        return one

    return sign_in


async def said(gateway, text="hello"):
    widget, welcome = await gateway.chat()
    await widget.say(text)
    return widget, welcome["conversation_id"]


async def test_the_cookie_is_for_this_site_and_no_script_and_new_at_every_sign_in(gateway, person):
    ada = await person("admin")
    first = ada.cookie
    assert (ada.set_cookie["httponly"], ada.set_cookie["samesite"], ada.set_cookie["path"]) == (
        True,
        "Strict",
        "/admin",
    )
    assert ada.set_cookie["secure"] == ""
    await ada.sign_in("admin", headers={"X-Forwarded-Proto": "https"})
    assert ada.set_cookie["secure"] is True
    assert ada.cookie != first
    assert (await Person(gateway, first).ask("GET", "conversations"))[0] == 401


async def test_a_wrong_name_and_a_wrong_password_are_answered_alike(gateway, person):
    await person("admin")
    nobody = Person(gateway)
    answers = [await nobody.sign_in(name, "wrong-horse-battery") for name in ("admin", "nobody")]
    assert [status for status, _ in answers] == [401, 401]
    assert answers[0][1] == answers[1][1]
    assert (await nobody.ask("GET", "me")) == (200, None)


async def test_guessing_is_braked(gateway, person):
    await person("admin")
    nobody = Person(gateway)
    for _ in range(FAILURE_LIMIT):
        assert (await nobody.sign_in("admin", "wrong-horse-battery"))[0] == 401
    status, body = await nobody.sign_in("admin")
    assert (status, body["code"]) == (429, "too_many_attempts")


async def test_signing_out_ends_the_session(gateway, person):
    ada = await person("admin")
    assert (await ada.ask("POST", "logout", body={}))[0] == 200
    assert (await ada.ask("GET", "conversations"))[0] == 401


async def test_whoever_changes_their_password_stays_and_their_other_browsers_are_out(gateway, person):
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
    assert ada.set_cookie.value != before
    assert (await other.ask("GET", "conversations"))[0] == 401
    assert (await ada.ask("GET", "conversations"))[0] == 401, "the old cookie is out, too"
    assert (await Person(gateway).sign_in("viewer"))[0] == 401
    assert (await Person(gateway).sign_in("viewer", password=new))[0] == 200
    chief = await person("admin")
    entries = (await chief.ask("GET", "audit"))[1]["entries"]
    assert [one["name"] for one in entries if one["action"] == "own_password"] == ["viewer"]
    bearer = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    status, _ = await Person(gateway).ask("PUT", "me/password", body={"old": PASSWORD, "new": new}, headers=bearer)
    assert status == 400, "the admin token has no password"


async def test_sessions_end_when_idle_and_when_old(gateway, person):
    ada = await person("admin")
    for name in ("_idle", "_session"):
        guard, whole = gateway.app[GUARD], getattr(gateway.app[GUARD], name)
        setattr(guard, name, whole * 0)
        assert (await ada.ask("GET", "conversations"))[0] == 401
        setattr(guard, name, whole)
    assert (await ada.ask("GET", "conversations"))[0] == 200


async def test_a_disabled_admin_is_out_at_once(gateway, person):
    ada = await person("admin")
    entry = AuditEntry(name="test", action="admin_disable", subject="admin", at=utc_now())
    change = partial(
        admin_accounts.change_admin, name="admin", role=None, password_hash=None, disabled=True, entry=entry
    )
    assert await gateway.app[LOG].write(change)
    assert (await ada.ask("GET", "conversations"))[0] == 401
    assert (await ada.sign_in("admin"))[0] == 401


@pytest.mark.parametrize("role", list(ROLES))
async def test_every_route_asks_for_its_permission(gateway, person, role):
    admin = await person(role)
    for endpoint in ADMIN_ENDPOINTS:
        if endpoint.permission is None or endpoint.path.endswith("/logout"):
            continue
        path = re.sub(r"{\w+}", "none", endpoint.path).removeprefix("/admin/api/")
        assert (await Person(gateway).ask(endpoint.method, path, body={}))[0] == 401, path
        status, body = await admin.ask(endpoint.method, path, body={} if endpoint.method != "GET" else None)
        refused = status == 403 and body["code"] == "role"
        assert refused == (endpoint.permission not in ROLES[role]), (path, status, body)


async def test_changes_need_the_csrf_token_and_come_from_the_console(gateway, person):
    ada = await person("admin")
    _, conversation_id = await said(gateway)
    path = f"conversations/{conversation_id}/tags/vip"
    for headers in ({"X-CSRF-Token": ""}, {"X-CSRF-Token": "é"}, {"Origin": "https://evil.example"}):
        status, body = await ada.ask("PUT", path, headers=headers)
        assert (status, body["code"]) == (403, "csrf")
    assert (await ada.sign_in("admin", headers={"Origin": "https://evil.example"}))[0] == 403
    assert (await ada.ask("PUT", path))[0] == 200


async def test_the_admin_token_reads_and_changes_nothing(gateway):
    _, conversation_id = await said(gateway)
    script = Person(gateway)
    bearer = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    assert (await script.ask("GET", f"conversations/{conversation_id}", headers=bearer))[0] == 200
    status, body = await script.ask("PUT", f"conversations/{conversation_id}/tags/vip", headers=bearer)
    assert (status, body["code"]) == (403, "role")


async def test_tags_flags_and_notes_are_found_shown_and_audited(gateway, person):
    ada = await person("admin")
    _, conversation_id = await said(gateway)
    await said(gateway)
    one = f"conversations/{conversation_id}"
    await ada.ask("PUT", f"{one}/tags/VIP customer")
    await ada.ask("PUT", f"{one}/flag", body={"flagged": True})
    assert (await ada.ask("POST", f"{one}/notes", body={"text": "Call her back."}))[0] == 201
    _, shown = await ada.ask("GET", one)
    assert (shown["digest"]["facets"]["tag"], shown["digest"]["flagged"]) == (["VIP customer"], True)
    assert [(note["author"], note["text"]) for note in shown["notes"]] == [("admin", "Call her back.")]
    for query in ("tag=VIP+customer", "flagged=true"):
        _, page = await ada.ask("GET", f"conversations?{query}")
        assert [row["conversation_id"] for row in page["conversations"]] == [conversation_id]
    await ada.ask("DELETE", f"{one}/tags/VIP customer")
    assert (await ada.ask("GET", "facets"))[1]["tag"] == []
    _, audit = await ada.ask("GET", "audit")
    assert [entry["action"] for entry in audit["entries"]][:4] == ["remove_tag", "note", "flag", "add_tag"]


@pytest.mark.parametrize("tag", ["${x}", "{{x}}", "<b>", "100 %", "?#&", "退货"])
async def test_a_tag_may_have_any_character_but_comma_and_slash(gateway, person, tag):
    ada = await person("admin")
    _, conversation_id = await said(gateway)
    path = f"conversations/{conversation_id}/tags/{quote(tag, safe='')}"
    assert (await ada.ask("PUT", path))[0] == 200
    assert (await ada.ask("GET", "facets"))[1]["tag"] == [tag]
    assert (await ada.ask("DELETE", path))[0] == 200
    assert (await ada.ask("GET", "facets"))[1]["tag"] == []


@pytest.mark.parametrize("tag", [" x", "a,b", "x" * 41, "%00"])
async def test_a_bad_tag_is_refused(gateway, person, tag):
    ada = await person("admin")
    _, conversation_id = await said(gateway)
    status, body = await ada.ask("PUT", f"conversations/{conversation_id}/tags/{tag}")
    assert (status, body["code"]) == (400, "invalid_tag")


@pytest.mark.parametrize(
    "query", ["confidence_below=2", "started_from=yesterday", "fallback=perhaps", "who=me", "limit=1_0"]
)
async def test_a_bad_filter_is_refused(gateway, person, query):
    ada = await person("viewer")
    status, body = await ada.ask("GET", f"conversations?{query}")
    assert (status, body["code"], body["field"]) == (400, "invalid_request", query.partition("=")[0])


async def test_a_person_answers_instead_of_the_bot_and_hands_back(gateway, person, bot):
    ada = await person("agent")
    widget, conversation_id = await said(gateway)
    one = f"conversations/{conversation_id}"
    assert (await ada.ask("POST", f"{one}/messages", body={"text": "too early"}))[0] == 409
    assert await ada.ask("PUT", f"{one}/takeover") == (200, {"taken_by": "agent"})
    asked = len(bot.requests)
    frames = await widget.say("are you a person?")
    # The widget is told who answers, and no bot does.
    assert [frame["type"] for frame in frames if frame["type"] != "handover"] == ["ack", "turn_end"]
    assert len(bot.requests) == asked
    assert (await ada.ask("POST", f"{one}/messages", body={"text": "Yes, I am Ada."}))[0] == 201
    shown = (await widget.until("message"))[-1]
    assert (shown["from"], shown["text"], shown["seq"]) == ("agent", "Yes, I am Ada.", 4)

    eve = Person(gateway)
    await add_admin(gateway, "eve", "agent")
    await eve.sign_in("eve")
    assert (await eve.ask("PUT", f"{one}/takeover"))[0] == 409
    assert (await eve.ask("POST", f"{one}/messages", body={"text": "Me too."}))[0] == 409

    assert (await ada.ask("DELETE", f"{one}/takeover"))[0] == 200
    assert "You said: thanks" in [frame.get("text") for frame in await widget.say("thanks")]


async def test_a_taken_conversation_stays_so_over_a_restart(gateway, person, bot):
    ada = await person("agent")
    _, conversation_id = await said(gateway)
    await ada.ask("PUT", f"conversations/{conversation_id}/takeover")
    await gateway.stop()
    await gateway.start()
    widget = await gateway.widget()
    await widget.hello(await gateway.token(), conversation_id)
    asked = len(bot.requests)
    await widget.say("still there?")
    assert len(bot.requests) == asked


async def test_what_the_bot_understood_and_did_can_be_filtered_by(gateway, person, bot):
    ada = await person("viewer")

    async def unsure(_turn):
        parse = {
            "intent": {"name": "nlu_fallback", "confidence": 0.3},
            "sentiment": {"name": "angry", "confidence": 0.9},
        }
        return 200, plain_reply(parse=parse, actions=["action_hand_over"])

    _, sure_id = await said(gateway)
    bot.answer = unsure
    _, unsure_id = await said(gateway)
    for query in (
        "intent=nlu_fallback",
        "sentiment=angry",
        "fallback=true",
        "handed_over=true",
        "confidence_below=0.5",
    ):
        _, page = await ada.ask("GET", f"conversations?{query}")
        assert [row["conversation_id"] for row in page["conversations"]] == [unsure_id], query
    _, page = await ada.ask("GET", "conversations?fallback=false")
    assert [row["conversation_id"] for row in page["conversations"]] == [sure_id]


async def test_the_csv_has_every_fitting_conversation_and_no_formulas(gateway, person):
    ada = await person("admin")
    for text in ("=HYPERLINK(1)", "plain, with a comma"):
        await said(gateway, text)
    _, text = await ada.ask("GET", "export.csv?q=hyperlink")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["preview"], row["message_count"]) for row in rows] == [("'=HYPERLINK(1)", "2")]
    _, text = await ada.ask("GET", "export.csv")
    assert len(list(csv.DictReader(io.StringIO(text)))) == 2


@pytest.fixture
async def filled(database_url):
    """A log from before the console, which is caught up with when it is opened; its conversations, newest first."""
    async with open_log(database_url, Metrics()) as log:
        await log.write(partial(fill, message_count=1600, seed=5, until=NOW))
        while await log.write(catch_up):
            pass
        yield log


async def numbers(log, filters, limit=7):
    """All the pages of a list, one after the other."""
    found, before = [], None
    while page := await log.read(partial(conversation_search.page, filters=filters, before=before, limit=limit)):
        assert len(page) <= limit
        found += page
        before = await log.read(partial(conversation_search.number_of, conversation_id=page[-1]["conversation_id"]))
    return found


async def test_pages_hold_every_conversation_once_the_newest_first(filled):
    found = await numbers(filled, Filters())
    assert len(found) == len({row["conversation_id"] for row in found}) == 200
    assert [row["started_at"] for row in found] == sorted((row["started_at"] for row in found), reverse=True)


async def test_filters_and_search_find_what_looking_at_each_conversation_finds(filled):
    everything = await numbers(filled, Filters(), limit=200)
    wanted = [
        row["conversation_id"]
        for row in everything
        if "complain" in row["facets"]["intent"] and row["handed_over"] and "accepted" not in row["facets"]["outcome"]
    ]
    found = await numbers(filled, Filters(handed_over=True, tags={"intent": "complain", "sentiment": "angry"}))
    assert [row["conversation_id"] for row in found if "accepted" not in row["facets"]["outcome"]] == wanted
    searched = await numbers(filled, Filters(search="FROZEN pizza broken", tags={"intent": "complain"}))
    assert searched
    assert all("frozen pizza arrives broken" in row["hit"] for row in searched)
    assert [row["started_at"] for row in searched] == sorted((row["started_at"] for row in searched), reverse=True)
    assert await numbers(filled, Filters(search="frozen unheardof")) == []


async def test_search_knows_unfinished_words_chinese_and_takes_nothing_for_syntax(filled):
    refunds = {row["conversation_id"] for row in await numbers(filled, Filters(search="refund"))}
    assert {row["conversation_id"] for row in await numbers(filled, Filters(search="refu"))} >= refunds
    assert refunds
    assert all("成都" in row["hit"] for row in await numbers(filled, Filters(search="成都")))
    assert await numbers(filled, Filters(search="成都"))
    for syntax in ('"', "a AND", "NEAR(", "words:x", "x*y", "-x", "' OR 1=1", "!&|", "()", "\x00"):
        await numbers(filled, Filters(search=syntax))


async def test_a_long_conversation_comes_in_pieces_without_gaps(gateway, person):
    ada = await person("viewer")
    widget, conversation_id = await said(gateway)
    for number in range(9):
        await widget.say(f"line {number}")
    path = f"conversations/{conversation_id}"
    _, newest = await ada.ask("GET", f"{path}?limit=6")
    assert [one["seq"] for one in newest["messages"]] == list(range(15, 21))
    assert (newest["more_before"], newest["more_after"]) == (True, False)
    seqs, before = [], 15
    while before > 1:
        _, page = await ada.ask("GET", f"{path}?before_seq={before}&limit=6")
        seqs = [one["seq"] for one in page["messages"]] + seqs
        before = seqs[0]
    assert (seqs, page["more_before"]) == (list(range(1, 15)), False)
    _, middle = await ada.ask("GET", f"{path}?from_seq=8&limit=5")
    assert ([one["seq"] for one in middle["messages"]], middle["more_after"]) == (list(range(8, 13)), True)
    for query in ("limit=1001", "before_seq=0", "before_seq=3&from_seq=2", "from_seq=x"):
        assert (await ada.ask("GET", f"{path}?{query}"))[0] == 400
    _, found = await ada.ask("GET", "conversations?q=line+7")
    assert found["conversations"][0]["hit_seq"] in (17, 18)


async def test_concurrent_messages_are_all_in_the_digest(gateway, person):
    ada = await person("viewer")
    widgets = await asyncio.gather(*(said(gateway, f"order {number}") for number in range(8)))
    _, page = await ada.ask("GET", "conversations?q=order")
    assert {row["conversation_id"] for row in page["conversations"]} == {one for _, one in widgets}
    assert {row["message_count"] for row in page["conversations"]} == {2}


async def test_another_hash_of_the_same_password_still_fits():
    one, other = Passwords(memory_kib=64), Passwords(memory_kib=128)
    hashed = await one.hash(PASSWORD)
    assert await other.matches(PASSWORD, hashed)
    assert not await other.matches(PASSWORD + "!", hashed)
    assert other.is_outdated(hashed)
    assert not await other.matches(PASSWORD, "no hash at all")


def test_a_marketer_moves_offers_and_an_agent_does_not():
    assert Permission.CHANGE_OFFERS in ROLES["marketer"]
    assert Permission.CHANGE_OFFERS not in ROLES["agent"]


def test_the_first_admin_is_made_by_the_engines_command(tmp_path, monkeypatch, capsys):
    url = f"sqlite+aiosqlite:///{tmp_path}/log.db"
    monkeypatch.setenv("PROMOBOT_GATEWAY_DATABASE_URL", url)
    words = [sys.executable, "-m", "promo_engine.cli", "admin", "create", "ada", "--password-stdin"]
    made = subprocess.run(words, input=PASSWORD + "\n", capture_output=True, text=True, check=False)
    assert (made.returncode, made.stdout) == (0, "ada may sign in as admin under /admin.\n"), made.stderr

    def refusal(*words, stdin):
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        with pytest.raises(SystemExit) as stopped:
            admin_command.main(list(words))
        return stopped.value.code

    again = refusal("create", "ada", "--password-stdin", stdin=PASSWORD + "\n")
    assert again == "promobot admin: there is an admin ada already; see: promobot admin set-password"
    short = refusal("create", "bob", "--password-stdin", stdin="short\n")
    assert short == "promobot admin: a password has 12 to 256 characters"
    unknown = refusal("disable", "bob", stdin="")
    assert unknown == "promobot admin: there is no admin bob; see: promobot admin list"
    admin_command.main(["set-role", "ada", "viewer"])
    admin_command.main(["list"])
    assert "ada                      viewer" in capsys.readouterr().out
