"""Promotions and offers, made and changed: one change, one transaction, one line in the record of changes.

Every change names the version it was made from; one that was made from an older version is refused, so that nobody
overwrites what they have not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from promo_engine.codecs.promotion_codec import to_record
from promo_engine.domain.errors import Conflict, NotFound, Stale
from promo_engine.domain.offers.audit import AuditEntry, subject_of
from promo_engine.domain.offers.limits import Commitment, Limits, total
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.pacing import PacingState
from promo_engine.domain.offers.promotions import (
    LifecycleState,
    ManagedOffer,
    Promotion,
    Transition,
    check_inside,
    check_offer_change,
    check_promotion_change,
    check_window,
    refuse_frozen_changes,
    state_after,
)
from promo_engine.ports.unit_of_work import Storage, UnitOfWork
from promo_engine.services.promotions.hosted_offers import hosted_checkout, impossible_at, refuse_impossible
from promo_engine.services.promotions.offer_references import refuse_unknown


@dataclass(frozen=True)
class PromotionView:
    """A promotion with its spending; `pacing` is None until it was first measured."""

    promotion: Promotion
    committed: Commitment
    pacing: PacingState | None


class PromotionService:
    """Keeps promotions and their offers. `actor` is who asks, for the record of changes."""

    def __init__(self, storage: Storage, *, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._clock = clock

    async def view(self, promotion_id: str) -> PromotionView:
        """Return one promotion. Raises NotFound `unknown_promotion`."""
        async with self._storage.read() as unit:
            promotion = await _promotion(unit, promotion_id)
            committed = total((await unit.promotions.commitments(promotion_id)).values())
            return PromotionView(promotion, committed, (await unit.promotions.pacing()).get(promotion_id))

    async def page(self, *, after: str, limit: int) -> list[Promotion]:
        """List promotions by id, from the one after `after`."""
        async with self._storage.read() as unit:
            return await unit.promotions.page(after=after, limit=limit)

    async def audit(self, promotion_id: str, *, after: int, limit: int) -> list[AuditEntry]:
        """List the changes of a promotion and its offers, those of a deleted draft too."""
        async with self._storage.read() as unit:
            entries = await unit.promotions.audit(promotion_id, after=after, limit=limit)
            if not entries:
                await _promotion(unit, promotion_id)
            return entries

    async def create(self, promotion: Promotion, *, actor: str) -> Promotion:
        """Store a draft. Raises InvalidRequest and Conflict `promotion_exists`."""
        check_window(starts_at=promotion.starts_at, ends_at=promotion.ends_at)
        draft = replace(promotion, state=LifecycleState.DRAFT, version=1)
        async with self._storage.write() as unit:
            await unit.promotions.add(draft)
            await self._record(unit, None, draft, actor=actor, action="created")
        return draft

    async def change(self, promotion: Promotion, *, expected_version: int | None, actor: str) -> Promotion:
        """Replace texts, window and limits; the state stays.

        Raises NotFound, Stale, and what `check_promotion_change` raises; Conflict `offers_outside_window` and
        `budget_below_committed`.
        """
        now = self._clock()
        async with self._storage.write() as unit:
            before = await _promotion(unit, promotion.promotion_id, version=expected_version, lock=True)
            after = replace(promotion, state=before.state, version=before.version + 1)
            if replace(after, version=before.version) == before:
                return before
            check_promotion_change(before, after, at=now)
            for managed in await unit.promotions.offers_of(promotion.promotion_id):
                if managed.offer.starts_at < after.starts_at or managed.offer.ends_at > after.ends_at:
                    raise Conflict("offers_outside_window", f"Offer {managed.offer.offer_id} would lie outside of it.")
            if after.limits != before.limits:
                committed = total((await unit.promotions.commitments(promotion.promotion_id)).values())
                _refuse_limits_below(after.limits, committed)
            await unit.promotions.save(after)
            await self._renew(unit, after)
            await self._record(unit, before, after, actor=actor, action="changed")
        return after

    async def move(
        self, promotion_id: str, transition: Transition, *, expected_version: int | None, actor: str
    ) -> Promotion:
        """Schedule, pause, resume or end. Raises NotFound, Stale and Conflict `transition_not_allowed`."""
        async with self._storage.write() as unit:
            before = await _promotion(unit, promotion_id, version=expected_version, lock=True)
            state = state_after(before.state_at(self._clock()), transition)
            after = replace(before, state=state, version=before.version + 1)
            await unit.promotions.save(after)
            await self._renew(unit, after)
            await self._record(unit, before, after, actor=actor, action=transition.value)
        return after

    async def delete(self, promotion_id: str, *, expected_version: int | None, actor: str) -> None:
        """Delete a draft with its offers. Raises NotFound, Stale and Conflict `not_a_draft`."""
        async with self._storage.write() as unit:
            before = await _promotion(unit, promotion_id, version=expected_version, lock=True)
            _require_draft(before.state)
            for managed in await unit.promotions.offers_of(promotion_id):
                await self._record(unit, managed, None, actor=actor, action="deleted")
            await unit.promotions.delete(promotion_id)
            await self._renew(unit, before)
            await self._record(unit, before, None, actor=actor, action="deleted")

    async def offer(self, offer_id: str) -> tuple[ManagedOffer, Promotion]:
        """Return one offer and its promotion. Raises NotFound `unknown_offer`."""
        async with self._storage.read() as unit:
            managed = await _offer(unit, offer_id)
            return managed, await _promotion(unit, managed.offer.promotion_id)

    async def offers_of(self, promotion_id: str, *, after: str, limit: int) -> tuple[Promotion, list[ManagedOffer]]:
        """List a promotion's offers by id, from the one after `after`. Raises NotFound."""
        async with self._storage.read() as unit:
            promotion = await _promotion(unit, promotion_id)
            return promotion, await unit.promotions.offers_of(promotion_id, after=after, limit=limit)

    async def impossible(self, offers: Iterable[Offer]) -> dict[str, str]:
        """Say of the offers that the shop's own checkout cannot give why not, by offer_id."""
        async with self._storage.read() as unit:
            return await impossible_at(unit, await hosted_checkout(unit), offers)

    async def category_names(self) -> tuple[str, ...]:
        """Return the shop's category names, by category_id."""
        async with self._storage.read() as unit:
            return await unit.catalogue.category_names()

    async def create_offer(self, managed: ManagedOffer, *, actor: str) -> tuple[ManagedOffer, Promotion]:
        """Store an offer as a draft. Raises NotFound `unknown_promotion`, InvalidRequest, Conflict `offer_exists`."""
        draft = replace(managed, state=LifecycleState.DRAFT, version=1)
        async with self._storage.write() as unit:
            promotion = await _promotion(unit, draft.offer.promotion_id, lock=True)
            if promotion.state_at(self._clock()) is LifecycleState.ENDED:
                raise Conflict("already_ended", "The promotion has ended; it takes no more offers.")
            check_window(starts_at=draft.offer.starts_at, ends_at=draft.offer.ends_at)
            check_inside(draft.offer, promotion=promotion)
            await refuse_unknown(unit, [(None, draft.offer)])
            await refuse_impossible(unit, [(None, draft.offer)])
            await unit.promotions.add_offer(draft)
            await self._renew(unit, draft)
            await self._record(unit, None, draft, actor=actor, action="created")
        return draft, promotion

    async def change_offer(
        self, managed: ManagedOffer, *, expected_version: int | None, actor: str
    ) -> tuple[ManagedOffer, Promotion]:
        """Replace an offer; the state stays. Raises NotFound, Stale and what `check_offer_change` raises."""
        now = self._clock()
        async with self._storage.write() as unit:
            before, promotion = await _locked_offer(unit, managed.offer.offer_id, version=expected_version)
            after = replace(managed, state=before.state, version=before.version + 1)
            if replace(after, version=before.version) == before:
                return before, promotion
            check_offer_change(before, after, promotion=promotion, at=now)
            await refuse_unknown(unit, [(before.offer, after.offer)])
            await refuse_impossible(unit, [(before.offer, after.offer)])
            if after.limits != before.limits:
                committed = await unit.promotions.commitments(promotion.promotion_id)
                _refuse_limits_below(after.limits, committed.get(after.offer.offer_id, Commitment()))
            await unit.promotions.save_offer(after)
            await self._renew(unit, after)
            await self._record(unit, before, after, actor=actor, action="changed")
        return after, promotion

    async def move_offer(
        self, offer_id: str, transition: Transition, *, expected_version: int | None, actor: str
    ) -> tuple[ManagedOffer, Promotion]:
        """Schedule, pause, resume or end one offer. Raises NotFound, Stale and Conflict `transition_not_allowed`."""
        async with self._storage.write() as unit:
            before, promotion = await _locked_offer(unit, offer_id, version=expected_version)
            state = state_after(before.own_state_at(self._clock()), transition)
            after = replace(before, state=state, version=before.version + 1)
            await unit.promotions.save_offer(after)
            await self._renew(unit, after)
            await self._record(unit, before, after, actor=actor, action=transition.value)
        return after, promotion

    async def delete_offer(self, offer_id: str, *, expected_version: int | None, actor: str) -> None:
        """Delete a draft. Raises NotFound, Stale and Conflict `not_a_draft`."""
        async with self._storage.write() as unit:
            before, _ = await _locked_offer(unit, offer_id, version=expected_version)
            _require_draft(before.state)
            await unit.promotions.delete_offer(offer_id)
            await self._renew(unit, before)
            await self._record(unit, before, None, actor=actor, action="deleted")

    async def load(
        self, unit: UnitOfWork, *, promotions: Sequence[Promotion], offers: Sequence[Offer], actor: str
    ) -> tuple[int, int]:
        """Store what an offer file says, in `unit`; return how many offers were stored and how many others ended.

        States and limits are left alone. Raises InvalidRequest, and Conflict `frozen_while_live` where a file would
        change what shoppers may hold.
        """
        now = self._clock()
        before = {managed.offer.offer_id: managed for managed in await unit.promotions.all_offers()}
        known = {
            promotion.promotion_id: await unit.promotions.get(promotion.promotion_id, lock=True)
            for promotion in promotions
        }
        for promotion in promotions:
            check_window(starts_at=promotion.starts_at, ends_at=promotion.ends_at)
        by_id = {promotion.promotion_id: promotion for promotion in promotions}
        for offer in offers:
            check_window(starts_at=offer.starts_at, ends_at=offer.ends_at)
            check_inside(offer, promotion=by_id[offer.promotion_id])
            earlier = before.get(offer.offer_id)
            if earlier is not None and earlier.own_state_at(now) not in (
                LifecycleState.DRAFT,
                LifecycleState.SCHEDULED,
            ):
                _refuse_frozen_changes(earlier.offer, offer)
        earlier_offers = {offer_id: managed.offer for offer_id, managed in before.items()}
        written = [(earlier_offers.get(offer.offer_id), offer) for offer in offers]
        await refuse_unknown(unit, written)
        await refuse_impossible(unit, written)
        counts = await unit.catalogue.store_offers(promotions=promotions, offers=offers, at=now)
        for promotion_id, earlier_promotion in known.items():
            stored = await unit.promotions.get(promotion_id)
            await self._record(unit, earlier_promotion, stored, actor=actor, action="loaded")
        for managed in await unit.promotions.all_offers():
            await self._record(unit, before.get(managed.offer.offer_id), managed, actor=actor, action="loaded")
        return counts

    async def allow_promotions(self, *, customer_id: str | None, conversation_id: str, allowed: bool) -> None:
        """Remember whether this customer, or this anonymous customer's conversation, wants promotions.

        Raises NotFound `unknown_customer`.
        """
        subject = subject_of(customer_id=customer_id, conversation_id=conversation_id)
        async with self._storage.write() as unit:
            if customer_id is not None and not await unit.customers.exists(customer_id):
                raise NotFound("unknown_customer", f"There is no customer {customer_id}.", field="customer_id")
            if allowed:
                await unit.promotions.allow(subject)
            else:
                await unit.promotions.refuse(subject, at=self._clock())

    async def _renew(self, unit: UnitOfWork, changed: Promotion | ManagedOffer) -> None:
        name = changed.promotion_id if isinstance(changed, Promotion) else changed.offer.offer_id
        await unit.catalogue.touch(f"{type(changed).__name__} {name} {changed.version}", at=self._clock())

    async def _record(
        self,
        unit: UnitOfWork,
        before: Promotion | ManagedOffer | None,
        after: Promotion | ManagedOffer | None,
        *,
        actor: str,
        action: str,
    ) -> None:
        changes = difference(before, after)
        subject = after if after is not None else before
        if not changes or subject is None:
            return
        whole = isinstance(subject, Promotion)
        entry = AuditEntry(
            promotion_id=subject.promotion_id if isinstance(subject, Promotion) else subject.offer.promotion_id,
            offer_id=None if whole or isinstance(subject, Promotion) else subject.offer.offer_id,
            actor=actor,
            action=action,
            at=self._clock(),
            changes=changes,
        )
        await unit.promotions.record(entry)


def difference(before: Promotion | ManagedOffer | None, after: Promotion | ManagedOffer | None) -> dict[str, Any]:
    """Return [before, after] of every field that differs, as JSON; None stands for what is not there."""
    old, new = to_record(before), to_record(after)
    return {name: [old.get(name), new.get(name)] for name in sorted(old | new) if old.get(name) != new.get(name)}


async def _promotion(
    unit: UnitOfWork, promotion_id: str, *, version: int | None = None, lock: bool = False
) -> Promotion:
    promotion = await unit.promotions.get(promotion_id, lock=lock)
    if promotion is None:
        raise NotFound("unknown_promotion", f"There is no promotion {promotion_id}.", field="promotion_id")
    _require_version(promotion.version, version)
    return promotion


async def _offer(unit: UnitOfWork, offer_id: str) -> ManagedOffer:
    managed = await unit.promotions.offer(offer_id)
    if managed is None:
        raise NotFound("unknown_offer", f"There is no offer {offer_id}.", field="offer_id")
    return managed


async def _locked_offer(unit: UnitOfWork, offer_id: str, *, version: int | None) -> tuple[ManagedOffer, Promotion]:
    # The promotion first, everywhere: two who lock in one order never wait for each other.
    promotion = await _promotion(unit, (await _offer(unit, offer_id)).offer.promotion_id, lock=True)
    managed = await unit.promotions.offer(offer_id, lock=True)
    if managed is None:
        raise NotFound("unknown_offer", f"There is no offer {offer_id}.", field="offer_id")
    _require_version(managed.version, version)
    return managed, promotion


def _require_version(found: int, expected: int | None) -> None:
    if expected is not None and found != expected:
        raise Stale("stale_version", f"It is at version {found} by now; read it again.")


def _require_draft(state: LifecycleState) -> None:
    if state is not LifecycleState.DRAFT:
        raise Conflict("not_a_draft", "Only drafts can be deleted; end it instead.")


def _refuse_limits_below(limits: Limits, committed: Commitment) -> None:
    if limits.budget_cents is not None and limits.budget_cents < committed.cents:
        raise Conflict(
            "budget_below_committed",
            f"{committed.cents} cents are spent or reserved already.",
            field="limits.budget_cents",
        )
    if limits.max_uses is not None and limits.max_uses < committed.uses:
        raise Conflict("uses_below_committed", f"{committed.uses} codes are out already.", field="limits.max_uses")


def _refuse_frozen_changes(before: Offer, after: Offer) -> None:
    try:
        refuse_frozen_changes(before, after)
    except Conflict as error:
        raise Conflict(error.code, f"offer {after.offer_id}: {error.message}", field=error.field) from None
