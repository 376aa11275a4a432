"""`promobot strategy plan`: from a goal and a budget to a plan; approve it, watch it, stop it."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promo_engine.cli.command_line import CommandError, operator, read_settings_or_stop, say, with_database
from studio.commands.insight.response_command import read_response
from studio.jobs.command_registry import Capability
from studio.jobs.sources import add_source, print_rows, read_history, write_report

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from promo_engine.services.plans.plan_service import PlanService
    from studio.plan.planning import Brief, Plan
    from studio.report.html_report import Report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant


def add_brief(parser: argparse.ArgumentParser) -> None:
    """What a plan is asked for."""
    parser.add_argument("--goal", default="revenue", help="revenue (default), margin or satisfaction")
    parser.add_argument("--budget-cents", type=int, default=200_000, help="for the whole plan (200000)")
    parser.add_argument("--days", type=int, default=28, help="how long it may take (28)")
    parser.add_argument("--plan-id", help="name of the plan (plan- and the day)")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("does", nargs="?", default="make", choices=["make", "list", "approve", "watch", "stop"])
    parser.add_argument("id", nargs="?", help="plan_id, to approve, watch or stop")
    add_brief(parser)
    parser.add_argument("--point", type=int, help="make it of this portfolio of the front that `optimise` found last")
    add_source(parser)


def _run(arguments: argparse.Namespace) -> None:
    if arguments.does == "make":
        brief, plan_id, now = read_brief(arguments)
        plan = _make(arguments, brief, plan_id, now)
        store(plan)
        write_report(plan_page(plan), plan_id, arguments)
        say(f"approve it with: promobot strategy plan approve {plan_id}")
    elif arguments.does == "list":
        plans = with_desk(lambda desk: desk.newest(50))
        rows = [[one.plan_id, one.state, one.body["goal"], one.created_at, one.decided_by] for one in plans]
        print_rows(["plan", "state", "goal", "made", "decided by"], rows)
    elif arguments.id is None:
        raise CommandError(f"which plan? promobot strategy plan {arguments.does} PLAN_ID")
    elif arguments.does == "watch":
        for one in with_desk(lambda desk: desk.watch(arguments.id, actor=operator())):
            say(f"{one.promotion_id} ended: {one.reason}")
    else:
        decide(arguments.id, arguments.does)


def _make(arguments: argparse.Namespace, brief: Brief, plan_id: str, now: datetime) -> Plan:
    """A plan of the generators' best proposals, or of a point of the front."""
    from studio.data.shop_facts import read_facts
    from studio.generate.proposals import propose
    from studio.optimise.pareto_front import plan_of_point, read_point
    from studio.plan.planning import make_plan
    from studio.progress import bars

    point = None if arguments.point is None else read_point(_front(arguments.reports), arguments.point)
    facts, model = read_facts(read_history(arguments)), read_response()
    if point is not None:
        return plan_of_point(point, brief, facts, model, plan_id=plan_id, now=now)
    best = propose(facts, model, count=300, track=bars).best[brief.goal]
    return make_plan(brief, [one for one, _ in best], facts, model, plan_id=plan_id, now=now)


def _front(reports: Path) -> dict[str, Any]:
    """The data of the front that was found last. Raises CommandError."""
    import json

    path = reports / "optimisation.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["data"]
    except FileNotFoundError as error:
        raise CommandError(f"there is no front yet ({path}); run: promobot strategy optimise") from error
    except (OSError, ValueError, KeyError) as error:
        raise CommandError(f"{path} cannot be read; run: promobot strategy optimise") from error
    return found


def read_brief(arguments: argparse.Namespace) -> tuple[Brief, str, datetime]:
    """The brief, the plan's name and the moment. Raises StrategyError, CommandError."""
    import re

    from studio.plan.planning import Brief

    now = datetime.now(UTC).replace(microsecond=0)
    plan_id = arguments.plan_id or f"plan-{now:%Y%m%d-%H%M%S}"
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", plan_id) or len(plan_id) > 40:
        raise CommandError("--plan-id: at most 40 small letters, digits and single dashes")
    zone = read_settings_or_stop().shop_time_zone
    return Brief(arguments.goal, arguments.budget_cents, arguments.days, zone=zone), plan_id, now


def with_desk(work: Callable[[PlanService], Awaitable[Any]]) -> Any:
    """Run `work` on the plans of the engine's database; what it refuses is one line."""
    from promo_engine.domain.errors import ServiceError
    from promo_engine.services.plans.plan_service import PlanService
    from promo_engine.services.promotions.promotion_service import PromotionService
    from promo_engine.storage.sql_unit_of_work import SqlStorage

    async def run(database: AsyncEngine) -> Any:
        storage = SqlStorage(database)

        def clock() -> datetime:
            return datetime.now(UTC)

        return await work(PlanService(storage, promotions=PromotionService(storage, clock=clock), clock=clock))

    try:
        return with_database(run)
    except ServiceError as error:
        raise CommandError(error.message) from error


def store(plan: Plan) -> None:
    """Keep a plan in the engine's database."""
    with_desk(lambda desk: desk.propose(plan.plan_id, plan.body, actor=operator()))
    say(f"{plan.plan_id} is proposed: {len(plan.strategies)} promotions, holdout {plan.holdout.share:.0%}")


def decide(plan_id: str, does: str) -> None:
    """Approve or stop."""
    plan = with_desk(lambda desk: getattr(desk, does)(plan_id, actor=operator()))
    say(f"{plan_id} is {plan.state} now.")


def plan_page(plan: Plan) -> Report:
    """The plan as a marketer reads it."""
    from studio.report.html_report import Report

    report = Report(
        f"Plan {plan.plan_id}",
        f"For {plan.body['goal']} with ${plan.body['budget_cents'] / 100:,.0f}. What it brings is simulated with the "
        "response model.",
    )
    add_plan(report, plan)
    return report


def add_plan(report: Report, plan: Plan) -> None:
    """Add the plan's sections to a page."""
    from studio.report.html_report import new_figure

    low, high = plan.interval_cents
    rows = [[name.removesuffix("_cents"), value / 100] for name, value in vars(plan.expected).items()]
    report.table(["beside doing nothing", "dollars"], rows, caption="Expected over the whole plan (simulated)")
    report.text(
        f"95 % interval of {plan.body['goal']}: ${low / 100:,.2f} to ${high / 100:,.2f}, from the response's "
        "uncertainty. "
        f"Held out: {plan.holdout.customers:,} customers ({plan.holdout.share:.0%}); the chance to see the least "
        "effect "
        f"asked for is {plan.holdout.power:.0%}"
        + ("." if plan.holdout.power >= 0.8 else ": the audience is too small for 80 %.")
    )
    rows = [
        [
            offer["title"],
            one.segment,
            len(plan.body["audiences"][offer["promotion_id"]]),
            offer["starts_at"][:10],
            offer["ends_at"][:10],
            one.days,
            one.channel,
            one.budget_cents / 100,
        ]
        for one, offer in zip(plan.strategies, plan.body["offers"], strict=True)
    ]
    columns = ["offer", "segment", "customers", "from", "until", "days", "channel", "budget, $"]
    report.table(columns, rows, caption="Offers")
    report.heading("Why")
    for reason in plan.body["reasons"]:
        report.text(reason)
    figure, axes = new_figure(height=2.6)
    weeks = plan.body["pacing"]
    axes.bar([week["from"] for week in weeks], [week["cost_cents"] / 100 for week in weeks], color="#2f6fde")
    axes.set_ylabel("dollars")
    report.picture(figure, "What each week is expected to cost.")
    report.text(
        f"Stop rule: an offer of which surely fewer than {plan.body['stop_rules']['min_acceptance']:.0%} of those "
        "shown are "
        "accepted ends; the bound may be looked at any time (promobot strategy plan watch)."
    )


CAPABILITY = Capability(
    name="plan",
    text="a campaign plan from a goal and a budget; approve it to put its promotions live, watch it, stop it",
    example="plan --goal revenue --budget-cents 200000",
    run=_run,
    add_arguments=_add_arguments,
)
