"""`promobot shop init`: from a shop's export to a shop that can be served, in one command.

Five questions, or flags for them: the shop's name, its currency, its time zone, the countries it delivers to, and the
files of products and orders. Each step is a command that can be run by itself, and is named before it runs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promo_engine.cli import shop_folder
from promo_engine.cli.command_line import SOME_REFUSED, CommandError, say, with_database

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# ruff: noqa: PLC0415  # imports inside the command keep --help instant

PRODUCT_KINDS = ("shopify-products", "woocommerce-products", "merchant-feed", "generic", "joined-json")
_MAPPED_KINDS = ("generic", "joined-json")
SUGGESTED = 3
"""Categories for which an offer is suggested: those that sell best."""
_EXAMPLE = """example:
  promobot shop init shop --name "Trail & Tarn" --currency EUR --zone Europe/Berlin --countries DE AT \\
      --products products_export.csv --orders orders_export.csv
"""
_SNIPPET = """
Put this before </body> of your shop's pages, with the address of the gateway:

  <script src="https://YOUR-GATEWAY/widget.js" data-shop="{name}" async></script>

Then, in {folder}:
  promobot serve            the promo engine
  promobot gateway          chat, widget and console
  promobot admin create ada the first admin
"""


def add_shop_init(command: argparse.ArgumentParser) -> None:
    """Declare its arguments."""
    command.formatter_class = argparse.RawDescriptionHelpFormatter
    command.epilog = _EXAMPLE
    command.add_argument("folder", type=Path, help="a new or empty folder, such as shop/")
    command.add_argument("--name", help="name of the shop; left out: asked for")
    command.add_argument("--currency", help="ISO 4217, such as EUR")
    command.add_argument("--zone", help="time zone, such as Europe/Berlin")
    command.add_argument("--countries", nargs="+", metavar="CODE", help="where the shop delivers, such as DE AT")
    command.add_argument("--products", nargs="+", type=Path, metavar="FILE", help="exports of products")
    command.add_argument("--orders", nargs="*", type=Path, metavar="FILE", help="exports of orders from Shopify")
    command.add_argument(
        "--kind", choices=PRODUCT_KINDS, help="what the files of products are; left out: told by their columns"
    )
    command.add_argument("--mapping", type=Path, help="for --kind generic and joined-json; left out: guessed")
    command.add_argument("--start-offers", action="store_true", help="start the suggested offers at once")


@dataclass(frozen=True)
class _Answers:
    name: str
    currency: str
    zone: str
    countries: list[str]
    products: list[Path]
    orders: list[Path]


def shop_init(arguments: argparse.Namespace) -> None:
    """Make the folder, write `shop.yml`, import, train, suggest offers, and print the widget's snippet."""
    answers = _answers(arguments)
    files = [*answers.products, *answers.orders, *([arguments.mapping] if arguments.mapping else [])]
    if missing := [file for file in files if not file.is_file()]:
        raise CommandError(f"{missing[0]}: there is no such file")
    text = _shop_file(answers)
    kind, guessed = _kind_and_mapping(arguments, answers.products[0])
    mapping = [] if arguments.mapping is None else ["--mapping", str(arguments.mapping.resolve())]
    options = ["--currency", answers.currency, "--zone", answers.zone]
    products, orders = ([str(path.resolve()) for path in paths] for paths in (answers.products, answers.orders))
    shop_folder.make_folder(arguments.folder)
    (arguments.folder / "shop.yml").write_text(text, encoding="utf-8")
    os.chdir(arguments.folder)
    if guessed:
        Path("map.yml").write_text(guessed, encoding="utf-8")
        say(f"{answers.products[0].name} is read as {kind}; map.yml, a guess, says which of its fields is what")
        mapping = ["--mapping", "map.yml"]
    run = partial(_run, arguments.promobot)
    run("migrate")
    run("shop", "import", kind, *products, *options, *mapping, after=_Goes.ON_IF_SOME)
    if orders:
        run("shop", "import", "shopify-orders", *orders, *options, after=_Goes.ON_IF_SOME)
    offers = _suggested_offers(answers)
    Path("offers.yml").write_text(_offer_file(offers), encoding="utf-8")
    if not offers:
        say(f"\nNothing is on sale at a price in {answers.currency}, so that offers.yml suggests nothing.")
    elif arguments.start_offers:
        run("load-offers", "offers.yml")
    run("train")
    run("shop", "words", after=_Goes.ON)  # without categories there are none
    run("shop", "check", after=_Goes.ON)
    if offers and not arguments.start_offers:
        say("\noffers.yml suggests offers; nothing is given away before you run: promobot load-offers offers.yml")
    say(_SNIPPET.format(name=answers.name, folder=arguments.folder))


def _answers(arguments: argparse.Namespace) -> _Answers:
    """The flags, and what a person types for those that are left out. Raises CommandError without a terminal."""

    def ask(flag: str, question: str, *, default: str = "") -> str:
        given = getattr(arguments, flag)
        if given:
            return str(given)
        if not sys.stdin.isatty():
            raise CommandError(f"--{flag} is needed: there is no terminal to ask on")
        return input(f"{question}{f' [{default}]' if default else ''}: ").strip() or default

    name = ask("name", "What is the shop called?")
    currency = ask("currency", "In which currency are its prices?", default="EUR").upper()
    zone = ask("zone", "In which time zone is it?", default="Europe/Berlin")
    countries = arguments.countries or ask("countries", "To which countries does it deliver? (codes)").split()
    products = arguments.products or [Path(ask("products", "Which file holds the products?"))]
    return _Answers(name, currency, zone, [code.upper() for code in countries], products, arguments.orders or [])


def _kind_and_mapping(arguments: argparse.Namespace, file: Path) -> tuple[str, str]:
    """What the files of products are, and a mapping for them where one is needed and none was given.

    Raises CommandError for a file that cannot be read, or in which nothing is recognised.
    """
    import yaml

    from promo_engine.ports.shop.shop_file_reader import ShopFileError
    from promo_engine.shops.guess_kind import guess_any_mapping, guess_kind

    try:
        kind: str = arguments.kind or guess_kind(file)
        if arguments.mapping is not None or kind not in _MAPPED_KINDS:
            return kind, ""
        return kind, yaml.safe_dump(dict(guess_any_mapping(file)), sort_keys=False, allow_unicode=True)
    except ShopFileError as error:
        raise CommandError(str(error)) from error


def _shop_file(answers: _Answers) -> str:
    """The shop's file, checked before anything is made. Raises CommandError."""
    import yaml

    from common.shop_facts import ShopFactsError, shop_facts

    facts: dict[str, Any] = {
        "name": answers.name,
        "currency": answers.currency,
        "zone": answers.zone,
        "delivery": {"countries": answers.countries},
    }
    try:
        shop_facts(facts)
    except ShopFactsError as error:
        raise CommandError(str(error)) from error
    return (
        "# What the shop promises. What is left out the bot does not know: it says so and offers a person.\n"
        "# docs/shop.md lists every fact; `promobot shop check` holds them against the shop's data.\n"
        + yaml.safe_dump(facts, allow_unicode=True, sort_keys=False)
    )


class _Goes(Enum):
    """When a step's end lets the next one begin."""

    ON_IF_WELL = "well"
    ON_IF_SOME = "some"
    """Also where it did a part and said which, as an import of a file with wrong rows."""
    ON = "on"
    """However it ended: what it said is for the person."""


def _run(promobot: Callable[[list[str]], None], *words: str, after: _Goes = _Goes.ON_IF_WELL) -> None:
    """Run another command in this process. Raises CommandError where the next step cannot begin."""
    say(f"\n$ promobot {' '.join(words)}")
    try:
        promobot(list(words))
    except SystemExit as ended:
        well = ended.code in (None, 0) or (after is _Goes.ON_IF_SOME and ended.code == SOME_REFUSED)
        if well or after is _Goes.ON:
            if isinstance(ended.code, str):
                say(ended.code)
            return
        reason = str(ended.code).removeprefix("promobot: ")
        raise CommandError(f"{reason}; the shop's folder stays, go on in it with the commands above") from None


def _suggested_offers(answers: _Answers) -> list[dict[str, Any]]:
    """Offers on the categories that sell best; on everything where there are none; none where nothing is on sale."""
    from promo_engine.storage.best_categories import CategoryPrice, best_categories, middle_price

    async def run(database: AsyncEngine) -> tuple[Sequence[CategoryPrice], int | None]:
        found = await best_categories(database, currency=answers.currency, count=SUGGESTED)
        return found, await middle_price(database, currency=answers.currency)

    found, middle_cents = with_database(run)
    if not found:
        return [] if middle_cents is None else [_offer(1, "everything", middle_cents)]
    return [
        _offer(number, category.label.lower(), category.middle_cents) | {"categories": [category.name]}
        for number, category in enumerate(found, start=1)
    ]


def _offer(number: int, what: str, middle_cents: int) -> dict[str, Any]:
    return {
        "id": f"start-{number}",
        "title": f"10 % off {what}",
        "terms": "Once per customer.",
        "benefit": {"kind": "percentage", "percent_basis_points": 1000},
        "unit_cost_cents": middle_cents // 10,
    }


def _offer_file(offers: list[dict[str, Any]]) -> str:
    import yaml

    promotion = {"id": "start", "name": "To begin with", "starts": "-1d", "ends": "+90d", "offers": offers}
    return (
        "# Suggested from what sells best. Change it, then: promobot load-offers offers.yml (docs/promotions.md).\n"
        + yaml.safe_dump({"promotions": [promotion] if offers else []}, allow_unicode=True, sort_keys=False)
    )
