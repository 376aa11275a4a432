"""`promobot strategy run`: from the sales to an approved plan in one go."""

from __future__ import annotations

import time

from promo_engine.cli.command_line import say, with_database
from studio.commands.campaign.generate_command import generate_page
from studio.commands.campaign.optimise_command import pareto_front_page
from studio.commands.campaign.plan_command import BriefParams, approve, read_brief, store
from studio.commands.insight import response_command as response
from studio.commands.insight.measure_command import measure_page
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import read_history, read_shop_facts
from studio.jobs.terminal import print_rows, write_report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant


class RunParams(BriefParams):
    """What the plan is asked for, and whether it goes live."""

    propose_only: bool = param(False, title="Propose only", text="leave the approval to a person")


def _run(params: RunParams) -> None:
    from studio.generate.proposals import propose
    from studio.measure.campaigns import measure_campaigns
    from studio.optimise.optimisers import SEARCHES, Constraints, Portfolio
    from studio.plan.plan_page import add_plan
    from studio.plan.planning import make_plan
    from studio.progress import bars
    from studio.report.html_report import Report

    began = time.monotonic()
    brief, plan_id, now = read_brief(params)
    with_database(_nothing)  # a database that is not there is said now, not in five minutes
    history = read_history()
    panel, model = response.fit(history)
    facts = read_shop_facts(history)
    proposals = propose(facts, model, count=300, track=bars)
    weekly = max(1, brief.budget_cents * 7 // brief.days)
    portfolio = Portfolio(facts, model, Constraints(weekly))
    pareto_fronts = {
        name: SEARCHES[name](portfolio, evaluations=4_600, seed=1) for name in bars(tuple(SEARCHES), "searches")
    }
    campaigns = measure_campaigns(history, track=bars) if len(history.campaigns) else None
    candidates = [strategy for strategy, _ in proposals.best[brief.goal]]
    plan = make_plan(brief, candidates, facts, model, plan_id=plan_id, now=now)
    store(plan)
    report = Report("From sales to a plan", f"Plan {plan_id}, made from {len(history.lines):,} lines of purchases.")
    report.heading("The plan")
    add_plan(report, plan, facts.money)
    # Of each page what fits; whole it has a place of its own, where the console finds it too.
    for name, page, kept in (
        ("response", response.response_page(panel, model, facts.money), 3),
        ("optimisation", pareto_front_page(portfolio, pareto_fronts), 4),
        ("generation", generate_page(proposals, facts), 1),
        *([] if campaigns is None else [("measurement", measure_page(campaigns, facts.money), None)]),
    ):
        report.heading(page.title)
        report.text(page.lead)
        report.blocks += page.blocks[:kept]
        write_report(page, name, params, history.stamp)
    if not params.propose_only:
        approve(plan_id)
        say(f"{plan_id} is approved: its promotions are live for their audience.")
    print_rows(["why"], [[reason] for reason in plan.body["reasons"]])
    write_report(report, "run", params, history.stamp)
    say(f"{time.monotonic() - began:.0f} seconds from the sales to the plan")


async def _nothing(_database: object) -> None:
    return None


COMMAND = Command(
    name="run",
    summary="from the sales to an approved plan in one go, with a page that explains it",
    example="run --goal revenue --budget-cents 200000",
    params=RunParams,
    run=_run,
    over_http=False,  # it puts a plan live, which a person does in the console
)
