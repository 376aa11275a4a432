"""`promobot shop` as a person types it, in this process: its exit status, its totals and its report."""

import csv
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from promo_engine.cli.command_line import SOME_REFUSED
from promo_engine.cli.main import main
from promo_engine.cli.shop_commands import KINDS
from promo_engine.shops.file_readers import FILE_READERS
from tests.unit.promo_engine.shops.shop_files import MERCHANT_FEED, SHOPIFY_ORDERS, SHOPIFY_PRODUCTS

Run = Callable[..., tuple[int | str | None, str]]


@pytest.fixture
def run(
    migrated_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Run:
    shutil.copy(migrated_file, tmp_path / "engine.db")
    monkeypatch.setenv("PROMOBOT_ENGINE_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'engine.db'}")

    def run(*arguments: str) -> tuple[int | str | None, str]:
        status: int | str | None = 0
        try:
            main(["shop", *arguments])
        except SystemExit as ended:
            status = ended.code
        return status, capsys.readouterr().out

    return run


@pytest.fixture
def products(tmp_path: Path) -> str:
    path = tmp_path / "products_export.csv"
    path.write_text(SHOPIFY_PRODUCTS)
    return str(path)


def test_the_kinds_are_those_that_can_be_read() -> None:
    assert tuple(FILE_READERS) == KINDS


def test_an_import_tells_its_totals_and_writes_its_report(run: Run, products: str, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    status, said = run("import", "shopify-products", products, "--currency", "eur", "--report", str(report))
    assert status == SOME_REFUSED
    assert said.splitlines() == [
        "category: 5 stored",
        "product: 3 stored",
        "note: 1 pictures have no https address; a placeholder stands for them",
        "refused: 'nine' is not a number",
    ]
    with report.open(newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["row"], row["key"], row["field"], row["severity"]) for row in found] == [
        ("7", "broken", "Variant Price", "refused"),
        ("0", "", "Image Src", "note"),
    ]
    _, said = run("import", "shopify-products", products, "--currency", "eur")
    assert said.splitlines()[:2] == ["category: 5 unchanged", "product: 3 unchanged"]


def test_a_dry_run_stores_nothing(run: Run, products: str) -> None:
    _, said = run("import", "shopify-products", products, "--currency", "EUR", "--dry-run")
    assert "This was a dry run: nothing is stored." in said
    _, said = run("import", "shopify-products", products, "--currency", "EUR")
    assert "product: 3 stored" in said


def test_a_whole_file_without_a_fault_ends_with_0(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(SHOPIFY_ORDERS)
    assert run("import", "shopify-orders", str(path)) == (0, "order: 3 stored\n")


def test_the_same_feed_in_another_currency_adds_prices(run: Run, tmp_path: Path) -> None:
    euro, pounds = tmp_path / "eur.xml", tmp_path / "gbp.xml"
    euro.write_text(MERCHANT_FEED)
    pounds.write_text(MERCHANT_FEED.replace(" EUR<", " GBP<"))
    status, said = run("import", "merchant-feed", str(euro), str(pounds), "--source", "feed")
    assert (status, "product: 2 stored" in said) == (SOME_REFUSED, True)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("import", "shopify-products", "{products}"), "names no currency; give the shop's with --currency EUR"),
        (("import", "shopify-orders", "{products}"), "this is no shopify-orders file: it has no column 'Name'"),
        (("import", "shopify-orders", "nowhere.csv"), "nowhere.csv: No such file"),
        (("import", "generic", "{products}"), "needs --mapping"),
        (("import", "generic", "{products}", "--mapping", "{products}"), "a mapping"),
        (("import", "shopify-orders", "{products}", "--zone", "Mars"), "there is no time zone 'Mars'"),
        (("import", "shopify-products", "{products}", "--currency", "EURO"), "is not the ISO 4217 code"),
        (("simulate", "--customers", "0"), "--customers: at least 1"),
        (("guess", "nowhere.csv"), "No such file"),
    ],
)
def test_what_cannot_be_done_is_one_line(run: Run, products: str, arguments: tuple[str, ...], reason: str) -> None:
    status, _ = run(*(word.format(products=products) for word in arguments))
    assert isinstance(status, str)
    assert status.startswith("promobot: ")
    assert reason in status
    assert "\n" not in status


WEB_PAGE = "<!DOCTYPE html>\n<html><head><title>503</title></head><body>Service unavailable</body></html>\n"
BROKEN = (
    ("merchant-feed", "feed.xml", WEB_PAGE, "this is a web page, not an export"),
    ("merchant-feed", "feed.tsv", WEB_PAGE, "this is a web page, not an export"),
    ("shopify-products", "products.csv", WEB_PAGE, "this is a web page, not an export"),
    ("merchant-feed", "feed.xml", '<?xml version="1.0"?><error>busy</error>', "the feed has no entries"),
    ("merchant-feed", "feed.xml", MERCHANT_FEED[:150], "this is no XML that can be read"),
    ("shopify-orders", "orders.csv", SHOPIFY_ORDERS[:100], "this is no shopify-orders file"),
)


@pytest.mark.parametrize(("kind", "name", "content", "reason"), BROKEN)
def test_what_is_no_export_is_one_line_and_nothing_is_written(
    run: Run, tmp_path: Path, *, kind: str, name: str, content: str, reason: str
) -> None:
    (tmp_path / name).write_text(content)
    status, said = run("import", kind, str(tmp_path / name), "--currency", "EUR", "--full", "--yes")
    assert isinstance(status, str) and status.startswith("promobot: ")
    assert reason in status
    assert "\n" not in status
    assert said == ""
    with closing(sqlite3.connect(tmp_path / "engine.db")) as database:
        for table in ("products", "orders", "customers", "product_categories", "prices"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_a_file_cut_in_the_middle_says_so_and_archives_nothing(run: Run, tmp_path: Path) -> None:
    rows = [f'p-{number},"Product {number}",9.90,active' for number in range(40)]
    whole = "\n".join(["Handle,Title,Variant Price,Status", *rows]) + "\n"
    path = tmp_path / "products.csv"
    path.write_text(whole)
    assert run("import", "shopify-products", str(path), "--currency", "EUR")[1] == "product: 40 stored\n"
    path.write_text(whole[: whole.index("Product 35") + 3])
    status, said = run("import", "shopify-products", str(path), "--currency", "EUR", "--full", "--yes")
    assert status == SOME_REFUSED
    assert said.splitlines() == [
        "product: 35 unchanged",
        "note: nothing is archived: a row that cannot be read may be any product, or the file was cut",
        "refused: the file ends inside a quoted cell: it was cut",
    ]
    with closing(sqlite3.connect(tmp_path / "engine.db")) as database:
        assert database.execute("SELECT DISTINCT status FROM products").fetchall() == [("active",)]


def test_a_guess_is_a_mapping_to_go_on_from(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "sales.csv"
    table.write_text("InvoiceNo,InvoiceDate,Description,Quantity,UnitPrice\n1,2010-12-01 08:26:00,Tea,2,2.55\n")
    _, said = run("guess", str(table))
    assert yaml.safe_load(said)["kind"] == "order-lines"
    mapping = tmp_path / "map.yml"
    mapping.write_text(said)
    options = ("--mapping", str(mapping), "--currency", "GBP", "--zone", "Europe/London")
    assert run("import", "generic", str(table), *options) == (0, "order: 1 stored\n")


def test_the_simulated_shop_says_that_it_is_simulated(run: Run, tmp_path: Path) -> None:
    status, said = run("simulate", "--customers", "30")
    assert status == 0
    assert said.startswith("Trail & Tarn is simulated: no product, person or order of it exists.\n")
    assert "product: 220 stored" in said
    with closing(sqlite3.connect(tmp_path / "engine.db")) as database:
        assert database.execute("SELECT source_id, kind FROM shop_sources").fetchall() == [("trail-and-tarn", "demo")]
        assert database.execute("SELECT DISTINCT source_id FROM orders").fetchall() == [("trail-and-tarn",)]


@pytest.fixture
def shop_file(run: Run, products: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the shop's own file, beside a shop with products in EUR and the orders of the hand-written export."""
    orders = tmp_path / "orders.csv"
    orders.write_text(SHOPIFY_ORDERS)
    run("import", "shopify-products", products, "--currency", "EUR")
    run("import", "shopify-orders", str(orders))
    file = tmp_path / "shop.yml"
    monkeypatch.setenv("PROMOBOT_SHOP_FILE", str(file))
    return file


def test_a_shop_that_fits_is_told_what_the_bot_does_not_know(run: Run, shop_file: Path) -> None:
    shop_file.write_text("{returns: {days: 30}}")
    status, said = run("check")
    assert status == 0
    assert "not known, the bot will offer a person: how to pay (payment)" in said
    assert "returns.days" not in said
    assert said.splitlines()[-1] == f"{shop_file} fits the shop."


def test_contradictions_are_named_one_a_line(run: Run, shop_file: Path, tmp_path: Path) -> None:
    articles = tmp_path / "help"
    articles.mkdir()
    (articles / "gifts.md").write_text("Gift cards cost {gift_price}, at least $10.")
    shop_file.write_text("{currency: EUR, currencies: [CHF], order_number: 'X-[0-9]+', delivery: {countries: [IS]}}")
    status, said = run("check", "--articles", str(articles))
    found = [line.removeprefix("contradiction: ") for line in said.splitlines() if line.startswith("contradiction")]
    assert status not in (0, None)
    for wanted in (
        "variants have no price in CHF: the chat shows them without one",
        "orders are in GBP, which `currency` and `currencies` do not name",
        "order_number does not match 3 of the newest 3 order numbers, such as #1003",
        f"{articles / 'gifts.md'}: there is no fact {{gift_price}}; docs/shop.md lists them",
        f"{articles / 'gifts.md'}: names an amount in $, in which the shop does not sell",
    ):
        assert any(wanted in line for line in found), (wanted, found)


def test_a_check_without_a_file_says_what_to_do(run: Run, shop_file: Path) -> None:
    status, _ = run("check")
    assert isinstance(status, str)
    assert status.startswith(f"promobot: there is no {shop_file}; write one")


def test_the_words_of_the_shop_are_written_for_the_bot(run: Run, tmp_path: Path) -> None:
    run("simulate", "--customers", "1")
    synonyms = tmp_path / "synonyms.yml"
    synonyms.write_text("'Camping > Tents': [Bivvy]\n'Climbing': [Wansfell Rope]\n")
    status, said = run("words", "--out", str(tmp_path / "words"), "--synonyms", str(synonyms))
    assert (status, said.split(" words")[0].split()[0]) == (0, "24")
    labels = yaml.safe_load((tmp_path / "words" / "category_names.yml").read_text())
    names = yaml.safe_load((tmp_path / "words" / "product_names.yml").read_text())
    assert labels["Camping > Tents"] == "tents"
    assert "bivvy" in names["Camping > Tents"]
    assert "wansfell rope" in names["Climbing"]
    assert "wansfell rope" not in names["Climbing > Ropes"]
    assert set(names) <= set(labels)


def test_words_of_an_empty_shop_say_what_to_do(run: Run) -> None:
    status, _ = run("words")
    assert status == "promobot: there are no categories yet; import the shop's products: promobot shop import --help"


def test_from_an_export_to_a_shop_that_can_be_served(products: str, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text(SHOPIFY_ORDERS)
    flags = ["--name", "Hill & Dale", "--currency", "eur", "--zone", "Europe/Berlin", "--countries", "de", "AT"]
    command = ["shop", "init", "shop", *flags, "--products", products, "--orders", "orders.csv", "--start-offers"]
    said = said_by(command, tmp_path)
    assert "offers stored, 0 others ended" in said
    assert "level 1 serves" in said
    assert "contradiction: 1 orders are in GBP" in said, "what the check says stops nothing"
    assert '<script src="https://YOUR-GATEWAY/widget.js" data-shop="Hill & Dale" async></script>' in said
    facts = yaml.safe_load((tmp_path / "shop" / "shop.yml").read_text())
    assert facts == {
        "name": "Hill & Dale",
        "currency": "EUR",
        "zone": "Europe/Berlin",
        "delivery": {"countries": ["DE", "AT"]},
    }
    assert (tmp_path / "shop" / "var" / "models" / "user_model" / "settings.json").exists()


def said_by(command: list[str], folder: Path) -> str:
    """In a process of its own: it moves into the shop's folder and reads its secrets into the environment."""
    return subprocess.run(
        [sys.executable, "-m", "promo_engine.cli", *command],
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": str(Path.cwd())},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.parametrize(("status", "offers"), [("published", 1), ("draft", 0)])
def test_an_export_that_nobody_knows_becomes_a_shop_by_a_guess(tmp_path: Path, status: str, offers: int) -> None:
    rows = [
        "Product Handle,Product Title,Product Status,Variant Id,Variant Price EUR,Variant Price DKK",
        f"mug,Mug,{status},v-1,45,330",
        f"jug,Jug,{status},v-2,65,480",
    ]
    (tmp_path / "products.csv").write_text("\n".join(rows) + "\n")
    flags = ["--name", "Hill", "--currency", "EUR", "--zone", "Europe/Berlin", "--countries", "DE", "--start-offers"]
    said = said_by(["shop", "init", "shop", *flags, "--products", "products.csv"], tmp_path)
    assert "products.csv is read as generic; map.yml, a guess, says which of its fields is what" in said
    assert "product: 2 stored" in said
    suggested = yaml.safe_load((tmp_path / "shop" / "offers.yml").read_text())["promotions"]
    titles = [offer["title"] for promotion in suggested for offer in promotion["offers"]]
    assert titles == ["10 % off everything"] * offers, "there are no categories, and a draft is not on sale"
    assert ("Nothing is on sale at a price in EUR" in said) is (offers == 0)
    assert "level 0 serves" in said
    assert "widget.js" in said, "it goes on to the end"


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (["--countries", "Germany"], "delivery.countries.0: 'GERMANY' is no country"),
        (["--currency", "EURO"], "currency: 'EURO' is no currency"),
        (["--products", "absent.csv"], "absent.csv: there is no such file"),
        (["--name", ""], "--name is needed: there is no terminal to ask on"),
    ],
)
def test_a_wrong_answer_makes_no_folder(
    products: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: list[str], reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    right = ["--name", "A", "--currency", "EUR", "--zone", "UTC", "--countries", "DE", "--products", products]
    with pytest.raises(SystemExit, match=re.escape(reason)):
        main(["shop", "init", "shop", *right, *flags])
    assert not (tmp_path / "shop").exists()
