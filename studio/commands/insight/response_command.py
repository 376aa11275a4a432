"""`promobot strategy response`: how demand answers to prices and coupons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from promo_engine.cli.command_line import say
from studio.jobs.command import Command
from studio.jobs.sources import SalesParams, read_history
from studio.jobs.terminal import print_rows, write_report

if TYPE_CHECKING:
    from studio.data.sales_history import SalesHistory
    from studio.report.html_report import Report
    from studio.report.money import Money
    from studio.response.product_panel import Panel
    from studio.response.response_model import Pooled, ResponseModel

# ruff: noqa: PLC0415  # imports inside the functions keep --help instant


FITTED = Path("var/strategy/response.json")


def fit(history: SalesHistory) -> tuple[Panel, ResponseModel]:
    """Fit the shop's own order lines, and keep the result for the other commands. Raises TooLittleHistory."""
    from studio.progress import bars
    from studio.response.product_panel import read_panel
    from studio.response.response_model import fit_response

    panel = read_panel(history)
    model = fit_response(panel, track=bars)
    FITTED.parent.mkdir(parents=True, exist_ok=True)
    unfinished = FITTED.with_suffix(".part")
    unfinished.write_text(json.dumps({"history": history.profile.history, "model": model.to_json()}))
    unfinished.replace(FITTED)
    return panel, model


def read_response(history: SalesHistory) -> ResponseModel:
    """Return what was fitted to these very sales; fit if nothing was."""
    from studio.response.response_model import ResponseModel

    if FITTED.is_file():
        kept = json.loads(FITTED.read_text())
        if kept.get("history") == history.profile.history:
            return ResponseModel.from_json(kept["model"])
    return fit(history)[1]


def _run(params: SalesParams) -> None:
    history = read_history()
    panel, model = fit(history)
    print_rows(_POOLED, pooled_rows(model))
    if not model.pooled["price"].known:
        say("what a discount does is not known for this shop; plans hold no discount")
    write_report(response_page(panel, model, history.profile.money), "response", params, history.stamp)


_NOT_KNOWN = "not known for this shop"
_POOLED = ["effect", "all categories", "from", "to", "spread", "categories", "8 weeks ahead", "ahead from", "ahead to"]


def pooled_rows(model: ResponseModel) -> list[list[object]]:
    """A row an effect, with its negative control."""
    rows: list[list[object]] = []
    for name, effect in model.pooled.items():
        control = model.control.get(name)
        ahead = [None, None, None] if control is None or not control.known else [control.mean, *control.interval]
        found = [effect.mean, *effect.interval, effect.spread] if effect.known else [_NOT_KNOWN, None, None, None]
        rows.append([name, *found, effect.categories, *ahead])
    return rows


def response_page(panel: Panel, model: ResponseModel, money: Money) -> Report:
    """All effects beside their control, a picture, and every category."""
    from studio.report.html_report import Report, empty_figure

    report = Report(
        "Response to price and promotion",
        f"{len(panel.families):,} product families of {panel.families['category'].nunique()} categories over "
        f"{panel.units.shape[1]} weeks; intervals are 95 %, from families resampled as wholes.",
    )
    report.table(_POOLED, pooled_rows(model), caption="All categories, beside what promotions eight weeks ahead show")
    report.text(
        "A price effect is an elasticity: -1.1 sells 1.1 % more for every 1 % off, with whatever the shop usually does "
        "beside a lower price. Coupon: ln of the factor from a coupon that nobody holds to one that everybody holds. "
        "Promotions ahead cannot sell anything now: how far their interval lies from 0 is the bias to expect. "
        "Promotions were not drawn by lot."
    )
    shown = [name for name in ("price", "coupon", "cross_price") if model.pooled[name].known]
    figure = empty_figure(width=11, height=5)
    for axes, effect in zip(figure.subplots(1, max(len(shown), 1), squeeze=False)[0], shown, strict=False):
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
    if shown:
        report.picture(figure, "Every category's estimate after shrinking, with its interval; red: all categories.")
    revenue = panel.families.groupby("category")["revenue_cents"].sum().sort_values(ascending=False)
    rows: list[list[object]] = []
    for category in revenue.index:
        estimates = model.by_category[category]
        cells = [
            _cell(estimates[name].mean, estimates[name].interval) if pooled.known else _NOT_KNOWN
            for name, pooled in model.pooled.items()
        ]
        own = "own" if estimates["price"].raw is not None else "all categories'"
        rows.append([category, money.main(revenue[category]), *cells, own])
    report.heading("Every category")
    report.table(
        ["category", money.column("sales"), *model.pooled, "price estimate from"], rows, caption="Mean (95 % interval)"
    )
    report.data = _data(model, [(str(name), int(cents)) for name, cents in revenue.items()])
    return report


def _data(model: ResponseModel, sales: list[tuple[str, int]]) -> dict[str, Any]:
    """All effects with their controls, and each category's: [mean, low, high], `own` where it speaks for itself."""
    return {
        "effects": [
            {
                "name": name,
                "known": pooled.known,
                "mean": pooled.mean if pooled.known else None,
                "interval": pooled.interval if pooled.known else None,
                "categories": pooled.categories,
                "ahead": control.mean if (control := known_control(model, name)) else None,
                "ahead_interval": control.interval if control else None,
            }
            for name, pooled in model.pooled.items()
        ],
        "categories": [
            {
                "name": name,
                "sales_cents": cents,
                "own": model.by_category[name]["price"].raw is not None,
                "effects": {
                    effect: [estimate.mean, *estimate.interval]
                    for effect, estimate in model.by_category[name].items()
                    if model.pooled[effect].known
                },
            }
            for name, cents in sales
        ],
    }


def known_control(model: ResponseModel, effect: str) -> Pooled | None:
    """What promotions ahead show of an effect; None where nothing is known of it."""
    control = model.control.get(effect)
    return control if control is not None and control.known else None


def _cell(mean: float, interval: tuple[float, float]) -> str:
    return f"{mean:.2f} ({interval[0]:.2f} to {interval[1]:.2f})"


COMMAND = Command(
    name="response",
    summary="price elasticities and the effects of coupons, with intervals and a negative control",
    example="response",
    params=SalesParams,
    run=_run,
    documents=("response",),
)
