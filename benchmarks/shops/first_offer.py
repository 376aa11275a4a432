"""How long from a shop's export to its first accepted offer: import, suggested offers, training, start, chat.

    python -m benchmarks first-offer --products 3000 --orders 2000

Exports are made up here, in Shopify's form. `promobot shop init --start-offers` does what a person would do on the
first morning; then the whole bot starts, and customers ask for an offer until one says yes to one and gets a code.
Prints the seconds of each part and writes var/bench/first_offer.json; ends with 1 beyond ten minutes. Needs the
language model of `make train-language SHOP=larder`: a shop's own takes two minutes more.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from rich.table import Table

from benchmarks.shops.export_files import LINES, VARIANTS, shopify_orders, shopify_products
from promo_engine.domain.customers.email_hash import email_customer_id, email_hash
from tests.support.own_shop import claim
from tools.bench_figures import wide_console, write_json
from tools.once import ROOT
from tools.stack import Stack, running
from tools.testbed.chat_client import Shopper

GOAL_S = 600.0
CUSTOMERS_TO_TRY = 40
"""The policy may make no offer, and one customer in twenty is held out."""


def open_shop(folder: Path, *, products: int, orders: int) -> Stack:
    """From the exports to a shop that can be served. Raises CalledProcessError."""
    shopify_products(folder / "products.csv", rows=products * VARIANTS)
    shopify_orders(folder / "orders.csv", rows=orders * LINES)
    flags = ["--name", "Hill & Dale", "--currency", "EUR", "--zone", "Europe/Berlin", "--countries", "DE"]
    files = ["--products", "products.csv", "--orders", "orders.csv", "--start-offers"]
    command = [sys.executable, "-m", "promo_engine.cli", "shop", "init", "shop", *flags, *files]
    subprocess.run(
        command, cwd=folder, env={"PATH": "", "PYTHONPATH": str(ROOT)}, check=True, stdout=subprocess.DEVNULL
    )
    made = folder / "shop"
    settings = {
        "PROMOBOT_MODEL_DIR": str(made / "var" / "models" / "user_model"),
        "PROMOBOT_PAIRINGS": str(made / "var" / "models" / "pairings.json"),
        "PROMOBOT_SHOP_FILE": str(made / "shop.yml"),
    }
    return Stack.on_free_ports(made / "var", extra_environment=settings)


async def accept_an_offer(stack: Stack) -> int:
    """Customers ask, one after the other; how many asked until one had a code. Raises LookupError."""
    async with aiohttp.ClientSession() as http:
        for number in range(CUSTOMERS_TO_TRY):
            customer_id = email_customer_id(email_hash(f"c{number}@example.com"))
            token = claim(stack, str(customer_id))
            async with await Shopper.enter(http, stack.url("gateway"), token=token) as shopper:
                if (await shopper.say("do you have an offer for me?")).offer() is None:
                    continue
                outcome = (await shopper.press("Yes, please")).outcome()
                if outcome is not None and outcome["code"]:
                    return number + 1
    raise LookupError(f"none of {CUSTOMERS_TO_TRY} customers accepted an offer")


def main() -> int:
    """Do it, print, write; 1 beyond the goal."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks first-offer",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--products", type=int, default=3_000, help=f"of {VARIANTS} variants each")
    parser.add_argument("--orders", type=int, default=2_000)
    options = parser.parse_args()
    seconds = []
    with tempfile.TemporaryDirectory(prefix="promobot-first-offer-") as name:
        began = time.perf_counter()
        stack = open_shop(Path(name), products=options.products, orders=options.orders)
        seconds.append(time.perf_counter() - began)
        with running(stack):
            seconds.append(time.perf_counter() - began - sum(seconds))
            tried = asyncio.run(accept_an_offer(stack))
            seconds.append(time.perf_counter() - began - sum(seconds))
    table = Table("part", "seconds", title=f"{options.products:,} products, {options.orders:,} orders")
    parts = ("import, offers, training", "start of the bot", f"chat, {tried} customers tried")
    for part, took in zip((*parts, "all of it"), (*seconds, sum(seconds)), strict=True):
        table.add_row(part, f"{took:.0f}")
    wide_console().print(table)
    figures = {"made": seconds[0], "started": seconds[1], "accepted": seconds[2], "all": sum(seconds), "goal_s": GOAL_S}
    write_json("first_offer", figures | vars(options))
    return 0 if sum(seconds) <= GOAL_S else 1


if __name__ == "__main__":
    raise SystemExit(main())
