"""The commands of `promobot` about promotions, offers, codes and costs.

Libraries are imported by the command that needs them, so that --help is instant.
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from promo_engine.cli.command_line import CommandError, one_line, operator, say, with_database

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

# ruff: noqa: PLC0415  # imports inside the commands are this module's point

_NO_CATEGORIES = (
    "; the shop has no categories yet: import its products first, and for the demo's run "
    "`promobot import completejourney`"
)


def add_promotions(command: argparse.ArgumentParser) -> None:
    """Give the command `promotions` its own commands."""
    does = command.add_subparsers(title="commands", dest="does", required=True, metavar="COMMAND")
    does.add_parser("list", help="list all promotions")
    does.add_parser("show", help="show one promotion with its offers").add_argument("id", help="promotion_id")
    for transition, text in (
        ("schedule", "publish a draft"),
        ("pause", "stop new acceptances; codes that are out stay good"),
        ("resume", "take new acceptances again"),
        ("end", "end for good"),
    ):
        move = does.add_parser(transition, help=text)
        move.add_argument("id", help="promotion_id, or with --offer an offer_id")
        move.add_argument("--offer", action="store_true", help="one offer, not a whole promotion")


def load_offers(arguments: argparse.Namespace) -> None:
    """Store the promotions and offers of a file."""
    from promo_engine.domain.errors import ServiceError
    from promo_engine.files.offer_file import OfferFileError, read_offer_file
    from promo_engine.services.promotions.promotion_service import PromotionService
    from promo_engine.storage.sql_unit_of_work import SqlStorage

    async def run(database: AsyncEngine) -> str:
        now = datetime.now(UTC)
        storage = SqlStorage(database)
        async with storage.write() as unit:
            names = await unit.catalogue.category_names()
            ids = {name: category_id for category_id, name in enumerate(names)}
            try:
                file = read_offer_file(arguments.file, category_ids=ids, now=now)
            except (OfferFileError, OSError) as error:
                hint = "" if names else _NO_CATEGORIES
                raise CommandError(f"{error}{hint}") from error
            service = PromotionService(storage, clock=lambda: now)
            try:
                stored, ended = await service.load(
                    unit, promotions=file.promotions, offers=file.offers, actor=operator()
                )
            except ServiceError as error:
                raise CommandError(f"{arguments.file}: {error.message}") from error
        return f"{stored} offers stored, {ended} others ended."

    say(with_database(run))


def load_codes(arguments: argparse.Namespace) -> None:
    """Add codes of the shop's own to an offer."""
    from promo_engine.domain.errors import ServiceError
    from promo_engine.files.code_file import CodeFileError, read_code_file
    from promo_engine.services.checkout.code_service import CodeService
    from promo_engine.storage.sql_unit_of_work import SqlStorage

    try:
        codes = read_code_file(arguments.file)
    except (CodeFileError, OSError) as error:
        raise CommandError(one_line(error)) from error

    async def run(database: AsyncEngine) -> int:
        service = CodeService(SqlStorage(database), clock=lambda: datetime.now(UTC))
        try:
            return await service.import_pool(arguments.offer, codes)
        except ServiceError as error:
            raise CommandError(f"{arguments.file}: {error.message}") from error

    say(f"{with_database(run)} codes added to {arguments.offer}.")


def load_costs(arguments: argparse.Namespace) -> None:
    """Say what products cost the shop."""
    from promo_engine.files.cost_file import CostFileError, read_cost_file
    from promo_engine.storage.sql_unit_of_work import SqlStorage

    try:
        costs = read_cost_file(arguments.file)
    except (CostFileError, OSError) as error:
        raise CommandError(one_line(error)) from error

    async def run(database: AsyncEngine) -> None:
        async with SqlStorage(database).write() as unit:
            unknown = await unit.catalogue.set_costs(costs)
        if unknown:
            more = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
            raise CommandError(f"{arguments.file}: there is no product {min(unknown)}{more}")

    with_database(run)
    say(f"{len(costs)} products have their costs.")


def promotions(arguments: argparse.Namespace) -> None:
    """Show promotions, or move one of them or of their offers."""
    from promo_engine.cli.promotion_tables import every_offer, every_promotion, print_offers, print_promotions
    from promo_engine.domain.errors import ServiceError
    from promo_engine.domain.offers.promotions import Transition
    from promo_engine.services.promotions.promotion_service import PromotionService
    from promo_engine.storage.sql_unit_of_work import SqlStorage

    now = datetime.now(UTC)

    async def run(database: AsyncEngine) -> None:
        service = PromotionService(SqlStorage(database), clock=lambda: now)
        if arguments.does == "list":
            print_promotions(await every_promotion(service), at=now)
        elif arguments.does == "show":
            print_offers(await service.view(arguments.id), await every_offer(service, arguments.id), at=now)
        else:
            transition, by = Transition(arguments.does), operator()
            if arguments.offer:
                managed, promotion = await service.move_offer(arguments.id, transition, expected_version=None, actor=by)
                state = managed.state_at(now, promotion=promotion)
            else:
                state = (await service.move(arguments.id, transition, expected_version=None, actor=by)).state_at(now)
            say(f"{arguments.id} is {state} now.")

    try:
        with_database(run)
    except ServiceError as error:
        raise CommandError(error.message) from error
