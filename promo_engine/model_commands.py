"""The commands of `promobot model`: versions of the user model are listed and moved.

Libraries are imported by the command that needs them, so that --help is instant.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from promo_engine.command_line import CommandError, read_settings_or_stop, say, with_database

if TYPE_CHECKING:
    from promo_engine.storage.user_models import RegisteredModel

# ruff: noqa: PLC0415  # imports inside the commands are this module's point

_EXAMPLES = """\
examples:
  promobot model                         the version that serves
  promobot model list                    all versions, what they reached and where they came from
  promobot model promote 3f2a9c1d0b7e    let a candidate or an earlier version serve
  promobot model rollback                let the version serve that did before
A running engine keeps the version it started with until it is started again.
"""


def add_model(command: argparse.ArgumentParser) -> None:
    """Give the command `model` its own commands."""
    command.epilog, command.formatter_class = _EXAMPLES, argparse.RawDescriptionHelpFormatter
    does = command.add_subparsers(title="what to do", dest="does", metavar="DO")
    does.add_parser("list", help="all versions", epilog="example: promobot model list")
    promote = does.add_parser(
        "promote", help="let a version serve", epilog="example: promobot model promote 3f2a9c1d0b7e"
    )
    promote.add_argument("version", help="as `promobot model list` shows it")
    does.add_parser("rollback", help="let the version serve that did before", epilog="example: promobot model rollback")


def model(arguments: argparse.Namespace) -> None:
    """Run one of them."""
    run: dict[str | None, Callable[[argparse.Namespace], None]] = {
        None: _live,
        "list": _list,
        "promote": _promote,
        "rollback": _rollback,
    }
    run[arguments.does](arguments)


def _live(_arguments: argparse.Namespace) -> None:
    from promo_engine.storage.user_models import live_model

    live = with_database(live_model)
    if live is None:
        raise CommandError("no user model serves yet; run `promobot train`")
    say(_line(live))


def _list(_arguments: argparse.Namespace) -> None:
    from promo_engine.storage.user_models import registered

    for one in with_database(registered) or [None]:
        say("no user model is registered; run `promobot train`" if one is None else _line(one))


def _line(one: RegisteredModel) -> str:
    lstm = one.metrics["user_model"]["lstm"]
    parent = f", after {one.parent_version}" if one.parent_version else ""
    private = f"  epsilon {one.metrics['privacy']['epsilon']:.2f}" if "privacy" in one.metrics else ""
    return (
        f"{one.model_version}  {one.status:9}  {one.created_at:%Y-%m-%d %H:%M}  Recall@10 {lstm['recall_at_10']:.4f}  "
        f"NDCG@10 {lstm['ndcg_at_10']:.4f}  data {str(one.trained_on['data'])[:12]}{private}{parent}"
    )


def _promote(arguments: argparse.Namespace) -> None:
    from promo_engine.model_registry import UnknownModel, serve

    model_dir = read_settings_or_stop().model_dir
    try:
        count = with_database(lambda database: serve(database, model_dir, arguments.version))
    except UnknownModel as error:
        raise CommandError(str(error)) from error
    say(f"user model {arguments.version} serves, with {count} customer states; start the engine again to use it")


def _rollback(_arguments: argparse.Namespace) -> None:
    from promo_engine.model_registry import UnknownModel, roll_back

    model_dir = read_settings_or_stop().model_dir
    try:
        version, count = with_database(lambda database: roll_back(database, model_dir))
    except UnknownModel as error:
        raise CommandError(str(error)) from error
    say(f"user model {version} serves again, with {count} customer states; start the engine again to use it")
