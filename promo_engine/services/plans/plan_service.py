"""Plans of campaigns: kept, approved, watched and stopped. Approving is one transaction: all of it is live, or none.

The audience of a plan is a segment of the engine's own. Its customers get that segment when the plan is approved; those
held out do not, so the engine never offers them anything of it, and what they do is the comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from promo_engine.codecs.plan_codec import offers_of, plan_from_json
from promo_engine.domain.errors import Conflict, InvalidRequest, NotFound
from promo_engine.domain.offers.promotions import LifecycleState, ManagedOffer, Transition
from promo_engine.domain.plans.plans import CampaignPlan, PlanState, StoredPlan
from promo_engine.evaluation.betting import betting_upper
from promo_engine.ports.unit_of_work import Storage, UnitOfWork
from promo_engine.services.promotions.hosted_offers import refuse_impossible
from promo_engine.services.promotions.offer_references import refuse_unknown
from promo_engine.services.promotions.promotion_service import PromotionService


@dataclass(frozen=True)
class Stopped:
    """An offer that a stop rule ended, and why."""

    promotion_id: str
    reason: str


@dataclass(frozen=True)
class WatchedPlan:
    """What a stop rule needs to know of an approved plan."""

    plan_id: str
    since: datetime
    min_acceptance: float
    promotions: Mapping[str, tuple[str, ...]]
    """offer_ids by promotion_id."""


@dataclass(frozen=True)
class OfferStanding:
    """An offer of an approved plan: where it stands now and what came of it since the plan was made."""

    offer_id: str
    state: LifecycleState
    exposures: int
    accepted: int
    redeemed: int


class PlanService:
    """Keeps plans. `actor` is who asks, for the record of changes."""

    def __init__(self, storage: Storage, *, promotions: PromotionService, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._promotions = promotions
        self._clock = clock

    async def propose(self, plan_id: str, body: Mapping[str, Any], *, actor: str) -> StoredPlan:
        """Store a plan. Raises InvalidRequest for one that could not be approved, Conflict `plan_exists`."""
        try:
            plan = StoredPlan(plan_id, PlanState.PROPOSED, plan_from_json(body), self._clock(), actor)
        except ValueError as error:
            raise _invalid(plan_id, str(error)) from error
        async with self._storage.write() as unit:
            offers = _read(plan_id, plan.body, await _category_ids(unit))
            written = [(None, managed.offer) for managed in offers]
            await refuse_unknown(unit, written)
            await refuse_impossible(unit, written)
            await unit.plans.add(plan)
        return plan

    async def get(self, plan_id: str) -> StoredPlan:
        """Return one plan. Raises NotFound `unknown_plan`."""
        async with self._storage.read() as unit:
            return await _plan(unit, plan_id)

    async def newest(self, limit: int) -> list[StoredPlan]:
        """List plans, the newest first."""
        async with self._storage.read() as unit:
            return await unit.plans.page(limit=limit)

    async def standing(self, plan: StoredPlan) -> list[OfferStanding]:
        """What a plan's offers came to so far, in the plan's order; none before it is approved."""
        now, found = self._clock(), []
        async with self._storage.read() as unit:
            results = {each.offer_id: each for each in await unit.outcomes.results(exposed_since=plan.created_at)}
            for promotion_id in _promotion_ids(plan):
                promotion = await unit.promotions.get(promotion_id)
                if promotion is None:
                    continue
                for managed in await unit.promotions.offers_of(promotion_id):
                    offer_id = managed.offer.offer_id
                    shown = results.get(offer_id)
                    counts = (shown.exposures, shown.accepted, shown.redeemed) if shown else (0, 0, 0)
                    found.append(OfferStanding(offer_id, managed.state_at(now, promotion=promotion), *counts))
        return found

    async def approve(self, plan_id: str, *, actor: str) -> StoredPlan:
        """Put everything of a plan live, in one transaction.

        Raises NotFound, Conflict `already_decided` for a plan that is approved or stopped, InvalidRequest
        `plan_is_over`, and whatever the promotions' own rules refuse; nothing is stored then.
        """
        now = self._clock()
        async with self._storage.joined() as unit:
            plan = await _plan(unit, plan_id, lock=True)
            if plan.state is not PlanState.PROPOSED:
                raise Conflict("already_decided", f"The plan {plan_id} is {plan.state} already; nothing was changed.")
            promotions = plan.body.promotions
            offers = _read(plan_id, plan.body, await _category_ids(unit), advice=" Make a new plan.")
            if any(promotion.ends_at <= now for promotion in promotions):
                raise InvalidRequest("plan_is_over", f"The plan {plan_id} would have ended already; make a new one.")
            for promotion in promotions:
                await self._promotions.create(promotion, actor=actor)
            for managed in offers:
                offer_id = managed.offer.offer_id
                await self._promotions.create_offer(managed, actor=actor)
                await self._promotions.move_offer(offer_id, Transition.SCHEDULE, expected_version=None, actor=actor)
            for promotion in promotions:
                await self._promotions.move(
                    promotion.promotion_id, Transition.SCHEDULE, expected_version=None, actor=actor
                )
            for segment, customer_ids in plan.body.audiences.items():
                await _join(unit, segment, customer_ids)
            approved = replace(plan, state=PlanState.APPROVED, decided_at=now, decided_by=actor)
            await unit.plans.save(approved)
        return approved

    async def stop(self, plan_id: str, *, actor: str) -> StoredPlan:
        """End what a plan put live. Raises NotFound, Conflict `not_approved`."""
        now = self._clock()
        async with self._storage.joined() as unit:
            plan = await _plan(unit, plan_id, lock=True)
            if plan.state is not PlanState.APPROVED:
                raise Conflict(
                    "not_approved", f"The plan {plan_id} is {plan.state}; only an approved one can be stopped."
                )
            for promotion_id in _promotion_ids(plan):
                await self._end(unit, promotion_id, now, actor=actor)
            stopped = replace(plan, state=PlanState.STOPPED, decided_at=now, decided_by=actor)
            await unit.plans.save(stopped)
        return stopped

    async def watched(self) -> list[WatchedPlan]:
        """Return the approved plans that have not run out, with what their stop rules are about."""
        async with self._storage.read() as unit:
            plans = await unit.plans.approved()
        now = self._clock()
        return [
            WatchedPlan(
                plan.plan_id,
                since=plan.created_at,
                min_acceptance=plan.body.stop_rules.min_acceptance,
                promotions={name: plan.body.offers_of(name) for name in _promotion_ids(plan)},
            )
            for plan in plans
            if any(promotion.ends_at > now for promotion in plan.body.promotions)
        ]

    async def watch(self, plan_id: str, *, actor: str) -> list[Stopped]:
        """End every promotion of an approved plan that a stop rule speaks against; return what was ended.

        `min_acceptance`: the 95 % upper bound of accepted among shown, which may be looked at any time (betting), is
        below it.
        """
        now = self._clock()
        stopped = []
        async with self._storage.joined() as unit:
            plan = await _plan(unit, plan_id, lock=True)
            if plan.state is not PlanState.APPROVED:
                return []
            floor = plan.body.stop_rules.min_acceptance
            results = {each.offer_id: each for each in await unit.outcomes.results(exposed_since=plan.created_at)}
            for promotion_id in _promotion_ids(plan):
                shown = [results[offer_id] for offer_id in plan.body.offers_of(promotion_id) if offer_id in results]
                exposures, accepted = sum(each.exposures for each in shown), sum(each.accepted for each in shown)
                if exposures == 0:
                    continue
                bound = accepted_at_most(exposures, accepted)
                if bound < floor and await self._end(unit, promotion_id, now, actor=actor):
                    reason = f"{accepted} of {exposures} accepted: at most {bound:.1%}, the plan asks for {floor:.1%}"
                    stopped.append(Stopped(promotion_id, reason))
        return stopped

    async def _end(self, unit: UnitOfWork, promotion_id: str, now: datetime, *, actor: str) -> bool:
        promotion = await unit.promotions.get(promotion_id, lock=True)
        if promotion is None or promotion.state_at(now) is LifecycleState.ENDED:
            return False
        await self._promotions.move(promotion_id, Transition.END, expected_version=None, actor=actor)
        return True


def accepted_at_most(exposures: int, accepted: int) -> float:
    """Return the 95 % upper bound of the share of those shown who accept, which may be looked at any time."""
    # The bound is for answers in the order they came; spread evenly is the nearest that counts can say.
    answers = np.diff(np.floor(np.arange(exposures + 1) * accepted / exposures))
    return float(betting_upper(answers, alpha=0.05))


async def _plan(unit: UnitOfWork, plan_id: str, *, lock: bool = False) -> StoredPlan:
    plan = await unit.plans.get(plan_id, lock=lock)
    if plan is None:
        raise NotFound("unknown_plan", f"There is no plan {plan_id}.", field="plan_id")
    return plan


async def _category_ids(unit: UnitOfWork) -> dict[str, int]:
    return {name: category_id for category_id, name in enumerate(await unit.catalogue.category_names())}


async def _join(unit: UnitOfWork, segment: str, customer_ids: Sequence[str]) -> None:
    known = await unit.customers.lock(customer_ids)
    for customer_id in sorted(known):
        groups = await unit.customers.segments(customer_id)
        await unit.customers.set_segments(customer_id, groups | {segment})


def _promotion_ids(plan: StoredPlan) -> list[str]:
    return [promotion.promotion_id for promotion in plan.body.promotions]


def _invalid(plan_id: str, reason: str, advice: str = "") -> InvalidRequest:
    return InvalidRequest("invalid_plan", f"The plan {plan_id} cannot be carried out: {reason}.{advice}")


def _read(plan_id: str, plan: CampaignPlan, category_ids: Mapping[str, int], *, advice: str = "") -> list[ManagedOffer]:
    """Read the offers. Raises InvalidRequest `invalid_plan` with what is wrong, and the advice."""
    try:
        offers = offers_of(plan, category_ids=category_ids)
    except ValueError as error:
        raise _invalid(plan_id, str(error), advice) from error
    if not plan.promotions or not offers:
        raise InvalidRequest("invalid_plan", f"The plan {plan_id} has nothing to put live.")
    return offers
