"""`promobot strategy federate`: what training the user model without bringing purchases together costs in accuracy."""

from __future__ import annotations

from promo_engine.cli.command_line import CommandError, say
from studio.jobs.command import Command
from studio.jobs.params import param
from studio.jobs.sources import PageParams, read_stamp
from studio.jobs.terminal import print_rows, write_report

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant

_COLUMNS = ("model", "Recall@10", "NDCG@10", "NDCG@10 beside central", "customer weeks")


class FederateParams(PageParams):
    """Who takes part."""

    shops: int = param(5, title="Shops", text="simulated shops", ge=2, le=100)
    rounds: int = param(6, title="Rounds", text="rounds of averaging", ge=1, le=100)
    customers: int = param(
        1_000, title="Customers", text="drawn from the database; 0 is all", ge=0, formerly="households"
    )


def _run(params: FederateParams) -> None:
    from time import perf_counter

    import numpy as np

    from promo_engine.cli.command_line import with_database
    from promo_engine.models.training_data import purchase_history
    from promo_engine.storage.history_arrays import read_purchases
    from promo_engine.user_model.model_settings import TrainingError
    from studio.privacy.federated import Federation, compare
    from studio.progress import bars
    from studio.report.html_report import Report, new_figure

    federation = Federation(shops=params.shops, rounds=params.rounds)
    began = perf_counter()
    history = purchase_history(with_database(read_purchases))
    if params.customers and params.customers < history.customer_count:
        drawn = np.random.default_rng(7).permutation(history.customer_count)[: params.customers]
        history = history.select(customers=np.sort(drawn))
    say(f"{history.customer_count:,} customers in {federation.shops} simulated shops, {federation.rounds} rounds")
    try:
        found = compare(history, federation, track=bars)
    except TrainingError as error:
        raise CommandError(str(error)) from error
    central = found[0].ndcg
    rows: list[list[object]] = [
        [
            result.name,
            round(result.recall, 4),
            round(result.ndcg, 4),
            f"{result.ndcg / central - 1:+.1%}",
            result.customer_weeks,
        ]
        for result in found
    ]
    print_rows(_COLUMNS, rows)
    say(f"{perf_counter() - began:.0f} seconds")
    report = Report(
        "Learning without bringing purchases together",
        f"{history.customer_count:,} customers of one real shop, dealt out at random to {federation.shops} "
        "simulated shops.",
    )
    figure, axes = new_figure(height=2.6)
    axes.barh([result.name for result in found][::-1], [result.ndcg for result in found][::-1], color="#2f6fde")
    axes.set_xlabel("NDCG@10, next seven days, weeks that nobody trained on")
    report.picture(figure, "Central, federated, and every shop for itself; all with the same passes over the data.")
    report.table(_COLUMNS, rows)
    report.text(
        "Federated: in each round every shop trains the common model on its own customers and gives back weights, "
        "whose mean is the next common model. No purchase leaves its shop. Weights are not anonymous by themselves: "
        "who wants a guarantee for each customer adds noise, as the private training of the user model does. Real "
        "shops differ more than random parts of one shop do, which makes federation harder."
    )
    write_report(report, "federation", params, read_stamp())


COMMAND = Command(
    name="federate",
    summary="federated averaging of the user model over simulated shops, beside central and single training",
    example="federate --shops 5 --rounds 6",
    params=FederateParams,
    run=_run,
    documents=("federation",),
)
