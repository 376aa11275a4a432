"""`promobot shop check`: what a shop says of itself, held against its data, its offers and its help articles."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from babel.numbers import get_currency_symbol

from common.shop_facts import AUTO, ShopFacts
from common.shop_words import FACT_NAMES, FACT_QUESTIONS, shop_words
from promo_engine.cli.command_line import CommandError, read_settings_or_stop, say, with_database
from promo_engine.storage.observed_shop import ObservedShop, read_observed_shop

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# ruff: noqa: PLC0415  # imports inside the command keep --help instant

PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SIGNS = "$€£¥₹₩"


@dataclass
class ShopCheck:
    """What was found. Contradictions have to be mended; unknown facts are questions that the bot passes to a person."""

    contradictions: list[str] = field(default_factory=list)
    not_known: list[str] = field(default_factory=list)


def check_shop(
    facts: ShopFacts, observed: ObservedShop, *, offer_currencies: Mapping[str, str], articles: Path | None
) -> ShopCheck:
    """Hold the facts against what is there.

    `offer_currencies` are the currencies of benefits by offer_id; `articles` is the folder of help articles.
    """
    said = shop_words(facts)
    found = [
        *_against_prices(facts, observed),
        *_against_orders(facts, observed),
        *_against_offers(facts, offer_currencies),
        *(_against_articles(facts, articles) if articles is not None else ()),
    ]
    return ShopCheck(found, [question for name, question in FACT_QUESTIONS.items() if said[name] is None])


def _currencies(facts: ShopFacts) -> set[str]:
    return {code for code in (facts.currency, *facts.currencies) if code is not None}


def _against_prices(facts: ShopFacts, observed: ObservedShop) -> Iterator[str]:
    if not observed.active_variants:
        return
    for currency in sorted(_currencies(facts)):
        missing = observed.active_variants - observed.priced_variants.get(currency, 0)
        if missing:
            yield (
                f"{missing:,} of {observed.active_variants:,} variants have no price in {currency}: "
                "the chat shows them without one"
            )
    if facts.currency is not None:
        for currency in sorted(set(observed.priced_variants) - _currencies(facts)):
            yield f"there are prices in {currency}, which `currency` and `currencies` do not name"


def _against_orders(facts: ShopFacts, observed: ObservedShop) -> Iterator[str]:
    if facts.currency is not None:
        for currency in sorted(set(observed.order_currencies) - _currencies(facts)):
            yield (
                f"{observed.order_currencies[currency]:,} orders are in {currency}, which `currency` and "
                "`currencies` do not name"
            )
    if facts.delivery.countries:
        for country in sorted(set(observed.customer_countries) - set(facts.delivery.countries)):
            yield (
                f"{observed.customer_countries[country]:,} customers live in {country}, which delivery.countries "
                "does not name"
            )
    if facts.order_number != AUTO and observed.order_numbers:
        pattern = re.compile(facts.order_number)
        other = [number for number in observed.order_numbers if pattern.fullmatch(number) is None]
        if other:
            yield (
                f"order_number does not match {len(other):,} of the newest {len(observed.order_numbers):,} order "
                f"numbers, such as {other[0]}"
            )


def _against_offers(facts: ShopFacts, offer_currencies: Mapping[str, str]) -> Iterator[str]:
    if facts.currency is None:
        return
    for offer_id, currency in sorted(offer_currencies.items()):
        if currency not in _currencies(facts):
            yield f"offer {offer_id} is in {currency}, in which the shop does not sell"


def _against_articles(facts: ShopFacts, folder: Path) -> Iterator[str]:
    signs = {get_currency_symbol(code, locale=facts.locale)[-1] for code in _currencies(facts)}
    for file in sorted(folder.glob("*.md")):
        text = file.read_text(encoding="utf-8")
        for name in sorted({match[1] for match in PLACEHOLDER.finditer(text)} - set(FACT_NAMES)):
            yield f"{file}: there is no fact {{{name}}}; docs/shop.md lists them"
        foreign = sorted({sign for sign in _SIGNS if sign in text} - signs)
        if foreign and signs:
            yield f"{file}: names an amount in {' and '.join(foreign)}, in which the shop does not sell"


def check(arguments: argparse.Namespace) -> None:
    """Print what contradicts what, and what the bot does not know. Raises CommandError when anything contradicts."""
    from common.shop_facts import ShopFactsError, read_shop_facts
    from promo_engine.domain.benefits.benefit import currency_of
    from promo_engine.storage.sql_unit_of_work import SqlStorage

    path = read_settings_or_stop().shop_file
    if not path.exists():
        raise CommandError(f"there is no {path}; write one (docs/shop.md), or name another in PROMOBOT_SHOP_FILE")
    if arguments.articles is not None and not arguments.articles.is_dir():
        raise CommandError(f"{arguments.articles}: there is no such folder")
    try:
        facts = read_shop_facts(path)
    except ShopFactsError as error:
        raise CommandError(str(error)) from error

    async def run(database: AsyncEngine) -> ShopCheck:
        async with SqlStorage(database).read() as unit:
            offers = await unit.catalogue.offers()
        named = {offer.offer_id: currency_of(offer.benefit) for offer in offers}
        return check_shop(
            facts,
            await read_observed_shop(database),
            offer_currencies={offer_id: currency.code for offer_id, currency in named.items() if currency is not None},
            articles=arguments.articles,
        )

    found = with_database(run)
    for question in found.not_known:
        say(f"not known, the bot will offer a person: {question}")
    for contradiction in found.contradictions:
        say(f"contradiction: {contradiction}")
    if found.contradictions:
        count = len(found.contradictions)
        raise CommandError(f"{path} and the shop contradict each other in {count} place{'' if count == 1 else 's'}")
    say(f"{path} fits the shop.")
