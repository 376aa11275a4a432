"""`promobot strategy plan`: from a goal and a budget to a plan; approve it, check its stop rules, stop it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from promo_engine.cli.command_line import CommandError, operator, read_settings_or_stop, say, with_database
from studio.commands.insight.response_command import read_response
from studio.jobs.command import Action, Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history, read_shop_facts
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from promo_engine.domain.plans.plans import StoredPlan
    from promo_engine.services.plans.plan_service import PlanService
    from studio.data.sales_history import SalesHistory
    from studio.plan.planning import Brief, Plan

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant


class BriefParams(SalesParams):
    """What a plan is asked for."""

    goal: Literal["revenue", "margin", "satisfaction"] = param(
        "revenue", title="Goal", text="what the plan is to bring most of"
    )
    budget_cents: int = param(200_000, title="Budget", text="for the whole plan", unit="cents", ge=1, le=100_000_000)
    days: int = param(28, title="Days", text="how long it may take", unit="days", ge=7, le=90)
    plan_id: str | None = param(
        None,
        title="Name of the plan",
        text="small letters, digits and single dashes; plan- and the time by default",
        pattern="^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=40,
        on_machine=True,
    )


class PlanParams(BriefParams):
    """What a plan is made of."""

    portfolio: int | None = param(
        None,
        title="Portfolio",
        text="make it of this portfolio of the Pareto front that `optimise` found last",
        ge=0,
        le=1_000_000,
        formerly="point",
    )


def _run(params: PlanParams) -> None:
    from studio.plan.plan_page import plan_page

    brief, plan_id, now = read_brief(params)
    history = read_history()
    plan = _make(params, history, brief, plan_id, now)
    store(plan)
    write_report(plan_page(plan, history.profile.money), plan_id, params, history.stamp)
    say(f"approve it with: promobot strategy plan approve {plan_id}")


def _make(params: PlanParams, history: SalesHistory, brief: Brief, plan_id: str, now: datetime) -> Plan:
    """A plan of the generators' best proposals, or of a portfolio of the Pareto front."""
    from studio.generate.proposals import propose
    from studio.optimise.pareto_front import plan_of_portfolio, read_portfolio
    from studio.plan.planning import make_plan
    from studio.progress import bars

    chosen = (
        None if params.portfolio is None else read_portfolio(_pareto_front(params.reports, history), params.portfolio)
    )
    facts, model = read_shop_facts(history), read_response(history)
    if chosen is not None:
        return plan_of_portfolio(chosen, brief, facts, model, plan_id=plan_id, now=now)
    best = propose(facts, model, count=300, track=bars).best[brief.goal]
    return make_plan(brief, [strategy for strategy, _ in best], facts, model, plan_id=plan_id, now=now)


def _pareto_front(reports: Path, history: SalesHistory) -> dict[str, Any]:
    """The data of the Pareto front that was found last. Raises CommandError."""
    import json

    path = reports / "optimisation.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        found: dict[str, Any] = document["data"]
    except FileNotFoundError as error:
        raise CommandError(f"there is no Pareto front yet ({path}); run: promobot strategy optimise") from error
    except (OSError, ValueError, KeyError) as error:
        raise CommandError(f"{path} cannot be read; run: promobot strategy optimise") from error
    if document.get("shop") != history.profile.shop:
        raise CommandError(f"the Pareto front in {path} is of another shop's sales; run: promobot strategy optimise")
    return found


def read_brief(params: BriefParams) -> tuple[Brief, str, datetime]:
    """The brief, the plan's name and the moment. Raises StrategyError, CommandError."""
    from studio.plan.planning import Brief

    now = datetime.now(UTC).replace(microsecond=0)
    zone = read_settings_or_stop().shop_time_zone
    plan_id = params.plan_id or f"plan-{now:%Y%m%d-%H%M%S}"
    return Brief(params.goal, params.budget_cents, params.days, zone=zone), plan_id, now


def with_plans(work: Callable[[PlanService], Awaitable[Any]]) -> Any:
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
    with_plans(lambda plans: plans.propose(plan.plan_id, plan.body, actor=operator()))
    say(f"{plan.plan_id} is proposed: {len(plan.strategies)} promotions, holdout {plan.holdout.share:.0%}")


def approve(plan_id: str) -> None:
    """Put a plan live."""
    _say_state(with_plans(lambda plans: plans.approve(plan_id, actor=operator())))


def _stop(plan_id: str) -> None:
    _say_state(with_plans(lambda plans: plans.stop(plan_id, actor=operator())))


def _say_state(plan: StoredPlan) -> None:
    say(f"{plan.plan_id} is {plan.state} now.")


def _list(_: str) -> None:
    plans = with_plans(lambda plans: plans.newest(50))
    rows = [[plan.plan_id, plan.state, plan.body.goal, plan.created_at, plan.decided_by] for plan in plans]
    print_rows(["plan", "state", "goal", "made", "decided by"], rows)


def _check(plan_id: str) -> None:
    """Check the stop rules."""
    for stopped in with_plans(lambda plans: plans.watch(plan_id, actor=operator())):
        say(f"{stopped.promotion_id} ended: {stopped.reason}")


COMMAND = Command(
    name="plan",
    summary="a campaign plan from a goal and a budget; approve it to put its promotions live, watch it, stop it",
    example="plan --goal revenue --budget-cents 200000",
    params=PlanParams,
    run=_run,
    makes_plan=True,
    actions={
        "list": Action(_list, takes_id=False),
        "approve": Action(approve),
        "watch": Action(_check),
        "stop": Action(_stop),
    },
)
