"""What past campaigns brought: difference in differences against customers that were not sent them.

For each campaign: weekly spending of those who were sent it, before and during, against those who were not and were in
no other campaign that began in the same weeks, weighted so that both spent alike in each of the first weeks (entropy
balancing, Hainmueller 2012). The weeks that `during` is compared with come after those: who was picked for a few good
weeks falls back afterwards, and that must not count (Daw and Hatfield, "Matching and regression to the mean in
difference-in-differences analysis", 2018). Customers were chosen by the shop, not by lot: the placebo says how far
that misleads. It does the same with a campaign that never was, in the last weeks before: its effect has to be 0.
Intervals resample customers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize

from studio.data.sales_history import SalesHistory
from studio.data.shop_facts import ASSUMED_MARGIN
from studio.errors import StrategyError
from studio.progress import Track, quiet

Floats = npt.NDArray[np.float64]
WEEKS_BEFORE = 9
MIN_TREATED = 30
_DRAWS = 200


@dataclass(frozen=True)
class CampaignResult:
    """One campaign; money in cents per customer sent to, over the campaign's whole weeks in the data."""

    campaign_id: str
    kind: str
    weeks: int
    treated: int
    controls: int
    refusal: str | None
    """Why it cannot be measured; the rest is NaN then."""
    uplift_cents: float = float("nan")
    low: float = float("nan")
    high: float = float("nan")
    placebo_cents: float = float("nan")
    """The same over as many weeks, of a campaign that never was."""
    placebo_low: float = float("nan")
    placebo_high: float = float("nan")
    accuracy: float = float("nan")
    """Share of the customers sent to that used a coupon of it."""
    coverage: float = float("nan")
    """Share of the shop's customers that were sent it."""
    coupon_cents: float = float("nan")
    """Coupons given per customer: makers' and shop's part."""

    @property
    def return_on_spend(self) -> float:
        """Margin of the uplift for each cent given in coupons, at the assumed margin."""
        if not self.coupon_cents > 0:
            return float("nan")
        return self.uplift_cents * ASSUMED_MARGIN / self.coupon_cents

    @property
    def verdict(self) -> str:
        """Whether it paid, as far as the data can say."""
        if self.refusal is not None:
            return "not measurable"
        if not self.placebo_low <= 0 <= self.placebo_high:
            return "placebo fails"
        share = ASSUMED_MARGIN
        if self.low * share > self.coupon_cents:
            return "paid"
        return "did not pay" if self.high * share < self.coupon_cents else "cannot tell"


def measure_campaigns(history: SalesHistory, *, seed: int = 1, track: Track = quiet) -> list[CampaignResult]:
    """Measure every campaign, by start. Raises StrategyError where none is known."""
    if history.campaigns.empty:
        raise StrategyError(
            "no past campaign is known for this shop: what is needed is when each ran, who was sent it and who used it"
        )
    spending = weekly_spending(history)
    campaigns = history.campaigns
    number = pd.to_numeric(campaigns["campaign_id"], errors="coerce")
    rows = list(campaigns.assign(number=number).sort_values(["number", "starts_on"]).itertuples(index=False))
    return [_measure(row, history, spending, seed=seed) for row in track(rows, "campaigns")]


def weekly_spending(history: SalesHistory) -> pd.DataFrame:
    """Cents by customer (rows) and whole week (columns, from week 2 on)."""
    table = history.lines.pivot_table(
        index="customer_id", columns="week", values="sales_cents", aggfunc="sum", fill_value=0
    )
    return table.reindex(columns=range(2, history.calendar.last_whole_week + 1), fill_value=0).astype(np.float64)


def _measure(campaign: object, history: SalesHistory, spending: pd.DataFrame, *, seed: int) -> CampaignResult:
    name, kind, starts_on, ends_on = (getattr(campaign, x) for x in ("campaign_id", "kind", "starts_on", "ends_on"))
    calendar = history.calendar
    first, last = (
        int(week) for week in calendar.week_of(pd.to_datetime(pd.Series([starts_on, ends_on])).dt.normalize())
    )
    first, last = (
        first + 1,
        min(last, calendar.last_whole_week),
    )  # the week in which it begins is neither before nor during
    sent = history.targetings[history.targetings["campaign_id"] == name]["customer_id"]
    sent = pd.Index(sent.unique()).intersection(spending.index)
    near = history.campaigns[(history.campaigns["starts_on"] - starts_on).abs() <= pd.Timedelta(weeks=4)]["campaign_id"]
    busy = history.targetings[history.targetings["campaign_id"].isin(near)]["customer_id"].unique()
    controls = spending.index.difference(pd.Index(busy))
    weeks = last - first + 1
    refusal = None
    if first - 1 - WEEKS_BEFORE < 2:
        refusal = f"the data has no {WEEKS_BEFORE} weeks before it"
    elif weeks < 2:
        refusal = "the data ends as it begins"
    elif len(sent) < MIN_TREATED or len(controls) < MIN_TREATED:
        refusal = f"fewer than {MIN_TREATED} customers to compare"
    if refusal is not None:
        return CampaignResult(name, kind, max(weeks, 0), len(sent), len(controls), refusal)
    weeks_before = list(range(first - 1 - WEEKS_BEFORE, first - 1))
    during = list(range(first, last + 1))
    generator = np.random.default_rng(seed)
    treated, untreated = spending.loc[sent], spending.loc[controls]
    alike, before = weeks_before[:5], weeks_before[5:]
    effect = difference(treated, untreated, alike=alike, before=before, during=during, generator=generator)
    alike, before, during = weeks_before[:3], weeks_before[3:6], weeks_before[6:]
    placebo = difference(treated, untreated, alike=alike, before=before, during=during, generator=generator)
    used = history.redemptions[history.redemptions["campaign_id"] == name]
    return CampaignResult(
        name, kind, weeks, len(sent), len(controls), None,
        *_times(effect, weeks),
        *_times(placebo, weeks),
        accuracy=used["customer_id"].nunique() / len(sent),
        coverage=len(sent) / len(spending),
        coupon_cents=_coupons(history, name, used) / len(sent),
    )  # fmt: skip


def _times(effect: tuple[float, float, float], weeks: int) -> tuple[float, float, float]:
    return effect[0] * weeks, effect[1] * weeks, effect[2] * weeks


def difference(
    treated: pd.DataFrame,
    untreated: pd.DataFrame,
    *,
    alike: list[int],
    before: list[int],
    during: list[int],
    generator: np.random.Generator,
    resamples: int = _DRAWS,
) -> tuple[float, float, float]:
    """Return the effect a week and customer in cents, and its 95 % interval.

    Customers weigh in so that the untreated spent, in every week of `alike`, what the treated did.
    """
    x1, x0 = treated[alike].to_numpy(), untreated[alike].to_numpy()
    y1 = treated[during].to_numpy().mean(axis=1) - treated[before].to_numpy().mean(axis=1)
    y0 = untreated[during].to_numpy().mean(axis=1) - untreated[before].to_numpy().mean(axis=1)
    draws = []
    for draw in range(resamples + 1):
        a = np.arange(len(x1)) if draw == 0 else generator.integers(len(x1), size=len(x1))
        b = np.arange(len(x0)) if draw == 0 else generator.integers(len(x0), size=len(x0))
        weights = balance(x0[b], x1[a].mean(axis=0))
        draws.append(float(y1[a].mean() - weights @ y0[b]))
    # Resampling moves the weights too, which shifts the draws' middle: their spread is used, not their percentiles.
    half = 1.959964 * float(np.std(draws[1:], ddof=1))
    return draws[0], draws[0] - half, draws[0] + half


def balance(values: Floats, wanted: Floats) -> Floats:
    """Weights, as even as can be, under which the columns of (N, K) have the means wanted; they add up to 1.

    Where no weights reach them, those that come nearest under a light penalty.
    """
    scale = np.maximum(values.std(axis=0), 1e-9)
    centred = (values - wanted) / scale

    def dual(b: Floats) -> tuple[float, Floats]:
        linear = np.clip(centred @ b, -500, 500)
        top = linear.max()
        exponential = np.exp(linear - top)
        total = exponential.sum()
        return float(np.log(total) + top + 5e-4 * b @ b), centred.T @ exponential / total + 1e-3 * b

    found = minimize(dual, np.zeros(values.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 60})
    linear = centred @ found.x
    weights = np.exp(linear - linear.max())
    return np.asarray(weights / weights.sum())


def _coupons(history: SalesHistory, name: str, used: pd.DataFrame) -> float:
    """Cents given on the campaign's products to those who redeemed, on the days they did."""
    goods = history.coupons[history.coupons["campaign_id"] == name]["product_id"].unique()
    days = used.assign(day=pd.to_datetime(used["day"]).dt.normalize())[["customer_id", "day"]].drop_duplicates()
    lines = history.lines
    lines = lines.assign(given=lines["coupon_cents"] + lines["code_cents"])
    lines = lines[(lines["given"] > 0) & lines["product_id"].isin(goods)]
    return float(lines.merge(days, on=["customer_id", "day"])["given"].sum())
