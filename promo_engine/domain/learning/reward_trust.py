"""How much a reward is to teach: nobody should be able to steer what others are offered by answering a lot.

A reward teaches the less, the more its customer has answered lately: the first one fully, the second half, the third a
third. It teaches the more, the more orders that customer has placed: customers without any cost nothing to invent, and
anonymous customers cannot be told apart, so that their answers count for nothing unless the shop chooses otherwise. An
offer that is suddenly accepted nearly always is quarantined: what came in the burst teaches nothing until somebody has
looked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class TrustRules:
    """The shop's choices."""

    anonymous_weight: float = 0.0
    """What a reward of somebody without orders counts, where one of a customer of many years counts 1."""
    orders_for_half: int = 5
    """With so many orders, a customer's reward counts half."""
    window: timedelta = timedelta(days=30)
    """A customer's earlier offers count against a reward for so long."""
    burst_window: timedelta = timedelta(hours=1)
    """Acceptances are looked at together that came within so long."""
    burst_history: timedelta = timedelta(days=7)
    """What an offer's acceptances are compared with: those of so long before."""
    burst_chance: float = 1e-6
    """Chance at which honest answers look like a burst, at most."""

    def __post_init__(self) -> None:
        if not (0 <= self.anonymous_weight <= 1 and 0 <= self.burst_chance < 1 and self.orders_for_half > 0):
            raise ValueError("anonymous_weight has to be 0 to 1, burst_chance 0 to below 1, orders_for_half above 0")


@dataclass(frozen=True)
class Answers:
    """How many were asked about an offer, and how many of them accepted it."""

    shown: int = 0
    accepted: int = 0


@dataclass(frozen=True)
class Quarantined:
    """What is held back of one offer."""

    offer_id: str
    rewards: int
    accepted: int
    since: datetime
    until: datetime
    """When the first and the last of them were recorded."""


_DOUBT = 50
"""As many imagined answers, half of them acceptances, keep a popular new offer from looking like a burst."""


def weight_of(rules: TrustRules, *, orders: int, earlier: int) -> float:
    """Return what a reward counts, 0 to 1. `earlier`: offers that the customer saw before it in the window."""
    known = orders / (orders + rules.orders_for_half)
    return max(known, rules.anonymous_weight) / (1 + earlier)


def is_burst(rules: TrustRules, *, now: Answers, before: Answers) -> bool:
    """Say whether an offer is accepted far more often than its past explains.

    The chance of as many acceptances is bounded by Chernoff's inequality: exp(-shown x KL(rate now || usual rate)).
    """
    usual = (before.accepted + _DOUBT / 2) / (before.shown + _DOUBT)
    rate = now.accepted / now.shown if now.shown else 0.0
    if rate <= usual or rules.burst_chance == 0.0:
        return False
    apart = rate * math.log(rate / usual)
    if rate < 1.0:
        apart += (1.0 - rate) * math.log((1.0 - rate) / (1.0 - usual))
    return now.shown * apart > -math.log(rules.burst_chance)
