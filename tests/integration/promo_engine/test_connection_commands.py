"""`promobot shop source`, `shop pull` and `customer` as a person types them; the shop answers on loopback."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from common.clock import utc_now
from gateway.conversations.conversation_log import open_log
from gateway.conversations.records import Conversation, ShopperMessage
from gateway.conversations.write import shopper_writes
from gateway.metrics import Metrics
from promo_engine.cli.main import main
from promo_engine.domain.customers.email_hash import email_hash
from tests.integration.connections.test_shopify_webhooks_arrive import ORDER
from tests.support.standin_shop import StandInShop
from tests.support.waiting import PATIENCE_S

Run = Callable[..., str]
Rows = Callable[[str], list[tuple[Any, ...]]]
SECRET = "a secret that only the shop knows"
WORDS = "where is my very own zebra"
API = "/admin/api/2026-10"
BERLIN = ("berlin", "--kind", "shopify", "--shop-domain", "berlin.myshopify.com", "--secret-file", "secret.txt")


@pytest.fixture
def folder(migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a shop whose database is empty, to work in."""
    shutil.copy(migrated_file, tmp_path / "engine.db")
    (tmp_path / "secret.txt").write_text(f"{SECRET}\n")
    (tmp_path / "token.txt").write_text("shpat_x\n")
    for name, value in {
        "ENGINE_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'engine.db'}",
        "GATEWAY_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'gateway.db'}",
        "SHOP_SECRETS": str(tmp_path / "shop_secrets.json"),
        "MODEL_DIR": str(tmp_path / "model"),
        "SHOP_CURRENCY": "EUR",
    }.items():
        monkeypatch.setenv(f"PROMOBOT_{name}", value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that has to end well; what it said."""
    assert folder.is_dir()

    def run(*words: str) -> str:
        main(list(words))
        return capsys.readouterr().out

    return run


@pytest.fixture
def refused(folder: Path) -> Run:
    """Run a command that has to end with one line; that line."""
    assert folder.is_dir()

    def run(*words: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        line = str(ended.value.code)
        assert line.startswith("promobot: ")
        assert "\n" not in line
        return line.removeprefix("promobot: ")

    return run


@pytest.fixture
def rows(folder: Path) -> Rows:
    def read(query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(folder / "engine.db")) as database:
            return database.execute(query).fetchall()

    return read


@pytest.fixture
def shop() -> Iterator[StandInShop]:
    """A shop in a thread of its own: commands have a loop of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def start() -> StandInShop:
        shop = StandInShop()
        await shop.server.start_server()
        return shop

    shop = asyncio.run_coroutine_threadsafe(start(), loop).result(PATIENCE_S)
    yield shop
    asyncio.run_coroutine_threadsafe(shop.server.close(), loop).result(PATIENCE_S)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(PATIENCE_S)
    loop.close()


def test_a_source_is_added_shown_given_a_new_token_and_removed(run: Run, rows: Rows, folder: Path) -> None:
    said = run("shop", "source", "add", *BERLIN, "--currency", "eur", "--zone", "Europe/Berlin")
    token = said.splitlines()[2].strip()
    assert token.startswith("pbs_")
    assert SECRET not in said, "the shop's own secret is not said again"
    ((kind, token_hash, settings),) = rows("SELECT kind, token_hash, settings FROM shop_sources")
    assert (kind, token_hash) == ("shopify", sha256(token.encode()).hexdigest())
    assert json.loads(settings)["currency"] == "EUR"
    secrets = folder / "shop_secrets.json"
    assert SECRET in secrets.read_text()
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    listed = run("shop", "source", "list")
    assert listed.startswith("berlin  shopify  write:catalogue,write:customers,write:orders  last message never")
    assert token not in listed
    renewed = run("shop", "source", "rotate", "berlin").splitlines()[2].strip()
    assert rows("SELECT token_hash FROM shop_sources") == [(sha256(renewed.encode()).hexdigest(),)]
    assert renewed != token
    run("shop", "source", "secret", "berlin", "--access-token-file", "token.txt")
    kept = json.loads(secrets.read_text())["berlin"]
    assert {SECRET, "shpat_x"} == set(kept.values()), "a new token leaves the webhooks' secret as it was"
    run("shop", "source", "remove", "berlin")
    assert rows("SELECT * FROM shop_sources") == []
    assert "berlin" not in json.loads(secrets.read_text())
    assert run("shop", "source", "list") == "There is no source yet; `promobot shop source add` makes one.\n"


def test_a_shop_without_a_secret_of_its_own_gets_ours(run: Run, folder: Path) -> None:
    said = run("shop", "source", "add", "own", "--kind", "generic", "--scopes", "write:orders").splitlines()
    secret = said[said.index("Its webhook secret, for the shop's settings:") + 2].strip()
    assert secret in json.loads((folder / "shop_secrets.json").read_text())["own"].values()
    assert run("shop", "source", "list").startswith("own  generic  write:orders  last message never")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("add", "Berlin!", "--kind", "generic"), "source: a source's name is made of"),
        (("add", "berlin", "--kind", "shopify"), "--shop-domain is needed for Shopify"),
        (("add", *BERLIN[:-1], "absent.txt"), "--secret-file: absent.txt cannot be read"),
        (("add", "own", "--kind", "generic", "--scopes", "write:all"), "--scopes: there is no scope 'write:all'"),
        (("add", "own", "--kind", "generic", "--currency", "EURO"), "currency: "),
        (("add", "own", "--kind", "generic", "--zone", "Mars"), "zone: there is no time zone 'Mars'"),
        (("add", "own", "--kind", "generic", "--write-back", "webhook"), "webhook_url: is needed"),
        (("secret", "own"), "say which: --secret-file FILE"),
        (("rotate", "nobody"), "There is no source nobody"),
        (("remove", "nobody"), "There is no source nobody"),
    ],
)
def test_a_source_that_cannot_be_is_refused_in_one_line(
    refused: Run, rows: Rows, words: tuple[str, ...], reason: str
) -> None:
    assert reason in refused("shop", "source", *words)
    assert rows("SELECT * FROM shop_sources") == []


def test_a_source_stands_once(run: Run, refused: Run, rows: Rows) -> None:
    run("shop", "source", "add", *BERLIN)
    before = rows("SELECT token_hash FROM shop_sources")
    assert "berlin" in refused("shop", "source", "add", *BERLIN)
    assert rows("SELECT token_hash FROM shop_sources") == before


def test_a_pull_stores_what_changed_and_says_how_much(
    run: Run, refused: Run, rows: Rows, shop: StandInShop, capsys: pytest.CaptureFixture[str]
) -> None:
    run("train")
    address = ("--base-url", shop.url, "--access-token-file", "token.txt")
    run("shop", "source", "add", *BERLIN, *address)
    for name in ("products", "customers"):
        shop.plan(f"GET {API}/{name}.json", {name: []})
    shop.plan(f"GET {API}/orders.json", {"orders": [ORDER]}, {"orders": [ORDER, {"id": 4}]})
    assert run("shop", "pull", "berlin") == "berlin: 1 stored\n"
    assert rows("SELECT number, source_id FROM orders") == [("#1001", "berlin")]
    assert shop.heard[0].headers["X-Shopify-Access-Token"] == "shpat_x"
    with pytest.raises(SystemExit) as ended:
        main(["shop", "pull", "berlin"])
    assert ended.value.code == 3, "some refused"
    assert capsys.readouterr().out == "berlin: 1 unchanged\nrefused: 4: currency: is missing\n"
    shop.forget()
    shop.plan(f"GET {API}/products.json", None, status=503)
    assert refused("shop", "pull", "berlin").startswith("The shop berlin does not answer: ")
    assert f"last error: pull: {API}/products.json answered 503" in run("shop", "source", "list")
    assert rows("SELECT number FROM orders") == [("#1001",)], "what it said before stays"


def test_a_pull_that_cannot_begin_says_what_is_missing(run: Run, refused: Run) -> None:
    assert "user model" in refused("shop", "pull", "berlin")
    run("train")
    assert refused("shop", "pull", "berlin") == "There is no source berlin."
    run("shop", "source", "add", "own", "--kind", "generic")
    assert refused("shop", "pull", "own") == "The source own has no address; give it one with --base-url."


@asynccontextmanager
async def talked(folder: Path, customer_id: str) -> AsyncIterator[None]:
    """A conversation of a customer in the gateway's log."""
    at = utc_now()
    async with open_log(f"sqlite+aiosqlite:///{folder / 'gateway.db'}", Metrics()) as log:
        talk = Conversation("c-1", subject=f"customer:{customer_id}", customer_id=customer_id, started_at=at)
        await log.write(partial(shopper_writes.add_conversation, conversation=talk))
        said = ShopperMessage("m-1", "c-1", "cm-1", WORDS, at)
        await log.write(partial(shopper_writes.receive_text, message=said))
        yield


@pytest.fixture
def ada(run: Run, folder: Path) -> str:
    """A customer with an order and a conversation."""
    (folder / "orders.csv").write_text(
        "Name,Email,Created at,Currency,Total,Financial Status,Lineitem name,Lineitem quantity,Lineitem price\n"
        "#7,ada@example.com,2026-11-01 10:00:00 +0100,EUR,20.00,paid,Mug,1,20.00\n"
    )
    run("shop", "import", "shopify-orders", "orders.csv")
    customer_id = f"email:{email_hash('ada@example.com')[:48]}"

    async def talk() -> None:
        async with talked(folder, customer_id):
            pass

    asyncio.run(talk())
    return customer_id


def test_an_export_is_one_file_of_both_databases(run: Run, ada: str, folder: Path) -> None:
    assert run("customer", "export", ada, "--out", "ada.json") == f"ada.json holds what is stored of {ada}.\n"
    found = json.loads((folder / "ada.json").read_text())
    assert found["engine"][ada]["orders"][0]["number"] == "#7"
    assert found["conversations"]["c-1"]["messages"][0]["text"] == WORDS
    assert json.loads(run("customer", "export", ada))["engine"] == found["engine"]


def test_an_export_of_nobody_and_one_that_cannot_be_written(refused: Run, ada: str, rows: Rows) -> None:
    assert refused("customer", "export", "nobody") == "There is no customer nobody."
    assert "--out: absent/ada.json cannot be written" in refused("customer", "export", ada, "--out", "absent/ada.json")
    assert rows("SELECT count(*) FROM orders") == [(1,)]


def test_a_customer_is_forgotten_and_the_order_keeps_its_sum(run: Run, ada: str, rows: Rows) -> None:
    said = run("customer", "redact", ada)
    assert said.startswith(f"The engine has forgotten {ada}: ")
    ((customer_id, cents, redacted),) = rows("SELECT customer_id, total_cents, redacted FROM orders")
    assert customer_id.startswith("redacted:")
    assert (cents, redacted) == (2000, 1)
    assert rows(f"SELECT * FROM customers WHERE customer_id = '{ada}'") == []
    assert rows("SELECT kind, state FROM privacy_requests ORDER BY requested_at DESC LIMIT 1") == [
        ("redact", "gateway")
    ]
    assert "nothing was stored" in run("customer", "redact", "nobody")


def test_settings_of_a_source_are_changed_and_those_that_are_not_named_stay(run: Run, refused: Run, rows: Rows) -> None:
    run("shop", "source", "add", *BERLIN, "--write-back", "api", "--base-url", "https://old.example")
    ((token_hash,),) = rows("SELECT token_hash FROM shop_sources")

    def settings() -> dict[str, Any]:
        ((stored, hashed),) = rows("SELECT settings, token_hash FROM shop_sources")
        assert hashed == token_hash, "its token stays good"
        read: dict[str, Any] = json.loads(stored)
        return read

    before = settings()
    change = ("shop", "source", "change", "berlin")
    said = run(
        *change, "--base-url", "https://new.example", "--write-back", "webhook", "--webhook-url", "https://h.example"
    )
    assert said.startswith("berlin is changed: base_url, webhook_url, write_back.")
    after = before | {"base_url": "https://new.example", "write_back": "webhook", "webhook_url": "https://h.example"}
    assert settings() == after
    run(*change, "--write-back", "none", "--ask-for-orders", "--hosted-codes")
    assert settings() == after | {"write_back": "", "ask_for_orders": True, "hosted_codes": True}
    assert "codes are made here" in run("shop", "source", "list")
    run(*change, "--no-ask-for-orders", "--no-hosted-codes")
    assert settings() == after | {"write_back": ""}
    assert refused(*change).startswith("say what is to change")
    assert "mail_to" in refused(*change, "--write-back", "mail")
    assert "engine's currency, EUR" in refused(*change, "--hosted-codes", "--currency", "usd")
    assert "There is no source paris" in refused("shop", "source", "change", "paris", "--zone", "UTC")
    assert settings() == after | {"write_back": ""}, "what is refused changes nothing"
