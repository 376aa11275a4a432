"""Pacing: a penalty on cost that makes a promotion's spend follow its plan.

The plan spends the budget evenly over the promotion's life. Where spend runs ahead, the promotion's offers get dearer:
the choice maximises expected_reward - penalty x unit_cost_cents, the Lagrangian of "as many acceptances as the budget
buys", whose multiplier `penalty` (reward per cent) is found by dual ascent on spend minus plan (Balseiro and Gur,
"Learning in Repeated Auctions with Budgets", Management Science 2019; the step is a projection onto penalty >= 0).
Ascent alone swings around the plan, so the penalty is that of a proportional-integral controller, of which ascent is
the integral part (Zhang et al., "Feedback Control of Real-Time Display Advertising", WSDM 2016).

Spend counts reservations in full, so that pacing reacts to an acceptance and not to the checkout days later. The
penalty slows spending down; the hard cap is the database's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from promo_engine.domain.offers.limits import Commitment

PROPORTIONAL = 40.0
"""Reward that one budget's worth of lead over the plan takes off an average use: 1 % of lead takes 0.4."""
INTEGRAL_PER_LIFE = 2000.0
"""How much a lead that lasts adds: a lead of 1 % held for 1 % of the life takes off another 0.2."""
MAX_CHARGE = 2.0
"""Reward that the penalty may take off an average use. Rewards end at 1: beyond, the memory would only wind up."""


@dataclass(frozen=True)
class PacingState:
    """The controller's memory and its last measurement; stored, so that a restart goes on where it was."""

    penalty: float
    """Expected reward per cent of cost, 0 or more."""
    integral: float
    """Reward that the lead held so far takes off an average use; 0 to `MAX_CHARGE`."""
    planned_cents: int
    spent_cents: int
    reserved_cents: int
    measured_at: datetime


def planned_cents(*, budget_cents: int, starts_at: datetime, ends_at: datetime, at: datetime) -> int:
    """Return what the plan has spent by a moment: nothing before the start, all of it from the end on."""
    elapsed = min(max(at - starts_at, timedelta(0)), ends_at - starts_at)
    return budget_cents * (elapsed // timedelta(microseconds=1)) // ((ends_at - starts_at) // timedelta(microseconds=1))


def next_pacing(
    before: PacingState | None,
    committed: Commitment,
    *,
    budget_cents: int | None,
    unit_cost_cents: float,
    starts_at: datetime,
    ends_at: datetime,
    at: datetime,
) -> PacingState:
    """Measure and set the penalty; `unit_cost_cents` is what one use of the promotion costs on average.

    Without a budget, or with nothing that costs, the penalty is 0. So it is while spend lies behind the plan and the
    memory of earlier leads has run down.
    """
    plan, integral, penalty = 0, 0.0, 0.0
    if budget_cents:
        plan = planned_cents(budget_cents=budget_cents, starts_at=starts_at, ends_at=ends_at, at=at)
        lead = (committed.cents - plan) / budget_cents
        earlier, since = (before.integral, before.measured_at) if before is not None else (0.0, starts_at)
        passed = max(0.0, (at - max(since, starts_at)) / (ends_at - starts_at))
        integral = min(MAX_CHARGE, max(0.0, earlier + INTEGRAL_PER_LIFE * lead * passed))
        charge = min(MAX_CHARGE, max(0.0, PROPORTIONAL * lead + integral))
        penalty = charge / unit_cost_cents if unit_cost_cents > 0 else 0.0
    if not math.isfinite(penalty):
        raise ValueError(f"penalty: {penalty} is no number to pace by")
    return PacingState(
        penalty=penalty,
        integral=integral,
        planned_cents=plan,
        spent_cents=committed.spent_cents,
        reserved_cents=committed.reserved_cents,
        measured_at=at,
    )
