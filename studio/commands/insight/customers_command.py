"""`promobot strategy customers`: segments, life-cycle stages, lifetime values, rules; or the card of one customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from promo_engine.cli.command_line import say
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import SalesParams, read_history
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    import pandas as pd

    from studio.customers.profiles import Profiles
    from studio.report.html_report import Report
    from studio.report.money import Money

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

_SHOWN_RULES = 20


def segment_columns(money: Money) -> list[str]:
    """Headings of the table of segments."""
    basket, value = money.column("a basket"), money.column("value")
    return ["segment", "customers", "days away", "baskets in 13 weeks", basket, "discounts", "churn", value]


class CustomersParams(SalesParams):
    """Whose card; nobody's makes the page of all."""

    customer: str | None = param(
        None,
        title="Customer",
        text="customer_id: print this customer's card alone",
        max_length=64,
        formerly="household",
    )


def _run(params: CustomersParams) -> None:
    import pandas as pd

    from studio.customers.baskets import basket_rules
    from studio.customers.cards import card_data, segment_data
    from studio.customers.lifetime import CHURN_WEEKS, check_lifetimes
    from studio.customers.profiles import drift, profile
    from studio.data.feature_store import month_starts
    from studio.progress import bars
    from studio.report.html_report import write_document

    history = read_history()
    months = list(month_starts(history.lines))
    profiles = profile(history, months[-1], track=bars)
    if params.customer:
        print_rows(["what", "value"], [list(row) for row in profiles.card(history, params.customer).items()])
        return
    money = history.profile.money
    print_rows(segment_columns(money), _segment_rows(profiles, money))
    moved = drift(history, profiles.segmentation, months[-7:])
    rules = basket_rules(history.lines)
    print_rows(list(rules.columns), rules.head(_SHOWN_RULES).to_numpy().tolist())
    check = check_lifetimes(history.lines, months[-1] - pd.Timedelta(weeks=CHURN_WEEKS))
    say(
        f"check on the last {CHURN_WEEKS} weeks: {check.expected_visits:.2f} visits a customer were expected, "
        f"{check.visits:.2f} came (correlation {check.correlation:.2f}); churn AUC {check.churn_auc:.3f}, "
        f"days since the last visit alone {check.recency_auc:.3f}"
    )
    report = _page(profiles, moved, rules, money)
    report.heading("Were expected visits and churn right?")
    report.table(
        ["on the last 12 weeks", "value"],
        [[name.replace("_", " "), value] for name, value in vars(check).items()],
        caption="Fitted to what was known before them; churned is the share of customers that stayed away.",
    )
    report.data = segment_data(profiles, moved)
    write_document(params.reports / "customer-cards.json", {**history.stamp, "data": card_data(profiles, history)})
    write_report(report, "customers", params, history.stamp)


def _segment_rows(profiles: Profiles, money: Money) -> list[list[object]]:
    table = profiles.table
    rows: list[list[object]] = []
    for name in table["segment"].value_counts().index:
        own = table[table["segment"] == name]
        middle = own[["recency_days", "baskets_91", "discount_share_364"]].median()
        rows.append(
            [
                name,
                len(own),
                round(middle["recency_days"]),
                round(middle["baskets_91"]),
                round(money.main(own["basket_cents"].median()), 2),
                f"{middle['discount_share_364']:.0%}",
                f"{own['churn'].mean():.1%}",
                round(money.main(own["value_cents"].mean())),
            ]
        )
    return rows


def _page(profiles: Profiles, moved: pd.DataFrame, rules: pd.DataFrame, money: Money) -> Report:
    from studio.report.html_report import Report, empty_figure

    table, segmentation = profiles.table, profiles.segmentation
    report = Report(
        "Customer profiles",
        f"{len(table):,} customers as known on {profiles.at:%d %B %Y}: segments, stages, expected value.",
    )
    report.table(
        segment_columns(money),
        _segment_rows(profiles, money),
        caption="Segments; medians, churn and yearly value are means",
    )
    figure = empty_figure(width=11, height=4.4)
    cloud, kinds = figure.subplots(1, 2)
    places = segmentation.places(table)
    for name in segmentation.names:
        own = (table["segment"] == name).to_numpy()
        cloud.scatter(*places[own].T, s=5, alpha=0.5, label=name, rasterized=True)
    cloud.legend(frameon=False, fontsize=8, markerscale=3)
    cloud.set_title("Customers by their two main components", loc="left", fontsize=10)
    image = kinds.imshow(segmentation.centres.to_numpy(), cmap="RdBu_r", vmin=-1.5, vmax=1.5, aspect="auto")
    kinds.set_xticks(
        range(len(segmentation.centres.columns)),
        [str(column) for column in segmentation.centres.columns],
        rotation=40,
        ha="right",
        fontsize=8,
    )
    kinds.set_yticks(range(len(segmentation.names)), list(segmentation.names), fontsize=8)
    kinds.set_title("What sets them apart (standard deviations)", loc="left", fontsize=10)
    figure.colorbar(image, ax=kinds, shrink=0.8)
    report.picture(figure, "Left: a cloud without gaps; segments cut it, they do not find islands. Right: their means.")
    report.heading("How the number of segments was chosen")
    report.text(
        "Silhouette says how far groups lie apart (1 apart, 0 touching), stability how little they hang on the sample "
        "(1 not at all). The largest product among k-means and mixtures is taken; DBSCAN is told for comparison."
    )
    report.table(
        ["method", "groups", "silhouette", "stability", "left out"],
        [
            [trial.method, trial.groups, trial.silhouette, trial.stability, trial.left_out]
            for trial in segmentation.tried
        ],
    )
    report.heading("Life-cycle stages")
    stages = table.groupby("stage").agg(
        customers=("churn", "size"), churn=("churn", "mean"), value=("value_cents", "mean")
    )
    report.table(
        ["stage", "customers", "churn", money.column("value in a year")],
        [
            [name, int(row["customers"]), row["churn"], round(money.main(row["value"]))]
            for name, row in stages.iterrows()
        ],
    )
    report.heading("Drift between months")
    report.table(
        ["month before", *segmentation.names, "changed segment"],
        [[f"{at:%Y-%m-%d}", *row] for at, row in zip(moved.index, moved.to_numpy().tolist(), strict=True)],
        caption="Shares of customers; the grouping is the same in all months",
    )
    report.heading("What goes together")
    report.table(
        [name.replace("_", " ") for name in rules.columns],
        rules.head(_SHOWN_RULES).to_numpy().tolist(),
        caption="Association rules between categories in one basket, by lift",
    )
    return report


COMMAND = Command(
    name="customers",
    summary="segments, life-cycle stages, lifetime values and rules; the card of one customer with --customer",
    example="customers --customer CUSTOMER_ID",
    params=CustomersParams,
    run=_run,
    documents=("customers", "customer-cards"),
)
