"""`promobot strategy privacy`: totals with differential privacy, and whether customers hide among others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promo_engine.cli.command_line import say
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    from studio.data.sales_history import SalesHistory

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

_KNOWN_OUTSIDE = ("age", "income", "household_size", "kids_count")
_COSTS = (0.1, 0.5, 1.0, 2.0, 5.0)


class PrivacyParams(SalesParams):
    """How private, and how large groups have to be."""

    epsilon: float = param(1.0, title="Epsilon", text="privacy budget of one publication", gt=0, le=10)
    k: int = param(10, title="Group size", text="how many have to share a group", ge=2, le=1_000)


def _run(params: PrivacyParams) -> None:
    from studio.privacy.private_figures import Budget, check_anonymity, private_totals
    from studio.report.html_report import Report, new_figure

    budget = Budget(epsilon=params.epsilon)
    history = read_history(params)
    check = check_anonymity(history.demographics, _KNOWN_OUTSIDE, k=params.k)
    categories = sorted(history.products["category"].dropna().unique())
    table = private_totals(history.lines, categories, budget)
    table["dollars"] = (table["sales_cents"] / 100).round()
    shown = table.sort_values("households", ascending=False)
    columns = ["category", "households", "households_half_width", "dollars"]
    print_rows(columns, shown[columns].head(15).to_numpy().tolist())
    say(
        f"k-anonymity of {', '.join(_KNOWN_OUTSIDE)} at k = {check.k}: {check.exposed} of "
        f"{len(history.demographics)} customers are in smaller groups; the smallest has {check.smallest}"
    )
    report = Report(
        "Private figures",
        f"Yearly totals by category with differential privacy at epsilon {budget.epsilon:g}; they may be published.",
    )
    report.text(
        f"A household counts in its {budget.most_categories} largest categories, with at most "
        f"{budget.most_cents / 100:,.0f} dollars in all; noise comes from OpenDP. Half widths are of 95 % intervals of "
        "the noise; the bounds take something off besides."
    )
    report.table(columns, shown[columns].head(25).to_numpy().tolist(), caption="The 25 largest")
    report.heading("What privacy costs")
    rows = _costs(history, categories)
    figure, axes = new_figure(height=3.2)
    axes.plot([row[0] for row in rows], [row[1] for row in rows], marker="o", label="households")
    axes.plot([row[0] for row in rows], [row[2] for row in rows], marker="o", label="sales")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("epsilon (less is more private)")
    axes.set_ylabel("median relative error")
    axes.legend(frameon=False)
    report.picture(
        figure, "Median relative error over categories with at least 100 households; bounds and noise together."
    )
    report.table(["epsilon", "error of households", "error of sales"], rows)
    report.heading("Do customers hide among others?")
    report.text(
        f"By {', '.join(_KNOWN_OUTSIDE)}, {check.exposed} of {len(history.demographics)} customers share their answers "
        f"with fewer than {check.k - 1} others: these four answers together are not to be published."
    )
    report.table(list(check.groups.columns), check.groups.head(15).to_numpy().tolist(), caption="The smallest groups")
    report.heading("All categories")
    report.table(columns, shown[columns].to_numpy().tolist())
    write_report(report, "privacy", params)


def _costs(history: SalesHistory, categories: list[str]) -> list[list[float]]:
    """Of each epsilon the median relative errors; one draw of the noise each."""
    import numpy as np

    from studio.privacy.private_figures import Budget, private_totals

    known = history.lines.dropna(subset="category")
    true = known.groupby("category", observed=True).agg(
        households=("household_id", "nunique"), sales_cents=("sales_cents", "sum")
    )
    true = true[true["households"] >= 100]
    rows = []
    for epsilon in _COSTS:
        said = private_totals(history.lines, categories, Budget(epsilon=epsilon)).set_index("category")
        noisy = said.loc[true.index.astype(str), ["households", "sales_cents"]].to_numpy()
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
