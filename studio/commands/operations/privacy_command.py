"""`promobot strategy privacy`: totals with differential privacy, and whether customers hide among others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promo_engine.cli.command_line import say
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    import pandas as pd

    from studio.data.sales_history import SalesHistory
    from studio.report.html_report import Report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

_LEAST_CUSTOMERS = 100
"""Of a category; in smaller ones the noise is all there is."""
_COSTS = (0.1, 0.5, 1.0, 2.0, 5.0)


class PrivacyParams(SalesParams):
    """How private, and how large groups have to be."""

    epsilon: float = param(1.0, title="Epsilon", text="privacy budget of one publication", gt=0, le=10)
    known: str | None = param(
        None,
        title="Known outside",
        text="what outsiders may know of a customer, with commas between; by default all that the shop knows",
        max_length=500,
    )
    k: int = param(10, title="Group size", text="how many have to share a group", ge=2, le=1_000)


def _run(params: PrivacyParams) -> None:
    import pandas as pd

    from studio.privacy.private_figures import Budget, check_anonymity, private_totals
    from studio.report.html_report import Report

    budget = Budget(epsilon=params.epsilon)
    history = read_history()
    known = _known(history, params.known)
    check = check_anonymity(history.demographics, known, k=params.k) if known else None
    categories = sorted(history.products["category"].dropna().unique())
    lines = history.lines[history.lines["day"] > history.lines["day"].max() - pd.Timedelta(days=365)]
    table = private_totals(lines, categories, budget)
    money = history.profile.money
    table[money.code] = money.main(table["sales_cents"]).round()
    shown = table.sort_values("customers", ascending=False)
    columns = ["category", "customers", "customers_half_width", money.code]
    print_rows(columns, shown[columns].head(15).to_numpy().tolist())
    if check is None:
        say("the shop knows nothing of its customers that an outsider could know; nobody can be singled out by it")
    else:
        say(
            f"k-anonymity of {', '.join(known)} at k = {check.k}: {check.exposed} of "
            f"{len(history.demographics)} customers are in smaller groups; the smallest has {check.smallest}"
        )
    report = Report(
        "Private figures",
        f"Totals of a year by category with differential privacy at epsilon {budget.epsilon:g}; they may be published.",
    )
    report.text(
        f"A customer counts in its {budget.most_categories} largest categories, with at most "
        f"{money.words(budget.most_cents, whole=True)} in all; noise comes from OpenDP. Half widths are of 95 % "
        "intervals of the noise; the bounds take something off besides."
    )
    report.table(columns, shown[columns].head(25).to_numpy().tolist(), caption="The 25 largest")
    report.heading("What privacy costs")
    rows = _costs(lines, categories)
    if rows:
        _add_costs(report, rows)
    else:
        report.text(f"No category has {_LEAST_CUSTOMERS} customers: every figure is mostly noise.")
    if check is not None:
        report.heading("Do customers hide among others?")
        judged = "may" if check.passed else "are not to"
        report.text(
            f"By {', '.join(known)}, {check.exposed} of {len(history.demographics)} customers share what is known of "
            f"them with fewer than {check.k - 1} others: together it {judged} be published."
        )
        report.table(
            list(check.groups.columns), check.groups.head(15).to_numpy().tolist(), caption="The smallest groups"
        )
    report.heading("All categories")
    report.table(columns, shown[columns].to_numpy().tolist())
    write_report(report, "privacy", params, history.stamp)


def _add_costs(report: Report, rows: list[list[float]]) -> None:
    """What privacy costs, by epsilon."""
    from studio.report.html_report import new_figure

    figure, axes = new_figure(height=3.2)
    axes.plot([row[0] for row in rows], [row[1] for row in rows], marker="o", label="customers")
    axes.plot([row[0] for row in rows], [row[2] for row in rows], marker="o", label="sales")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("epsilon (less is more private)")
    axes.set_ylabel("median relative error")
    axes.legend(frameon=False)
    report.picture(
        figure, "Median relative error over categories with at least 100 customers; bounds and noise together."
    )
    report.table(["epsilon", "error of customers", "error of sales"], rows)


def _known(history: SalesHistory, named: str | None) -> list[str]:
    """The columns that outsiders may know. Raises StrategyError for one that there is not."""
    from studio.errors import UnknownThing

    columns = [str(name) for name in history.demographics.columns if name != "customer_id"]
    wanted = columns if named is None else [name.strip() for name in named.split(",") if name.strip()]
    for name in wanted:
        if name not in columns:
            raise UnknownThing("column of customers", name)
    return wanted


def _costs(lines: pd.DataFrame, categories: list[str]) -> list[list[float]]:
    """Of each epsilon the median relative errors; one draw of the noise each."""
    import numpy as np

    from studio.privacy.private_figures import Budget, private_totals

    known = lines.dropna(subset="category")
    true = known.groupby("category", observed=True).agg(
        customers=("customer_id", "nunique"), sales_cents=("sales_cents", "sum")
    )
    true = true[true["customers"] >= _LEAST_CUSTOMERS]
    if true.empty:
        return []
    rows = []
    for epsilon in _COSTS:
        said = private_totals(lines, categories, Budget(epsilon=epsilon)).set_index("category")
        noisy = said.loc[true.index.astype(str), ["customers", "sales_cents"]].to_numpy()
        errors = np.median(np.abs(noisy / true.to_numpy() - 1), axis=0)
        rows.append([epsilon, *errors.tolist()])
    return rows


COMMAND = Command(
    name="privacy",
    summary="totals with differential privacy, and a check that customers hide among others",
    example="privacy --epsilon 1",
    params=PrivacyParams,
    run=_run,
    documents=("privacy",),
)
