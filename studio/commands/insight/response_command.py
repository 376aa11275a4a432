"""`promobot strategy response`: how demand answers to price, display, mailer and coupon."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promo_engine.cli.command_line import say
from studio.jobs.command import Command
from studio.jobs.sources import PageParams
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    from studio.report.html_report import Report
    from studio.response.family_panel import Panel
    from studio.response.response_model import ResponseModel

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant


FITTED = Path("var/strategy/response.json")


def fit() -> tuple[Panel, ResponseModel]:
    """Read the package's promotion rows, fit, and keep the result for the other capabilities."""
    from promo_engine.shops.completejourney.package_files import data_folder
    from studio.progress import bars
    from studio.response.family_panel import read_panel
    from studio.response.response_model import fit_response

    say("adding up 20.9 million promotion rows …")
    panel = read_panel(data_folder())
    model = fit_response(panel, track=bars)
    FITTED.parent.mkdir(parents=True, exist_ok=True)
    unfinished = FITTED.with_suffix(".part")
    unfinished.write_text(json.dumps(model.to_json()))
    unfinished.replace(FITTED)
    return panel, model


def read_response() -> ResponseModel:
    """Return what was fitted last; fit if nothing was."""
    from studio.response.response_model import ResponseModel

    if FITTED.is_file():
        return ResponseModel.from_json(json.loads(FITTED.read_text()))
    return fit()[1]


def _run(params: PageParams) -> None:
    panel, model = fit()
    print_rows(_POOLED, pooled_rows(model))
    write_report(response_page(panel, model), "response", params)


_POOLED = ["effect", "all categories", "from", "to", "spread", "categories", "8 weeks ahead", "ahead from", "ahead to"]


def pooled_rows(model: ResponseModel) -> list[list[object]]:
    """A row an effect, with its negative control."""
    rows: list[list[object]] = []
    for name, effect in model.pooled.items():
        control = model.control.get(name)
        ahead = [None, None, None] if control is None else [control.mean, *control.interval]
        rows.append([name, effect.mean, *effect.interval, effect.spread, effect.categories, *ahead])
    return rows


def response_page(panel: Panel, model: ResponseModel) -> Report:
    """All effects beside their control, a picture, and every category."""
    from studio.report.html_report import Report, empty_figure

    report = Report(
        "Response to price and promotion",
        f"{len(panel.families):,} product families of {panel.families['category'].nunique()} categories over "
        f"{panel.units.shape[1]} weeks; intervals are 95 %, from families resampled as wholes.",
    )
    report.table(_POOLED, pooled_rows(model), caption="All categories, beside what promotions eight weeks ahead show")
    report.text(
        "A price effect is an elasticity: -1.1 sells 1.1 % more for every 1 % off. Display and mailer: ln of the "
        "factor "
        "from no store to all stores. Promotions ahead cannot sell anything now: how far their interval lies from 0 is "
        "the bias to expect. Promotions were not drawn by lot."
    )
    figure = empty_figure(width=11, height=5)
    for axes, effect in zip(figure.subplots(1, 3), ("price", "display", "mailer"), strict=True):
        known = sorted(
            (estimates[effect].mean, estimates[effect].error)
            for estimates in model.by_category.values()
            if estimates[effect].raw is not None
        )
        means = [mean for mean, _ in known]
        axes.errorbar(means, range(len(known)), xerr=[1.96 * error for _, error in known], fmt=".", linewidth=0.6)
        axes.axvline(model.pooled[effect].mean, color="#d9534f")
        axes.axvline(0, color="#888", linewidth=0.6)
        axes.set_title(effect, loc="left", fontsize=10)
        axes.set_yticks([])
        axes.spines[["top", "right", "left"]].set_visible(False)
    report.picture(figure, "Every category's estimate after shrinking, with its interval; red: all categories.")
    revenue = panel.families.groupby("category")["revenue_cents"].sum().sort_values(ascending=False)
    rows: list[list[object]] = []
    for category in revenue.index:
        estimates = model.by_category[category]
        cells = [_cell(estimates[name].mean, estimates[name].interval) for name in model.pooled]
        own = "own" if estimates["price"].raw is not None else "all categories'"
        rows.append([category, revenue[category] / 100, *cells, own])
    report.heading("Every category")
    report.table(["category", "sales, $", *model.pooled, "price estimate from"], rows, caption="Mean (95 % interval)")
    report.data = _data(model, [(str(name), int(cents)) for name, cents in revenue.items()])
    return report


def _data(model: ResponseModel, sales: list[tuple[str, int]]) -> dict[str, Any]:
    """All effects with their controls, and each category's: [mean, low, high], `own` where it speaks for itself."""
    return {
        "effects": [
            {
                "name": name,
                "mean": pooled.mean,
                "interval": pooled.interval,
                "categories": pooled.categories,
                "ahead": None if name not in model.control else model.control[name].mean,
                "ahead_interval": None if name not in model.control else model.control[name].interval,
            }
            for name, pooled in model.pooled.items()
        ],
        "categories": [
            {
                "name": name,
                "sales_cents": cents,
                "own": model.by_category[name]["price"].raw is not None,
                "effects": {
                    effect: [estimate.mean, *estimate.interval] for effect, estimate in model.by_category[name].items()
                },
            }
            for name, cents in sales
        ],
    }


def _cell(mean: float, interval: tuple[float, float]) -> str:
    return f"{mean:.2f} ({interval[0]:.2f} to {interval[1]:.2f})"


COMMAND = Command(
    name="response",
    summary="price elasticities and the effects of display, mailer and coupon, with intervals and a negative control",
    example="response",
    params=PageParams,
    run=_run,
    documents=("response",),
)
