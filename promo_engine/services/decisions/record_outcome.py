"""What becomes of a decision: it is exposed, then accepted or declined, and read back whole."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from promo_engine.domain.codes.codes import new_code
from promo_engine.domain.codes.hosted_codes import AT_ONCE, HostedCode
from promo_engine.domain.decisions.decisions import (
    CODE_LIFETIME,
    REWARD_OF,
    Decision,
    OfferResults,
    Outcome,
    OutcomeKind,
)
from promo_engine.domain.errors import Conflict, Forbidden, NotFound
from promo_engine.domain.events import OfferExposed, OutcomeRecorded
from promo_engine.domain.offers.audit import subject_of
from promo_engine.domain.offers.eligibility_index import REASON_OF_STATE
from promo_engine.domain.offers.limits import OfferContactKind
from promo_engine.domain.offers.promotions import LifecycleState, ManagedOffer, Promotion
from promo_engine.ports.unit_of_work import Storage, UnitOfWork
from promo_engine.services.checkout.code_service import reserve
from promo_engine.services.promotions.offer_cache import OfferCache

Answer = Literal[OutcomeKind.ACCEPTED, OutcomeKind.DECLINED]


@dataclass(frozen=True)
class DecisionRecord:
    """A stored decision and its outcome, if it has one."""

    decision: Decision
    outcome: Outcome | None


class OutcomeRecorder:
    """Records exposures and outcomes; publishes `OfferExposed` and `OutcomeRecorded`, once for each decision."""

    def __init__(self, storage: Storage, *, offers: OfferCache) -> None:
        self._storage = storage
        self._offers = offers

    async def read(self, decision_id: str) -> DecisionRecord:
        """Return a decision whole. Raises NotFound `unknown_decision`."""
        async with self._storage.read() as unit:
            decision = await unit.decisions.get(decision_id)
            if decision is None:
                raise _unknown(decision_id)
            return DecisionRecord(decision, await unit.outcomes.get(decision_id))

    async def results(self, *, exposed_since: datetime) -> list[OfferResults]:
        """Count what became of every offer that was exposed since then."""
        async with self._storage.read() as unit:
            return await unit.outcomes.results(exposed_since=exposed_since)

    async def expose(self, decision_id: str, *, conversation_id: str, now: datetime) -> datetime:
        """Record that the offer was shown; return when it first was.

        Raises NotFound `unknown_decision`, Forbidden `decision_of_another_conversation` and Conflict
        `no_offer_in_decision`.
        """
        async with self._storage.write() as unit:
            decision = await _own_decision(unit, decision_id, conversation_id)
            if decision.exposed_at is not None:
                return decision.exposed_at
            await _mark_exposed(unit, decision, now)
        return now

    async def record(
        self, decision_id: str, *, conversation_id: str, answer: Answer, now: datetime, entropy: int
    ) -> Outcome:
        """Record the shopper's answer; an acceptance reserves a code made from 80 random bits of `entropy`.

        The same answer again gets the same outcome. Raises what `expose` raises, and Conflict: `outcome_conflict` if
        another outcome is recorded, `offer_already_accepted` if the customer has this offer's code already,
        `offer_ended` if it can no longer be accepted, `offer_sold_out` if a cap or the pool of codes is used up.
        """
        async with self._storage.write() as unit:
            decision = await _own_decision(unit, decision_id, conversation_id)
            earlier = await unit.outcomes.get(decision_id)
            if earlier is not None:
                if earlier.outcome is not answer:
                    raise _contradiction(earlier)
                return earlier
            outcome, held_cents = await self._new_outcome(unit, decision, answer, now=now, entropy=entropy)
            if decision.exposed_at is None:
                # Who answers has seen it, whether or not the page managed to report so.
                await _mark_exposed(unit, decision, now)
            await unit.outcomes.add(outcome, decision=decision, held_cents=held_cents)
            if outcome.code is not None:
                await self._want_at_shop(unit, outcome.code, decision=decision, now=now)
            await _record_contact(unit, decision, OfferContactKind(answer.value), now)
            unit.publish(OutcomeRecorded(str(decision.offer_id), answer, at=now))
        return outcome

    async def _new_outcome(
        self, unit: UnitOfWork, decision: Decision, answer: Answer, *, now: datetime, entropy: int
    ) -> tuple[Outcome, int]:
        """Return the outcome, and the cents that its code holds of the accounts."""
        code, expires_at, held_cents = None, None, 0
        if answer is OutcomeKind.ACCEPTED:
            promotion, managed = await self._acceptable_offer(unit, decision, now)
            held_cents = await reserve(unit, promotion, managed, now=now)
            code = await _code_for(unit, decision, entropy)
            expires_at = min(now + CODE_LIFETIME, managed.offer.ends_at)
        outcome = Outcome(
            decision_id=decision.decision_id,
            outcome=answer,
            reward=REWARD_OF[answer],
            recorded_at=now,
            code=code,
            code_expires_at=expires_at,
        )
        return outcome, held_cents

    async def _want_at_shop(self, unit: UnitOfWork, code: str, *, decision: Decision, now: datetime) -> None:
        """Queue a code for the hosted shop at whose checkout it is to be used; it is handed out once it is there."""
        checkout = (await self._offers.read(unit)).checkout
        if checkout is None:
            return
        hosted = HostedCode(code, checkout.source_id, next_try_at=AT_ONCE)
        if await unit.codes.has_pool(str(decision.offer_id)):
            # The shop brought it, and knows it.
            hosted = replace(hosted, brought=True).created("", now)
        await unit.hosted_codes.add(hosted)

    async def _acceptable_offer(
        self, unit: UnitOfWork, decision: Decision, now: datetime
    ) -> tuple[Promotion, ManagedOffer]:
        offer_id = str(decision.offer_id)
        catalogue = await self._offers.read(unit)
        offer = catalogue.by_id[offer_id]
        # Read fresh and locked: an acceptance and a pause, or a change of limits, at the same moment have an order.
        promotion = await unit.promotions.get(offer.promotion_id, share=True)
        managed = await unit.promotions.offer(offer_id)
        if promotion is None or managed is None or now >= managed.offer.ends_at:
            raise Conflict("offer_ended", "This offer has ended.")
        state = managed.state_at(now, promotion=promotion)
        if state is not LifecycleState.LIVE:
            raise Conflict(f"offer_{state}", f"{REASON_OF_STATE[state].capitalize()}.")
        if (reason := catalogue.impossible.get(offer_id)) is not None:
            raise Conflict("impossible_at_checkout", f"{reason[0].upper()}{reason[1:]}.")
        if decision.customer_id is not None:
            # Two conversations of one customer may hold the same offer; the lock makes one of them the second.
            await unit.customers.lock([decision.customer_id])
        (answered,) = await unit.decisions.answered_offers([(decision.customer_id, decision.conversation_id)])
        if offer_id in answered.accepted:
            raise Conflict("offer_already_accepted", "This customer has already accepted this offer.")
        return promotion, managed


async def _code_for(unit: UnitOfWork, decision: Decision, entropy: int) -> str:
    """Return the next code of the offer's pool, or a new one if the shop brought none. Raises Conflict."""
    offer_id = str(decision.offer_id)
    if not await unit.codes.has_pool(offer_id):
        return new_code(entropy)
    code = await unit.codes.take_from_pool(offer_id, decision_id=decision.decision_id)
    if code is None:
        raise Conflict("offer_sold_out", "All codes of this offer have been taken.")
    return code


async def _mark_exposed(unit: UnitOfWork, decision: Decision, at: datetime) -> None:
    await unit.decisions.mark_exposed(decision.decision_id, at)
    await _record_contact(unit, decision, OfferContactKind.EXPOSED, at)
    unit.publish(OfferExposed(str(decision.offer_id), at=at))


async def _record_contact(unit: UnitOfWork, decision: Decision, kind: OfferContactKind, at: datetime) -> None:
    await unit.promotions.record_contact(
        subject_of(customer_id=decision.customer_id, conversation_id=decision.conversation_id),
        decision_id=decision.decision_id,
        offer_id=str(decision.offer_id),
        kind=kind,
        at=at,
    )


async def _own_decision(unit: UnitOfWork, decision_id: str, conversation_id: str) -> Decision:
    decision = await unit.decisions.get(decision_id, lock=True)
    if decision is None:
        raise _unknown(decision_id)
    if decision.conversation_id != conversation_id:
        raise Forbidden(
            "decision_of_another_conversation",
            "This decision belongs to another conversation.",
            field="conversation_id",
        )
    if decision.offer_id is None:
        raise Conflict(
            "no_offer_in_decision", "This decision was to make no offer; there is nothing to show or answer."
        )
    return decision


def _unknown(decision_id: str) -> NotFound:
    return NotFound("unknown_decision", f"There is no decision {decision_id}.", field="decision_id")


def _contradiction(earlier: Outcome) -> Conflict:
    if earlier.outcome is OutcomeKind.UNANSWERED:
        return Conflict("outcome_conflict", "This offer was left unanswered for too long.", field="outcome")
    return Conflict("outcome_conflict", f"This offer was already {earlier.outcome}.", field="outcome")
