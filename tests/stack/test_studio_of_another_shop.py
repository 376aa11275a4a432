"""The studio of the simulated shop in a real browser: no word and no sign of another shop, and a plan goes live."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from promo_engine.models.training import train
from promo_engine.storage.database import open_database
from studio.forecast import demand_forecast
from studio.generate import proposals
from studio.jobs.command import all_commands
from tests.integration.studio.jobs.test_commands_on_a_shop import QUICK, WORDS_OF_OTHERS
from tests.stack.pages import make_admin, picture, sign_in, watched_page
from tests.stack.test_studio import choose_a_point, open_tab
from tests.support.simulated import TINY_TRAINING
from tests.support.studio_databases import SHOP, simulated_database, url_of
from tools.demo_shops import LARDER, TRAIL
from tools.once import ROOT
from tools.stack import Stack, running

COMMANDS: dict[str, dict[str, int]] = {
    "customers": {},
    "response": {},
    "generate": {"count": 40},
    "optimise": {"evaluations": 1_000},
    "price": {},
    "staffing": {},
    "privacy": {},
    "forecast": {},
    "stock": {},
}
TABS = ("customers", "products", "demand", "response", "proposals", "front", "plans", "measurement", "prices", "data")


@pytest.fixture(scope="module")
def trail_studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The console of Trail & Tarn, with the documents of its own sales. Its bot is the other demo's: nobody chats."""
    files = tmp_path_factory.mktemp("trail-studio")
    database = Path(shutil.copy(simulated_database(SHOP), files / "engine.db")).absolute()
    (files / "words").mkdir()
    (files / "words" / "category_names.yml").write_text("{}")

    async def quickly_trained() -> None:
        engine = open_database(url_of(database))
        await train(engine, files / "user_model", training=replace(TINY_TRAINING, epochs=1))
        await engine.dispose()

    asyncio.run(quickly_trained())
    shop = replace(TRAIL, folder=files, language=LARDER.language)
    settings = {
        "PROMOBOT_MODEL_DIR": str(files / "user_model"),
        "PROMOBOT_PAIRINGS": str(files / "pairings.json"),
        "PROMOBOT_WORDS_DIR": str(files / "words"),
        "PROMOBOT_CATEGORY_NAMES": str(files / "words" / "category_names.yml"),
        "PROMOBOT_SHOP_FILE": str(ROOT / TRAIL.shop_file),
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (settings | shop.databases(files)).items():
            patch.setenv(name, value)
        patch.setattr(proposals, "propose", partial(proposals.propose, settings=QUICK))
        patch.setattr(demand_forecast, "COMBINED", ("theta",))
        for name, params in COMMANDS.items():
            command = all_commands()[name]
            command.run(command.params(**params, reports=files / "reports"))
    with running(Stack.on_free_ports(files, shop=shop, extra_environment=settings)) as started:
        yield started


@pytest.fixture
def page(trail_studio: Stack, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A marketer's."""
    name = re.sub(r"[^a-z]", "-", request.node.name)[:40].strip("-")
    make_admin(trail_studio, name, role="marketer")
    with watched_page(browser, f"{trail_studio.url('gateway')}/admin") as page:
        sign_in(page, name)
        yield page


def words_of(page: Page) -> str:
    """Everything that the page shows, and what it calls things for those who hear it."""
    named = page.evaluate("[...document.querySelectorAll('[aria-label], [title]')].map(e => e.ariaLabel + e.title)")
    return "\n".join([page.locator("body").inner_text(), *named])


def test_no_tab_speaks_of_another_shop(page: Page, trail_studio: Stack) -> None:
    said = {}
    for tab in TABS:
        open_tab(page, trail_studio, tab)
        expect(page.get_by_role("heading").first).to_be_visible()
        said[tab] = words_of(page)
        picture(page, f"studio-trail-{tab}")
    found = {tab: WORDS_OF_OTHERS.findall(words) for tab, words in said.items()}
    assert not any(found.values()), found
    assert "€" in said["prices"], "amounts are in the shop's own currency"
    assert re.search(r"tents|jackets|boots|ropes", said["response"], re.IGNORECASE), "its own categories"


def test_a_plan_is_made_from_its_own_sales_and_goes_live(page: Page, trail_studio: Stack) -> None:
    open_tab(page, trail_studio, "front")
    choose_a_point(page)
    page.get_by_role("button", name="Make a plan").click()
    page.get_by_role("link", name=re.compile("Open plan-")).click(timeout=240_000)
    expect(page.get_by_text("Expected revenue (simulated)")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("go live at once")
    page.get_by_role("button", name="Yes, go live").click()
    live = page.get_by_label("Offers of the plan").get_by_text("live", exact=True)
    expect(live.first).to_be_visible()
    words = words_of(page)
    assert not WORDS_OF_OTHERS.findall(words)
    assert "€" in words
    page.get_by_role("link", name="Offers", exact=True).first.click()
    expect(page.locator("table.offers tr", has_text="live").first).to_be_visible()
    assert not WORDS_OF_OTHERS.findall(words_of(page))
