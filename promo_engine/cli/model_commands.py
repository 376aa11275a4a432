"""The commands of `promobot model`: versions of the user model are listed, moved and asked.

Libraries are imported by the command that needs them, so that --help is instant.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from promo_engine.cli.command_line import CommandError, read_settings_or_stop, say, with_database

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from promo_engine.domain.catalogue.category_tree import CategoryTree
    from promo_engine.storage.user_model_registry import RegisteredModel

# ruff: noqa: PLC0415  # imports inside the commands are this module's point

_EXAMPLES = """\
examples:
  promobot model                         the version that serves
  promobot model list                    all versions with their figures and origin
  promobot model promote 3f2a9c1d0b7e    let a candidate or an earlier version serve
  promobot model rollback                let the version serve that did before
  promobot model explain 1228            the purchases behind the likeliest category
  promobot model audience tea-5          customers who would redeem an offer if it were sent
A running engine keeps the version it started with until it is started again.
"""
_PURCHASES_SHOWN = 8


def add_model(command: argparse.ArgumentParser) -> None:
    """Give the command `model` its own commands."""
    command.epilog, command.formatter_class = _EXAMPLES, argparse.RawDescriptionHelpFormatter
    does = command.add_subparsers(title="commands", dest="does", metavar="COMMAND")
    does.add_parser("list", help="list all versions", epilog="example: promobot model list")
    promote = does.add_parser(
        "promote", help="let a version serve", epilog="example: promobot model promote 3f2a9c1d0b7e"
    )
    promote.add_argument("version", help="as `promobot model list` shows it")
    does.add_parser("rollback", help="let the version serve that did before", epilog="example: promobot model rollback")
    explain = does.add_parser(
        "explain",
        help="show the purchases behind a category's likelihood",
        epilog='example: promobot model explain 1228 "SOFT DRINKS"',
    )
    explain.add_argument("customer", help="customer_id")
    explain.add_argument("category", nargs="?", help="its name; left out: the likeliest one")
    audience = does.add_parser(
        "audience",
        help="list customers who would redeem an offer if it were sent",
        epilog="example: promobot model audience tea-5 --top 500 > audience.csv",
    )
    audience.add_argument("offer", help="offer_id")
    audience.add_argument("--top", type=int, default=100, metavar="N", help="how many customers (default 100)")


def model(arguments: argparse.Namespace) -> None:
    """Run one of them."""
    run: dict[str | None, Callable[[argparse.Namespace], None]] = {
        None: _live,
        "list": _list,
        "promote": _promote,
        "rollback": _rollback,
        "explain": _explain,
        "audience": _audience,
    }
    run[arguments.does](arguments)


def _live(_arguments: argparse.Namespace) -> None:
    from promo_engine.storage.sql_unit_of_work import SqlStorage
    from promo_engine.storage.user_model_registry import live_model

    async def read(database: AsyncEngine) -> tuple[RegisteredModel | None, CategoryTree]:
        async with SqlStorage(database).read() as unit:
            return await live_model(database), await unit.catalogue.category_tree()

    live, tree = with_database(read)
    if live is None:
        raise CommandError("no user model serves yet; run `promobot train`")
    say(_line(live))
    say(live.metrics.get("level", ""))
    waiting = tree.added_after(live.metrics.get("newest_category", tree.size))
    if waiting:
        some = "1 category is" if waiting == 1 else f"{waiting} categories are"
        say(f"{some} newer than it, and expected like the ones above: run `promobot train`")


def _list(_arguments: argparse.Namespace) -> None:
    from promo_engine.storage.user_model_registry import registered

    for model in with_database(registered) or [None]:
        say("no user model is registered; run `promobot train`" if model is None else _line(model))


def _line(model: RegisteredModel) -> str:
    kind, depth = model.metrics.get("kind", "lstm"), model.metrics.get("list_depth", 10)
    figures = model.metrics["user_model"].get(kind)
    quality = (
        "not measured"
        if figures is None
        else f"Recall@{depth} {figures['recall_at_10']:.4f}  NDCG@{depth} {figures['ndcg_at_10']:.4f}"
    )
    parent = f", after {model.parent_version}" if model.parent_version else ""
    private = f"  epsilon {model.metrics['privacy']['epsilon']:.2f}" if "privacy" in model.metrics else ""
    return (
        f"{model.model_version}  {model.status:9}  {kind:9}  {model.created_at:%Y-%m-%d %H:%M}  "
        f"{quality}  data {str(model.trained_on['data'])[:12]}{private}{parent}"
    )


def _promote(arguments: argparse.Namespace) -> None:
    from promo_engine.models.model_registry import UnknownModel, serve
    from promo_engine.user_model.model_files import ModelMissing

    model_dir = read_settings_or_stop().model_dir
    try:
        count = with_database(lambda database: serve(database, model_dir, arguments.version))
    except (UnknownModel, ModelMissing) as error:
        raise CommandError(str(error)) from error
    say(f"user model {arguments.version} serves, with {count} customer states; start the engine again to use it")


def _rollback(_arguments: argparse.Namespace) -> None:
    from promo_engine.models.model_registry import UnknownModel, roll_back
    from promo_engine.user_model.model_files import ModelMissing

    model_dir = read_settings_or_stop().model_dir
    try:
        version, count = with_database(lambda database: roll_back(database, model_dir))
    except (UnknownModel, ModelMissing) as error:
        raise CommandError(str(error)) from error
    say(f"user model {version} serves again, with {count} customer states; start the engine again to use it")


def _explain(arguments: argparse.Namespace) -> None:
    from datetime import UTC, datetime

    from promo_engine.domain.errors import NotFound
    from promo_engine.models.model_questions import reasons
    from promo_engine.user_model.model_files import ModelMissing
    from promo_engine.user_model.stepped_model import moment_of_day

    subject = {"customer_id": arguments.customer, "category": arguments.category, "now": datetime.now(UTC)}
    model_dir = read_settings_or_stop().model_dir
    try:
        name, parts = with_database(lambda database: reasons(database, model_dir, **subject))
    except (NotFound, ModelMissing) as error:
        raise CommandError(str(error)) from error
    said, unknown = f"{parts.probability:.1%}", f"{parts.baseline_probability:.1%}"
    say(f"{name}, bought within {parts.horizon_days:g} days: {said}; of somebody unknown {unknown}")
    say("what makes the difference, in log-odds:")
    say(f"  {parts.category:+7.3f}  how often, how recently and in which rhythm it was bought")
    say(f"  {parts.customer:+7.3f}  what else is known of the customer")
    latest = list(zip(parts.purchase_days.tolist(), parts.purchases.tolist(), strict=True))[::-1]
    for day, added in latest[:_PURCHASES_SHOWN]:
        say(f"  {added:+7.3f}  bought on {moment_of_day(day):%Y-%m-%d}")
    if latest[_PURCHASES_SHOWN:]:
        earlier = sum(added for _, added in latest[_PURCHASES_SHOWN:])
        say(f"  {earlier:+7.3f}  {len(latest) - _PURCHASES_SHOWN} earlier purchases")


def _audience(arguments: argparse.Namespace) -> None:
    from datetime import UTC, datetime

    from promo_engine.domain.errors import NotFound
    from promo_engine.models.model_questions import likely_redeemers
    from promo_engine.user_model.model_files import ModelMissing

    if arguments.top < 1:
        raise CommandError("--top has to be 1 or more")
    model_dir, now = read_settings_or_stop().model_dir, datetime.now(UTC)
    try:
        found = with_database(lambda database: likely_redeemers(database, model_dir, arguments.offer, now=now))
    except (NotFound, ModelMissing, ValueError) as error:
        raise CommandError(str(error)) from error
    say("customer_id,probability")
    for customer_id, probability in found[: arguments.top]:
        say(f"{customer_id},{probability:.4f}")
