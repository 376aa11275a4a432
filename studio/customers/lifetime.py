"""How often a customer will come back, what they will spend, and whether they are gone.

BG/NBD for visits (Fader, Hardie and Lee 2005, "Counting your customers the easy way") and gamma-gamma for the value of
a visit (Fader and Hardie 2013). Both have three or four parameters and are fitted by maximum likelihood with SciPy;
the packages that had them are no longer kept up, or bring a whole probabilistic compiler.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1, logsumexp

from studio.errors import StrategyError, TooLittleHistory

Floats = NDArray[np.float64]
LEAST_CUSTOMERS = 50
CHURN_WEEKS = 12
"""Who stays away for so long counts as lost."""
_LEAST_VISITS = 3
"""A mean value of fewer repeat visits says little of its own; gamma-gamma shrinks it, the fit leaves it out."""


@dataclass(frozen=True)
class VisitModel:
    """BG/NBD: visits come at a rate drawn from gamma(r, alpha); after each a customer may leave, beta(a, b). Weeks."""

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, visits: Floats, last: Floats, age: Floats) -> Floats:
        """The probability of not having left, from repeat visits, weeks from first to last and from first to now."""
        odds = np.log(self.a / (self.b + np.maximum(visits, 1) - 1)) + (self.r + visits) * (
            np.log(self.alpha + age) - np.log(self.alpha + last)
        )
        return np.asarray(np.where(visits > 0, 1.0 / (1.0 + np.exp(np.minimum(odds, 700.0))), 1.0))

    def expected_visits(self, weeks: float, visits: Floats, last: Floats, age: Floats) -> Floats:
        """Expected visits in the coming weeks (equation 10 of the paper)."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        share = weeks / (alpha + age + weeks)
        growth = hyp2f1(r + visits, b + visits, a + b + visits - 1, share)
        shrink = ((alpha + age) / (alpha + age + weeks)) ** (r + visits)
        expected: Floats = (a + b + visits - 1) / (a - 1) * (1 - shrink * growth) * self.alive(visits, last, age)
        return expected

    def stays_away(self, weeks: float, visits: Floats, last: Floats, age: Floats) -> Floats:
        """The probability of no visit in the coming weeks: gone, or not gone and none by chance."""
        none_by_chance = ((self.alpha + age) / (self.alpha + age + weeks)) ** (self.r + visits)
        alive = self.alive(visits, last, age)
        away: Floats = 1 - alive * (1 - none_by_chance)
        return away


@dataclass(frozen=True)
class ValueModel:
    """Gamma-gamma: the mean value of a customer's visits, in cents."""

    p: float
    q: float
    v: float

    def expected_cents(self, visits: Floats, mean_cents: Floats) -> Floats:
        """The expected value of a visit, the customer's own mean pulled towards everybody's."""
        everybody = self.p * self.v / (self.q - 1)
        own = self.p * visits / (self.p * visits + self.q - 1)
        return (1 - own) * everybody + own * mean_cents


def visit_table(lines: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """By customer that came before `at`: visits (repeat days), last, age (weeks), mean_cents (of repeat days)."""
    known = lines[lines["bought_at"] < at]
    days = known.groupby(["customer_id", "day"])["sales_cents"].sum().reset_index()
    grouped = days.groupby("customer_id")
    first, last, count = grouped["day"].min(), grouped["day"].max(), grouped.size()
    weeks = pd.DataFrame({"last": (last - first).dt.days / 7, "age": (at - first).dt.days / 7})
    repeat = grouped["sales_cents"].sum() - grouped["sales_cents"].first()
    return weeks.assign(visits=count - 1, mean_cents=repeat / (count - 1).clip(lower=1))


def fit_visits(table: pd.DataFrame) -> VisitModel:
    """Fit BG/NBD. Raises TooLittleHistory for fewer than 50 customers."""
    if len(table) < LEAST_CUSTOMERS:
        raise TooLittleHistory("lifetimes", found=len(table), needed=LEAST_CUSTOMERS, unit="customers")
    x, t, age = (table[name].to_numpy(dtype=np.float64) for name in ("visits", "last", "age"))

    def loss(logs: Floats) -> float:
        r, alpha, a, b = np.exp(logs)
        common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        stayed = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
        left = betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + t)
        both = logsumexp(np.stack([stayed, np.where(x > 0, left, -np.inf)]), axis=0)
        return float(-(common + both).mean())

    return VisitModel(*np.exp(_minimum(loss, np.array([0.0, 1.0, 0.5, 2.0]))).tolist())


def fit_value(table: pd.DataFrame) -> ValueModel:
    """Fit gamma-gamma to customers with some repeat visits. Raises TooLittleHistory for fewer than 50 of them."""
    usable = table[(table["visits"] >= _LEAST_VISITS) & (table["mean_cents"] > 0)]
    if len(usable) < LEAST_CUSTOMERS:
        raise TooLittleHistory("values of visits", found=len(usable), needed=LEAST_CUSTOMERS, unit="customers")
    x, mean = usable["visits"].to_numpy(dtype=np.float64), usable["mean_cents"].to_numpy(dtype=np.float64)
    size = mean.mean()

    def loss(logs: Floats) -> float:
        p, q_more, v = np.exp(logs)
        q = 1.0 + q_more
        scaled = mean / size
        ours = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v) + p * x * np.log(x)
        ours += (p * x - 1) * np.log(scaled) - (p * x + q) * np.log(v + x * scaled)
        return float(-ours.mean())

    p, q_more, v = np.exp(_minimum(loss, np.array([0.5, 1.0, 0.5])))
    return ValueModel(p=float(p), q=float(1.0 + q_more), v=float(v * size))


def _minimum(loss: object, start: Floats) -> Floats:
    # Bounds keep the logarithms of parameters where the gamma functions are numbers.
    found = minimize(loss, start, method="L-BFGS-B", bounds=[(-8.0, 8.0)] * len(start))
    if not np.isfinite(found.fun):
        raise StrategyError("the lifetime model cannot be fitted to these visits")
    best: Floats = found.x
    return best


def lifetimes(table: pd.DataFrame, *, weeks: float = 52.0) -> pd.DataFrame:
    """By customer: churn, the probability of no visit in the coming CHURN_WEEKS; visit_cents; expected_visits and
    value_cents in the coming weeks, not discounted."""
    visits_model, value_model = fit_visits(table), fit_value(table)
    x, t, age = (table[name].to_numpy(dtype=np.float64) for name in ("visits", "last", "age"))
    coming = visits_model.expected_visits(weeks, x, t, age)
    worth = value_model.expected_cents(x, table["mean_cents"].to_numpy(dtype=np.float64))
    churn = visits_model.stays_away(CHURN_WEEKS, x, t, age)
    return pd.DataFrame(
        {"churn": churn, "expected_visits": coming, "visit_cents": worth, "value_cents": coming * worth},
        index=table.index,
    )


@dataclass(frozen=True)
class LifetimeCheck:
    """What was expected of the last CHURN_WEEKS from what was known before them, and what came."""

    expected_visits: float
    """A customer, on average."""
    visits: float
    correlation: float
    """Of expected and real visits."""
    churned: float
    """Share of customers that stayed away."""
    churn_auc: float
    """Of the churn probability; 0.5 is chance."""
    recency_auc: float
    """Of the days since the last visit alone."""


def check_lifetimes(lines: pd.DataFrame, at: pd.Timestamp) -> LifetimeCheck:
    """Compare what was expected at `at` with the CHURN_WEEKS that followed."""
    from sklearn.metrics import roc_auc_score  # noqa: PLC0415

    table = visit_table(lines, at)
    expected = lifetimes(table, weeks=CHURN_WEEKS)
    after = lines[(lines["bought_at"] >= at) & (lines["bought_at"] < at + pd.Timedelta(weeks=CHURN_WEEKS))]
    came = after.groupby("customer_id")["day"].nunique().reindex(table.index).fillna(0.0)
    gone = came == 0
    return LifetimeCheck(
        expected_visits=float(expected["expected_visits"].mean()),
        visits=float(came.mean()),
        correlation=float(np.corrcoef(expected["expected_visits"], came)[0, 1]),
        churned=float(gone.mean()),
        churn_auc=float(roc_auc_score(gone, expected["churn"])),
        recency_auc=float(roc_auc_score(gone, table["age"] - table["last"])),
    )
