"""Every command of the studio over the simulated shop, over a tiny one, and over one that has not sold anything yet."""

from __future__ import annotations

import html
import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from promo_engine.cli.command_line import CommandError
from studio.errors import StrategyError
from studio.forecast import demand_forecast
from studio.generate import proposals
from studio.generate.generators import GenerationSettings
from studio.jobs.command import all_commands
from tests.support.studio_databases import SHOP, TINY, empty_database, simulated_database, url_of

QUICK = GenerationSettings(pool=300, epochs=10, hidden=16, batch=16)
WORDS_OF_OTHERS = re.compile(r"\$|grocer|new york|household|dollar|supermarket|complete ?journey|mailer", re.IGNORECASE)
PARAMS: dict[str, dict[str, Any]] = {
    "bought-together": {"customers": False},
    "federate": {"shops": 2, "rounds": 1, "customers": 60},
    "generate": {"count": 20},
    "optimise": {"evaluations": 1_000},
    "plan": {"plan_id": "a-plan", "budget_cents": 200_000},
    "replay": {"speed": 1e6},
    "run": {"plan_id": "a-run", "budget_cents": 200_000, "propose_only": True},
}
NEEDS_CAMPAIGNS = {"measure"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with quick generators and one quick forecast model instead of five."""
    monkeypatch.setattr(proposals, "propose", partial(proposals.propose, settings=QUICK))
    monkeypatch.setattr(demand_forecast, "COMBINED", ("theta",))
    monkeypatch.setenv("PROMOBOT_SHOP_TIME_ZONE", "Europe/Berlin")
    monkeypatch.setenv("PROMOBOT_PAIRINGS", str(tmp_path / "pairings.json"))
    return tmp_path


@pytest.fixture
def shop(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The simulated shop's database, to write to."""
    copied = Path(shutil.copy(simulated_database(SHOP), folder / "engine.db"))
    use(copied, folder, monkeypatch)
    yield copied


def use(database: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOBOT_ENGINE_DATABASE_URL", url_of(database))
    monkeypatch.chdir(folder)


def run(name: str, folder: Path, **more: Any) -> None:
    command = all_commands()[name]
    given = PARAMS.get(name, {}) | more
    if name == "recommend":
        given = {"customer": busiest_customer(folder / "engine.db")} | given
    command.run(command.params(**given, reports=folder / "reports"))


def busiest_customer(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT customer_id FROM orders WHERE currency = 'EUR' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"
        return str(connection.execute(query).fetchone()[0])


@pytest.mark.parametrize("name", sorted(set(all_commands()) - NEEDS_CAMPAIGNS - {"federate"}))
def test_a_command_runs_to_its_end_and_says_no_word_of_another_shop(
    name: str, shop: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(name, folder)
    said = capsys.readouterr()
    assert not WORDS_OF_OTHERS.findall(said.out + said.err)
    pages = list((folder / "reports").iterdir())
    assert {page.suffix for page in pages} == {".html", ".json"}
    for page in pages:
        text = re.sub(r"base64,[A-Za-z0-9+/=]+", "", html.unescape(page.read_text()))
        assert not WORDS_OF_OTHERS.findall(text), page.name
    for path in (folder / "reports").glob("*.json"):
        document = json.loads(path.read_text())
        assert document["currency"] == "EUR"
        assert len(document["shop"]) == len(document["history"]) == 64
        assert "in GBP are left out" in document["source"]
    assert shop.is_file()


def test_a_plan_is_made_approved_and_goes_live_in_the_shops_own_words(
    shop: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("plan", folder)
    actions = all_commands()["plan"].actions
    actions["approve"].run("a-plan")
    assert "a-plan is approved now." in capsys.readouterr().out
    with closing(sqlite3.connect(shop)) as connection:
        (written,) = connection.execute("SELECT body FROM strategy_plans").fetchone()
        offers = connection.execute("SELECT title FROM offers").fetchall()
        categories = {name for (name,) in connection.execute("SELECT name FROM product_categories")}
    body = json.loads(written)
    assert body["currency"] == "EUR"
    assert len(body["history"]) == 64
    assert len(offers) == len(body["offers"]) > 0
    for offer in body["offers"]:
        assert offer["benefit"].get("currency", "EUR") == "EUR"
        assert set(offer["categories"]) <= categories, "offers name categories as they are stored"
        assert " > " not in offer["title"], "shoppers read a category's own name"


def test_a_response_of_other_sales_is_not_taken(shop: Path, folder: Path) -> None:
    kept = Path("var/strategy/response.json")
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps({"history": "another", "model": {}}))
    run("price", folder)
    assert json.loads(kept.read_text())["history"] != "another"
    assert shop.is_file()


@pytest.mark.parametrize("name", sorted(set(all_commands()) - {"federate"}))
def test_a_shop_without_orders_is_told_so_in_one_line(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(empty_database(folder / "engine.db"), folder, monkeypatch)
    more = {"customer": "nobody"} if name == "recommend" else {}
    with pytest.raises((StrategyError, CommandError), match="holds no orders yet") as refused:
        command = all_commands()[name]
        command.run(command.params(**(PARAMS.get(name, {}) | more), reports=folder / "reports"))
    assert "\n" not in str(refused.value)
    assert not (folder / "reports").exists()


@pytest.mark.parametrize("name", sorted(set(all_commands()) - {"federate"}))
def test_a_tiny_shop_gets_its_page_or_one_line_on_what_is_needed(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(simulated_database(TINY), folder / "engine.db")
    use(folder / "engine.db", folder, monkeypatch)
    try:
        run(name, folder)
    except (StrategyError, CommandError) as refused:
        assert "\n" not in str(refused)
        assert re.search(r"needed|known|no |nothing", str(refused)), str(refused)
        assert not (folder / "reports").exists()
    else:
        assert list((folder / "reports").glob("*.html"))
