"""Weighs rewards before they are learned, by who gave them and by what came at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from promo_engine.domain.learning.reward_trust import Answers, TrustRules, is_burst, weight_of
from promo_engine.domain.learning.rewards import PendingReward
from promo_engine.domain.offers.audit import subject_of
from promo_engine.domain.offers.limits import OfferContactKind
from promo_engine.ports.unit_of_work import UnitOfWork


async def weighed(
    unit: UnitOfWork, rewards: Sequence[PendingReward], *, rules: TrustRules, now: datetime
) -> list[PendingReward]:
    """Return the rewards with what each is to count. Those that were weighed before keep their weight."""
    new = [reward for reward in rewards if reward.weight is None]
    if not new:
        return list(rewards)
    suspects = await _bursts(unit, new, rules=rules, now=now)
    subjects = [subject_of(customer_id=reward.customer_id, conversation_id=reward.conversation_id) for reward in new]
    oldest = min(reward.exposed_at for reward in new)
    histories = await unit.promotions.histories([[subject] for subject in subjects], since=oldest - rules.window)
    orders = await unit.orders.count_of({reward.customer_id for reward in new if reward.customer_id is not None})
    weights = {}
    for reward, history in zip(new, histories, strict=True):
        earlier = sum(
            met.kind is OfferContactKind.EXPOSED and reward.exposed_at - rules.window < met.at < reward.exposed_at
            for met in history.contacts
        )
        quarantined = (
            reward.offer_id in suspects and not reward.released and reward.exposed_at > now - rules.burst_window
        )
        weight = (
            0.0 if quarantined else weight_of(rules, orders=orders.get(reward.customer_id or "", 0), earlier=earlier)
        )
        weights[reward.decision_id] = (weight, quarantined)
    await unit.outcomes.set_weights(weights)
    return [
        reward if reward.weight is not None else replace(reward, weight=weights[reward.decision_id][0])
        for reward in rewards
    ]


async def _bursts(
    unit: UnitOfWork, rewards: Sequence[PendingReward], *, rules: TrustRules, now: datetime
) -> frozenset[str]:
    accepted = {reward.offer_id for reward in rewards if reward.labelled.reward > 0.0}
    if not accepted:
        return frozenset()
    begin = now - rules.burst_window
    recent = await unit.outcomes.answers(accepted, after=begin, until=now, quarantined=True)
    past = await unit.outcomes.answers(accepted, after=begin - rules.burst_history, until=begin, quarantined=False)
    return frozenset(
        offer_id
        for offer_id in accepted
        if is_burst(rules, now=recent.get(offer_id, Answers()), before=past.get(offer_id, Answers()))
    )
