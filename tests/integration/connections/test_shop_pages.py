"""The console's pages about the shop, in a real browser, before a real gateway and engine; the shop is a stand-in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import Connection, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from common.clock import utc_now
from gateway.conversations.audit import admin_accounts
from gateway.conversations.audit.audit_log import AuditEntry
from gateway.conversations.index.index_updates import catch_up
from gateway.conversations.schema.message_tables import conversations, messages
from gateway.keys import GUARD, LOG
from promo_engine.api.http.keys import CHANGE_REQUEST_SENDER
from promo_engine.domain.connections.shop_sources import SourceKind
from tests.integration.connections.test_shopify_webhooks_arrive import ORDER, PARCEL
from tests.stack.pages import PASSWORD, axe_finds, picture, sign_in, watched_page
from tests.support.connected_shops import DOMAIN, ConnectedShops, connected_shops
from tests.support.fakes import Clock
from tests.support.standin_shop import StandInShop
from tests.web.chromium import launch_chromium
from tests.web.contract_server import DIST
from tools.testbed.filled_log import fill

REFUSED = r"status of 40[0-9]"
"""The browser notes every refusal that a test provokes."""


@pytest.fixture
def database_url(migrated_file: Path, tmp_path: Path) -> str:
    """SQLite alone: what a page shows does not depend on the database."""
    file = tmp_path / "engine.db"
    file.write_bytes(migrated_file.read_bytes())
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture
async def console(
    database_url: str, database: AsyncEngine, tmp_path: Path, clock: Clock
) -> AsyncIterator[ConnectedShops]:
    """Engine and gateway with the built console, and an admin under each role, who has its name."""
    if not (DIST / "console" / "index.html").exists():
        pytest.fail("web/dist/console is missing: run make setup")
    async with connected_shops(database_url, database, tmp_path, clock, pages=DIST) as running:
        hashed = await running.gateway[GUARD].passwords.hash(PASSWORD)
        for role in ("viewer", "agent", "admin"):
            admin = admin_accounts.Admin(name=role, role=role, password_hash=hashed, created_at=utc_now())
            entry = AuditEntry(name="test", action="admin_create", subject=role, at=utc_now())
            await running.gateway[LOG].write(partial(admin_accounts.add_admin, admin=admin, entry=entry))
        yield running


@pytest.fixture
async def shop() -> AsyncIterator[StandInShop]:
    """Where changes of orders are sent to."""
    shop = StandInShop()
    await shop.server.start_server()
    yield shop
    shop.hold.set()
    await shop.server.close()


async def at_a_browser(console: ConnectedShops, visit: Callable[[Callable[..., Any]], None]) -> None:
    """Let somebody visit the console. In a thread of its own, since the servers run in this one's loop."""

    def run() -> None:
        with sync_playwright() as playwright:
            browser = launch_chromium(playwright)
            visit(partial(watched_page, browser, f"{console.gateway_url}/admin"))
            browser.close()

    await asyncio.to_thread(run)


async def one_conversation(console: ConnectedShops) -> str:
    """Write a simulated conversation into the log; its id."""

    def chat(connection: Connection) -> str:
        fill(connection, message_count=8, seed=3, until=datetime.now(UTC))
        return str(connection.scalars(select(conversations.c.conversation_id)).one())

    conversation_id = await console.gateway[LOG].write(chat)
    while await console.gateway[LOG].write(catch_up):
        pass
    return conversation_id


async def asked_for_changes(console: ConnectedShops, shop: StandInShop) -> str:
    """A customer asks in a chat to cancel one order, which fails, and to return another; the conversation's id."""
    shop.plan("POST /hook", {"error": "<b>down</b>"}, status=503)
    token = await console.connect("own", SourceKind.GENERIC, write_back="webhook", webhook_url=f"{shop.url}/hook")
    for number, state in (("1001", "paid"), ("1002", "delivered")):
        order = {
            "number": f"#{number}",
            "customer_id": "anna",
            "placed_at": "2026-11-20T10:00:00Z",
            "currency": "EUR",
            "total_cents": 44900,
            "lines": [{"title": "Tent", "quantity": 1, "line_cents": 44900, "variant_id": "tent-2"}],
            "state": state,
            "shop_updated_at": "2026-11-20T12:00:00Z",
        }
        stored = await console.write("PUT", f"/orders/w-{number}", order, token=token)
        assert stored.body["result"] == "stored", stored.body

    conversation_id = await one_conversation(console)
    for number, kind, lines in (("1001", "cancel", []), ("1002", "return", [{"variant_id": "tent-2", "quantity": 1}])):
        wish = {
            "number": number,
            "kind": kind,
            "customer_id": "anna",
            "conversation_id": conversation_id,
            "lines": lines,
            "reason": "<img src=x onerror=window.broken=1>",
        }
        answer = await console.ask("POST", "/v1/change-requests", wish)
        assert answer.status == 200, answer.body
    return conversation_id


async def fail_for_good(console: ConnectedShops) -> None:
    """Let ten tries of every request fail."""
    for _ in range(12):
        await console.engine[CHANGE_REQUEST_SENDER].send_due()
        console.clock.advance(console.lease)
    assert {row["state"] for row in await console.rows("change_requests")} == {"failed"}


def open_changes(page: Page, role: str) -> None:
    sign_in(page, role)
    page.get_by_role("link", name="Change requests").click()
    expect(page.get_by_role("heading", name="Change requests")).to_be_visible()


async def test_an_agent_answers_for_the_shop_and_sends_again(console: ConnectedShops, shop: StandInShop) -> None:
    conversation_id = await asked_for_changes(console, shop)
    await fail_for_good(console)
    shop.forget()
    shop.plan("POST /hook", {"state": "confirmed", "reference": "R-7"})

    def visit(open_page: Callable[..., Any]) -> None:
        with open_page() as page:
            open_changes(page, "agent")
            rows = page.locator("table.offers tbody tr")
            expect(rows).to_have_count(2)
            expect(rows.filter(has_text="#1002")).to_contain_text(re.compile(r"1 . tent-2"))
            expect(rows.filter(has_text="#1001")).to_contain_text("Whole order")
            expect(rows.first).to_contain_text("<img src=x onerror=window.broken=1>")
            picture(page, "console-16-change-requests")
            assert axe_finds(page) == []

            # Filters stand in the address.
            page.get_by_role("button", name="Failed 2").click()
            expect(page).to_have_url(re.compile("state=failed"))
            page.get_by_label("Kind").select_option("return")
            expect(rows).to_have_count(1)
            page.get_by_label("Kind").select_option("")
            page.get_by_label("Order number").fill("# 1001")
            expect(rows).to_have_count(1)
            page.get_by_label("Order number").fill("4711")
            expect(page.get_by_text("No request fits")).to_be_visible()
            page.get_by_label("Order number").fill("1002")

            # The request with its order and its conversation; what the shop said by telephone is kept.
            page.get_by_role("link", name="#1002").click()
            expect(page.get_by_role("region", name="Order #1002")).to_contain_text("€449.00")
            expect(page.get_by_role("region", name="Conversation").locator("li").first).to_be_visible()
            link = page.get_by_role("link", name="Open the conversation")
            expect(link).to_have_attribute("href", f"/admin/conversations/{conversation_id}")
            picture(page, "console-17-change-request")
            assert axe_finds(page) == []
            page.get_by_label("Shop's words to the customer").fill("Worn outdoors.")
            page.get_by_role("button", name="The shop refused").click()
            expect(page.get_by_role("region", name="Request")).to_contain_text("refused")
            expect(page.get_by_role("button", name="The shop refused")).to_have_count(0)
            page.get_by_role("button", name="Light or dark").click()
            picture(page, "console-18-change-request-dark")
            assert axe_finds(page) == []

            # The list is as it was; the failed request is sent again, and the shop confirms it.
            page.get_by_role("link", name="All change requests").click()
            expect(page).to_have_url(re.compile("state=failed"))
            page.get_by_label("Order number").fill("")
            page.get_by_role("link", name="#1001").click()
            page.get_by_role("button", name="Send again").click()
            expect(page.get_by_role("region", name="Request")).to_contain_text("asked")

    await at_a_browser(console, visit)
    await console.engine[CHANGE_REQUEST_SENDER].send_due()
    stored = {row["kind"]: row for row in await console.rows("change_requests")}
    assert (stored["cancel"]["state"], stored["cancel"]["shop_reference"]) == ("confirmed", "R-7")
    assert (stored["return"]["state"], stored["return"]["shop_reason"]) == ("refused", "Worn outdoors.")


async def test_a_viewer_reads_change_requests_and_answers_none(console: ConnectedShops, shop: StandInShop) -> None:
    await asked_for_changes(console, shop)
    (change_request_id, *_) = [row["change_request_id"] for row in await console.rows("change_requests")]

    def visit(open_page: Callable[..., Any]) -> None:
        with open_page(complaints_of=REFUSED) as page:
            open_changes(page, "viewer")
            page.get_by_role("link", name="#1001").click()
            expect(page.get_by_role("region", name="Order #1001")).to_be_visible()
            expect(page.get_by_role("button", name="The shop confirmed")).to_have_count(0)
            status = page.evaluate(
                """async id => {
                    const me = await (await fetch("/admin/api/me")).json();
                    const headers = { "X-CSRF-Token": me.csrf_token, "Content-Type": "application/json" };
                    const sent = { method: "POST", headers, body: JSON.stringify({ state: "confirmed" }) };
                    return (await fetch(`/admin/api/change-requests/${id}/answer`, sent)).status;
                }""",
                change_request_id,
            )
            assert status == 403

    await at_a_browser(console, visit)
    assert not [row for row in await console.rows("change_requests") if row["settled_at"] is not None]


async def test_without_requests_and_without_the_engine_the_page_says_so(console: ConnectedShops) -> None:
    def visit(open_page: Callable[..., Any]) -> None:
        with open_page(complaints_of="status of 503") as page:
            open_changes(page, "viewer")
            expect(page.get_by_text("Nobody has asked for a change yet")).to_be_visible()
            assert axe_finds(page) == []
            page.route(
                "**/admin/api/change-requests**",
                lambda route: route.fulfill(
                    status=503,
                    json={"code": "engine_unavailable", "message": "The promo engine does not answer.", "field": None},
                ),
            )
            page.get_by_label("Kind").select_option("cancel")
            expect(page.get_by_role("alert")).to_contain_text("The promo engine does not answer.")
            page.unroute("**/admin/api/change-requests**")
            page.get_by_role("button", name="Try again").click()
            expect(page.get_by_text("No request fits")).to_be_visible()

    await at_a_browser(console, visit)


async def give_up(console: ConnectedShops, count: int) -> None:
    """Let the shop send parcels whose orders do not come in time."""
    await console.connect("berlin", SourceKind.SHOPIFY, shop_domain=DOMAIN)
    for number in range(1, count + 1):
        parcel = PARCEL | {"id": number, "order_id": number, "tracking_number": "<img src=x onerror=window.broken=1>"}
        sent = await console.shopify("fulfillments/create", parcel | {"email": "mia@example.com"})
        assert sent.status == 200
    while await console.rows("webhook_deliveries", state="waiting"):
        await console.work()
        console.clock.advance(console.lease)
    assert [row["tries"] for row in await console.rows("webhook_deliveries", state="dead")] == [10] * count


async def test_an_admin_reads_a_dead_letter_as_text_and_tries_one_and_all_again(console: ConnectedShops) -> None:
    await give_up(console, 3)
    for number in (1, 2, 3):
        await console.shopify("orders/create", ORDER | {"id": number, "name": f"#{number}"})
    await console.work()

    def visit(open_page: Callable[..., Any]) -> None:
        with open_page() as page:
            sign_in(page, "admin")
            page.get_by_role("link", name="Dead letters").click()
            rows = page.locator("table.offers tbody tr")
            expect(rows).to_have_count(3)
            expect(rows.first).to_contain_text("berlin")
            expect(rows.first).to_contain_text("fulfillments/create")
            expect(rows.first).to_contain_text("there is no order 3")
            page.get_by_role("button", name=re.compile("^Show the body of")).last.click()
            body = page.get_by_role("region", name="Body of fulfillments/create")
            expect(body).to_contain_text("<img src=x onerror=window.broken=1>")
            expect(body).to_contain_text("mia@example.com")
            picture(page, "console-19-dead-letters")
            assert axe_finds(page) == []
            page.get_by_role("button", name="Light or dark").click()
            picture(page, "console-20-dead-letters-dark")
            assert axe_finds(page) == []
            page.get_by_role("button", name=re.compile("^Try again: ")).last.click()
            expect(page.get_by_role("status").filter(has_text="1 message waits again.")).to_be_visible()
            expect(page.get_by_role("button", name=re.compile("^Try again: "))).to_have_count(2)
            page.get_by_role("button", name="Try all again").click()
            expect(page.get_by_role("status").filter(has_text="2 messages wait again.")).to_be_visible()
            expect(page.get_by_text("No message was given up")).to_be_visible()
            page.get_by_role("link", name="People").click()
            expect(page.get_by_text("Dead letter retry all")).to_be_visible()
            expect(page.get_by_text("Dead letter read")).to_be_visible()

    await at_a_browser(console, visit)
    await console.work()
    assert {row["state"] for row in await console.rows("webhook_deliveries")} == {"done"}
    assert len(await console.rows("shipments")) == 3, "what was tried again is stored"


async def test_who_may_not_manage_sees_no_body(console: ConnectedShops) -> None:
    await give_up(console, 1)
    (row,) = await console.rows("webhook_deliveries")

    def visit(open_page: Callable[..., Any]) -> None:
        with open_page(complaints_of=REFUSED) as page:
            sign_in(page, "agent")
            page.get_by_role("link", name="Dead letters").click()
            expect(page.get_by_text("there is no order 1")).to_be_visible()
            expect(page.get_by_role("button", name=re.compile("again|body", re.IGNORECASE))).to_have_count(0)
            assert "mia@example.com" not in page.content()
            assert page.request.get(f"{console.gateway_url}/admin/api/dead-letters/{row['number']}").status == 403

    await at_a_browser(console, visit)


async def test_without_dead_letters_and_without_the_engine_the_page_says_so(console: ConnectedShops) -> None:
    down = {"code": "engine_unavailable", "message": "The promo engine does not answer.", "field": None}

    def visit(open_page: Callable[..., Any]) -> None:
        with open_page(complaints_of="status of 503") as page:
            page.route("**/admin/api/dead-letters", lambda route: route.fulfill(status=503, json=down))
            sign_in(page, "viewer")
            page.get_by_role("link", name="Dead letters").click()
            expect(page.get_by_role("alert")).to_contain_text("The promo engine does not answer.")
            page.unroute("**/admin/api/dead-letters")
            page.get_by_role("button", name="Try again").click()
            expect(page.get_by_text("No message was given up")).to_be_visible()
            assert axe_finds(page) == []

    await at_a_browser(console, visit)


async def test_the_transcript_shows_the_parcels_of_an_order(console: ConnectedShops) -> None:
    conversation_id = await one_conversation(console)
    parcel = {
        "order_number": "#1001",
        "carrier": "<b>UPS</b>",
        "tracking_number": "1Z2345",
        "tracking_url": "https://ups.example/1Z2345",
        "state": "out_for_delivery",
    }
    of_message = update(messages).where(messages.c.conversation_id == conversation_id, messages.c.seq == 2)
    await console.gateway[LOG].write(
        lambda connection: connection.execute(of_message.values(shipments=[parcel])).close()
    )

    def visit(open_page: Callable[..., Any]) -> None:
        with open_page() as page:
            sign_in(page, "viewer")
            page.locator(".row").first.click()
            shown = page.locator('.turn[data-seq="2"] .offer')
            expect(shown).to_contain_text("Parcel of order #1001: Out for delivery")
            expect(shown).to_contain_text("<b>UPS</b> 1Z2345")
            expect(shown.get_by_role("link", name="Track the parcel")).to_have_attribute("href", parcel["tracking_url"])
            picture(page, "console-21-parcel")

    await at_a_browser(console, visit)
