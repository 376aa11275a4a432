"""How many people have to answer: chats an hour from their history, agents by Erlang C.

Erlang C (A. K. Erlang 1917): arrivals are Poisson, handling times exponential, who comes waits. The bot handles most
chats; what is counted here is what it hands over to people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from studio.errors import StrategyError, TooLittleHistory

HOURS = 168
_LEAST_WEEKS = 4
_MOST_AGENTS = 10_000


@dataclass(frozen=True)
class ServiceGoal:
    """What shoppers are promised."""

    handling_s: float = 360.0
    """Seconds of an agent's time a chat."""
    answered_within_s: float = 30.0
    answered_share: float = 0.8
    """This share of chats is answered within that time."""
    occupied_at_most: float = 0.9
    """No agent is to be busy for more of the time."""

    def __post_init__(self) -> None:
        if not self.handling_s > 0 or not self.answered_within_s >= 0:
            raise StrategyError("handling time has to be above 0 seconds, answering time 0 or more")
        if not 0 < self.answered_share < 1 or not 0 < self.occupied_at_most < 1:
            raise StrategyError("shares have to lie between 0 and 1")


def waiting_probability(load: float, agents: int) -> float:
    """Erlang C: the probability that a chat has to wait; `load` is arrivals times handling time (erlangs)."""
    if load <= 0:
        return 0.0
    if agents <= load:
        return 1.0
    blocked = 1.0  # Erlang B by recursion over the agents: no factorials
    for agent in range(1, agents + 1):
        blocked = load * blocked / (agent + load * blocked)
    return blocked / (1 - load / agents * (1 - blocked))


def agents_needed(chats_an_hour: float, goal: ServiceGoal) -> int:
    """The fewest agents that keep the goal; 0 for no chats. Raises StrategyError for a senseless number of chats."""
    if not 0 <= chats_an_hour < math.inf:
        raise StrategyError(f"{chats_an_hour} chats an hour: 0 or more are needed")
    load = chats_an_hour * goal.handling_s / 3600
    if load == 0:
        return 0
    agents = max(1, math.ceil(load / goal.occupied_at_most))
    while agents <= _MOST_AGENTS:
        late = waiting_probability(load, agents) * math.exp(-(agents - load) * goal.answered_within_s / goal.handling_s)
        if 1 - late >= goal.answered_share and load / agents <= goal.occupied_at_most:
            return agents
        agents += 1
    raise StrategyError(f"more than {_MOST_AGENTS:,} agents would be needed")


def hourly_forecast(started_at: pd.Series, *, quantile: float = 0.9) -> pd.DataFrame:
    """Chats of the coming week by its hours (0 is Monday, 0:00): expected, and high, under which `quantile` stay.

    Level: the mean of the last four whole weeks; shape: each hour of the week's share over all whole weeks, smoothed
    with its neighbours; spread: Poisson and the weeks' own. Raises TooLittleHistory for fewer than four whole weeks.
    """
    moments = pd.to_datetime(started_at).sort_values()
    if moments.empty:
        raise TooLittleHistory("chats", found=0, needed=_LEAST_WEEKS, unit="whole weeks")
    monday = moments.dt.normalize() - pd.to_timedelta(moments.dt.day_of_week, unit="D")
    hour = ((moments - monday).dt.total_seconds() // 3600).to_numpy().astype(int)
    week = ((monday - monday.min()).dt.days // 7).to_numpy()
    counts = np.zeros((int(week.max()) + 1, HOURS))
    np.add.at(counts, (week, hour), 1.0)
    whole = counts[_whole_weeks(moments, monday)]
    if len(whole) < _LEAST_WEEKS:
        raise TooLittleHistory("chats", found=len(whole), needed=_LEAST_WEEKS, unit="whole weeks")
    shape = whole.sum(axis=0)
    shape = (np.roll(shape, 1) + 2 * shape + np.roll(shape, -1)) / 4
    expected = whole[-_LEAST_WEEKS:].sum(axis=1).mean() * shape / max(shape.sum(), 1e-9)
    excess = max(float(whole.sum(axis=1).var() / max(whole.sum(axis=1).mean(), 1e-9) - 1), 0.0) / HOURS
    deviation = np.sqrt(expected * (1 + excess))
    from scipy.stats import norm  # noqa: PLC0415  slow to import

    return pd.DataFrame({"hour": range(HOURS), "expected": expected, "high": expected + norm.ppf(quantile) * deviation})


def _whole_weeks(moments: pd.Series, monday: pd.Series) -> NDArray[np.bool_]:
    """All but a first week that begins after its Monday and a last one that does not reach its Sunday."""
    whole = np.ones(int((monday.max() - monday.min()).days) // 7 + 1, dtype=bool)
    day = pd.Timedelta(days=1)
    whole[0] = moments.iloc[0] < monday.min() + day
    whole[-1] &= moments.iloc[-1] >= monday.max() + 6 * day
    return whole


def staffing(forecast: pd.DataFrame, goal: ServiceGoal) -> pd.DataFrame:
    """`hourly_forecast` with weekday, clock and agents (for the high number of chats)."""
    names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    return forecast.assign(
        weekday=[names[hour // 24] for hour in forecast["hour"]],
        clock=forecast["hour"] % 24,
        agents=[agents_needed(float(high), goal) for high in forecast["high"]],
    )
