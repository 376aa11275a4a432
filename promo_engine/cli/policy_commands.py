"""The commands of `promobot policy`: versions are listed and moved, decisions explained and replayed.

Libraries are imported by the command that needs them, so that --help is instant.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promo_engine.cli.command_line import CommandError, operator, read_settings_or_stop, say, with_database

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from promo_engine.bootstrap import Services
    from promo_engine.domain.learning.training_example import TrainingExample
    from promo_engine.ports.models import OfferPolicy
    from promo_engine.services.learning.policy_service import VersionChange
    from promo_engine.services.learning.release_gate import Verdict

# ruff: noqa: PLC0415  # imports inside the commands are this module's point

_EXAMPLES = """\
examples:
  promobot policy                                   the version in force
  promobot policy list                              versions, candidates, and what was done to them
  promobot policy propose --set exploration=0.02    a candidate like the trained policy, with another setting
  promobot policy propose --kind squarecb           a candidate of another kind
  promobot policy promote 12 --dry-run              what the gate says of it now
  promobot policy promote 12                        bring it into force if it passes
  promobot policy rollback                          undo the last promotion
  promobot policy rollback --to 7 --set-aside       back to version 7; what was learned since teaches nothing
  promobot policy quarantine                        answers that came in a burst and teach nothing
  promobot policy fairness --by income              what groups of customers were offered
  promobot policy explain DECISION_ID               what moved a decision
  promobot policy replay --last 1000                make the newest decisions again and compare
"""


def add_policy(command: argparse.ArgumentParser) -> None:
    """Give the command `policy` its own commands."""
    command.epilog, command.formatter_class = _EXAMPLES, argparse.RawDescriptionHelpFormatter
    does = command.add_subparsers(title="commands", dest="does", metavar="COMMAND")

    def add(name: str, text: str, example: str) -> argparse.ArgumentParser:
        return does.add_parser(name, help=text, description=text, epilog=f"example: promobot policy {example}")

    listed = add("list", "list versions and what was done to them", "list --all")
    listed.add_argument("--all", action="store_true", help="also every version that the learner made")
    listed.add_argument("--limit", type=_count, default=20, help="how many of each (default 20)")
    propose = add("propose", "store a candidate that learns from the live version's rewards", "propose new.npz")
    propose.add_argument("file", nargs="?", type=Path, help="a policy without rewards (default: the trained one)")
    propose.add_argument("--kind", metavar="KIND", help="another kind, such as squarecb")
    propose.add_argument("--refit", action="store_true", help="neural_linear: fit its network to the rewards first")
    propose.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a setting of it")
    promote = add("promote", "bring a candidate into force if the gate lets it pass", "promote 12 --dry-run")
    promote.add_argument("version", type=_count, help="number of the candidate")
    promote.add_argument("--dry-run", action="store_true", help="only say what the gate says")
    rollback = add("rollback", "bring an earlier version into force again", "rollback --to 7")
    rollback.add_argument("--to", type=_count, metavar="VERSION", help="default: the one before the last promotion")
    rollback.add_argument("--set-aside", action="store_true", help="what was learned since then teaches nothing")
    held = add(
        "quarantine", "list offers whose answers came in a burst and teach nothing", "quarantine --release OFFER_ID"
    )
    held.add_argument("--release", metavar="OFFER_ID", help="learn from this offer's answers after all")
    fair = add("fairness", "compare what groups of customers were offered", "fairness --by income")
    fair.add_argument(
        "--by", required=True, metavar="ATTRIBUTE", help="an attribute of customers, such as income or age"
    )
    fair.add_argument(
        "--last", type=_count, default=10_000, metavar="N", help="how many of the newest decisions (default 10,000)"
    )
    fair.add_argument(
        "--at-least", type=_count, default=30, metavar="N", help="decisions that a group needs to count (default 30)"
    )
    add("explain", "say what moved a decision", "explain DECISION_ID").add_argument(
        "decision_id", help="as the console shows it"
    )
    replay = add("replay", "make decisions again from their records and compare", "replay --last 1000")
    replay.add_argument("decision_id", nargs="?", help="this decision alone")
    replay.add_argument(
        "--last", type=_count, default=100, metavar="N", help="how many of the newest decisions (default 100)"
    )


def policy(arguments: argparse.Namespace) -> None:
    """Run one of them."""
    run: dict[str | None, Callable[[argparse.Namespace], None]] = {
        None: _live,
        "list": _list,
        "propose": _propose,
        "promote": _promote,
        "rollback": _rollback,
        "quarantine": _quarantine,
        "fairness": _fairness,
        "explain": _explain,
        "replay": _replay,
    }
    run[arguments.does](arguments)


def _live(_arguments: argparse.Namespace) -> None:
    from sqlalchemy import select

    from promo_engine.storage.tables import policy_snapshots

    columns = [column for column in policy_snapshots.c if column.name != "snapshot"]

    async def run(database: AsyncEngine) -> dict[str, Any]:
        async with database.connect() as connection:
            live = select(*columns).where(policy_snapshots.c.status == "live")
            row = (await connection.execute(live.order_by(policy_snapshots.c.version.desc()).limit(1))).first()
        if row is None:
            raise CommandError("there is no policy yet; the first `promobot serve` after training stores one")
        return dict(row._mapping)

    say(json.dumps(with_database(run), indent=2, default=lambda moment: moment.isoformat()))


def _list(arguments: argparse.Namespace) -> None:
    from promo_engine.cli.policy_tables import print_changes, print_versions

    async def run(services: Services) -> None:
        print_versions(await services.policies.versions(limit=arguments.limit, learned=arguments.all))
        print_changes(await services.policies.changes(limit=arguments.limit))

    _with_services(run)


def _propose(arguments: argparse.Namespace) -> None:
    async def run(services: Services) -> None:
        proposed = _proposal(services, arguments)
        with _progress("rewards") as step:
            try:
                candidate = await services.policies.propose(
                    proposed, actor=operator(), step=step, refit=_refit() if arguments.refit else None
                )
            except ValueError as error:
                raise CommandError(f"this cannot be proposed: {error}") from error
        say(
            f"Version {candidate.version} is a candidate with the {candidate.reward_count} rewards of version "
            f"{candidate.parent_version}. It is judged by decisions from now on."
        )

    _with_services(run)


def _proposal(services: Services, arguments: argparse.Namespace) -> OfferPolicy:
    from promo_engine.policies import first_policy, with_settings

    path = arguments.file or read_settings_or_stop().model_dir / "policy.npz"
    try:
        proposed = services.policies.unpack(path.read_bytes())
    except (OSError, ValueError) as error:
        advice = "run `promobot train`" if arguments.file is None else "propose one that this version made"
        raise CommandError(f"{path} cannot be used: {error}; {advice}") from error
    try:
        if arguments.kind is not None:
            proposed = first_policy(proposed, arguments.kind)
        changes = dict(_setting(change) for change in arguments.set)
        return with_settings(proposed, changes) if changes else proposed
    except ValueError as error:
        raise CommandError(f"this cannot be proposed: {error}") from error


def _refit() -> Callable[[OfferPolicy, Sequence[TrainingExample]], OfferPolicy]:
    from promo_engine.policies.algorithms.neural_fit import refit

    return refit


def _setting(change: str) -> tuple[str, Any]:
    name, _, value = change.partition("=")
    try:
        return name, json.loads(value)
    except ValueError:
        raise ValueError(f"{change!r} is not NAME=VALUE with a number") from None


def _promote(arguments: argparse.Namespace) -> None:
    async def run(services: Services) -> tuple[Verdict, VersionChange | None]:
        with _progress("decisions") as step:
            if arguments.dry_run:
                return await services.policies.judge(arguments.version, step=step), None
            return await services.policies.promote(arguments.version, actor=operator(), step=step)

    from promo_engine.cli.policy_tables import print_verdict

    verdict, moved = _with_services(run)
    print_verdict(verdict)
    if moved is not None:
        say(f"Version {moved.version} is live in place of {moved.before_version}. {_rewards(moved)}")
    elif not verdict.passed:
        raise CommandError(f"version {arguments.version} is not promoted: {verdict.reason}")
    else:
        say(f"Version {arguments.version} would be promoted.")


def _rollback(arguments: argparse.Namespace) -> None:
    async def run(services: Services) -> VersionChange:
        return await services.policies.rollback(to=arguments.to, set_aside=arguments.set_aside, actor=operator())

    moved = _with_services(run)
    say(f"Version {moved.version} is live in place of {moved.before_version}. {_rewards(moved)}")


def _rewards(moved: VersionChange) -> str:
    if moved.set_aside:
        return f"{moved.set_aside} rewards that it does not hold are set aside."
    return f"{moved.waiting} rewards that it does not hold wait to be learned."


def _quarantine(arguments: argparse.Namespace) -> None:
    async def run(services: Services) -> None:
        if arguments.release is not None:
            count = await services.policies.release(arguments.release)
            if not count:
                raise CommandError(f"nothing of {arguments.release} is quarantined")
            say(f"{count} answers about {arguments.release} wait to be learned.")
            return
        held = await services.policies.quarantined()
        for account in held:
            say(
                f"{account.offer_id}: {account.rewards} answers, {account.accepted} of them acceptances, "
                f"{account.since:%Y-%m-%d %H:%M} to {account.until:%Y-%m-%d %H:%M} UTC"
            )
        if not held:
            say("Nothing is quarantined.")

    _with_services(run)


def _fairness(arguments: argparse.Namespace) -> None:
    from promo_engine.cli.policy_tables import print_fairness

    def run(services: Services) -> Coroutine[Any, Any, Any]:
        return services.fairness.compare(arguments.by, last=arguments.last, at_least=arguments.at_least)

    print_fairness(_with_services(run))


def _explain(arguments: argparse.Namespace) -> None:
    from promo_engine.cli.policy_tables import print_explanation

    print_explanation(_with_services(lambda services: services.explanations.explain(arguments.decision_id)))


def _replay(arguments: argparse.Namespace) -> None:
    from promo_engine.cli.policy_tables import print_replayed

    async def run(services: Services) -> Any:
        if arguments.decision_id is None:
            return await services.replay.newest(arguments.last)
        return await services.replay.again([(await services.outcomes.read(arguments.decision_id)).decision])

    replayed = _with_services(run)
    if not replayed:
        raise CommandError("there are no decisions yet")
    different = print_replayed(replayed)
    if different:
        raise CommandError(f"{different} of {len(replayed)} decisions came out otherwise than stored")


def _with_services(run: Callable[[Services], Coroutine[Any, Any, Any]]) -> Any:
    """Run on the services over the database and models of the settings; what they refuse becomes one line."""
    from common.errors import StartError
    from promo_engine.app import load_models
    from promo_engine.bootstrap import build_services
    from promo_engine.domain.errors import ServiceError
    from promo_engine.storage.sql_unit_of_work import SqlStorage

    settings = read_settings_or_stop()

    async def work(database: AsyncEngine) -> Any:
        models = load_models(settings.model_dir, settings.policy)
        return await run(
            build_services(SqlStorage(database), models=models, rules=settings.rules(), clock=lambda: datetime.now(UTC))
        )

    try:
        return with_database(work)
    except StartError as error:
        raise CommandError(str(error)) from error
    except ServiceError as error:
        raise CommandError(error.message) from error


def _progress(unit: str) -> Any:
    from promo_engine.cli.policy_tables import counting

    return counting(unit)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"a whole number from 1 is needed, not {text!r}")
    return int(text)
