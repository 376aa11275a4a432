"""Codes and what they hold: reserved at the acceptance, spent at the checkout, given back at every other end.

The functions work inside a unit of work; who opened it commits. Each moves a code, its offer's account and its
promotion's account together, the code first and the promotion's account before the offer's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from promo_engine.domain.codes.codes import CodeState, HeldCode
from promo_engine.domain.errors import Conflict, InvalidRequest, NotFound, ServiceError
from promo_engine.domain.idempotency import KEPT_FOR
from promo_engine.domain.offers.budgets import Account, AccountKind
from promo_engine.domain.offers.limits import reason_against_spending
from promo_engine.domain.offers.promotions import ManagedOffer, Promotion
from promo_engine.ports.unit_of_work import Storage, UnitOfWork

_LOG = logging.getLogger(__name__)
EXPIRE_EVERY_S = 30.0
_BATCH = 500
"""Codes that one transaction lets expire: a writer on SQLite keeps all others waiting."""


def accounts_of(promotion: Promotion, managed: ManagedOffer) -> tuple[Account, Account]:
    """Return the two accounts of an offer's use, in the order in which they are locked."""
    return (
        Account(AccountKind.PROMOTION, promotion.promotion_id, promotion.limits),
        Account(AccountKind.OFFER, managed.offer.offer_id, managed.limits),
    )


async def reserve(unit: UnitOfWork, promotion: Promotion, managed: ManagedOffer, *, now: datetime) -> int:
    """Reserve one use at the offer's expected cost; return the cents. Raises Conflict `offer_sold_out`.

    Codes whose time is over give their use back first, where the caps would refuse otherwise.
    """
    cents = managed.offer.unit_cost_cents
    for account in accounts_of(promotion, managed):
        if await unit.budgets.reserve(account, cents=cents):
            continue
        if not await expire_due(unit, at=now, promotion_id=promotion.promotion_id):
            raise await _sold_out(unit, account, cents)
        if not await unit.budgets.reserve(account, cents=cents):
            raise await _sold_out(unit, account, cents)
    return cents


async def redeem(unit: UnitOfWork, code: str, *, customer_id: str | None, cost_cents: int, now: datetime) -> HeldCode:
    """Turn a reserved code into a used one that cost `cost_cents`; an anonymous customer's code becomes the customer's.

    Raises NotFound `unknown_code`, Conflict `budget_used_up` if the cost is above what was reserved and the rest of the
    caps does not hold the difference, Conflict `offer_already_accepted` if the customer has a code of the offer
    already, and what `HeldCode.check_redeemable` raises.
    """
    held = await locked_code(unit, code)
    held.check_redeemable(customer_id=customer_id, at=now)
    owner = held.customer_id
    if owner is None and customer_id is not None:
        (answered,) = await unit.decisions.answered_offers([(customer_id, "")])
        if held.offer_id in answered.accepted:
            raise Conflict("offer_already_accepted", "This customer has a code of this offer already.", field="code")
        owner = customer_id
    promotion = await unit.promotions.get(held.promotion_id, share=True)
    managed = await unit.promotions.offer(held.offer_id)
    if promotion is None or managed is None:
        raise LookupError(f"code {code} belongs to offer {held.offer_id}, which is gone")
    for account in accounts_of(promotion, managed):
        if not await unit.budgets.spend(account, reserved_cents=held.held_cents, cents=cost_cents):
            raise Conflict("budget_used_up", "What this code would take off is more than the budget holds.")
    after = replace(held, state=CodeState.REDEEMED, held_cents=cost_cents, customer_id=owner)
    await _store(unit, after)
    return after


async def redeem_at_shop(
    unit: UnitOfWork, code: str, *, customer_id: str, cost_cents: int | None, now: datetime
) -> HeldCode | None:
    """Book that a hosted shop took a code for an order. None where it holds nothing any more and no budget is left.

    The order stands, so no rule of ours refuses it. What the caps do not hold above the reservation is not booked: they
    are never passed. `cost_cents` is None where the shop did not say what the code took off.
    """
    held = await locked_code(unit, code)
    if held.state not in (CodeState.RESERVED, CodeState.EXPIRED):
        return None
    promotion = await unit.promotions.get(held.promotion_id, share=True)
    managed = await unit.promotions.offer(held.offer_id)
    if promotion is None or managed is None:
        raise LookupError(f"code {code} belongs to offer {held.offer_id}, which is gone")
    accounts = accounts_of(promotion, managed)
    if held.state is CodeState.EXPIRED and not await _reserve_again(unit, accounts, held.held_cents):
        return None
    booked = await _spend_what_fits(unit, accounts, reserved=held.held_cents, wanted=cost_cents)
    owner = held.customer_id
    if owner is None:
        await unit.customers.lock([customer_id])
        (answered,) = await unit.decisions.answered_offers([(customer_id, "")])
        owner = None if held.offer_id in answered.accepted else customer_id
    after = replace(held, state=CodeState.REDEEMED, held_cents=booked, customer_id=owner)
    await _store(unit, after)
    return after


async def _reserve_again(unit: UnitOfWork, accounts: Sequence[Account], cents: int) -> bool:
    done: list[Account] = []
    for account in accounts:
        if not await unit.budgets.reserve(account, cents=cents):
            for earlier in done:
                await unit.budgets.release(earlier.kind, earlier.owner_id, uses=1, cents=cents)
            return False
        done.append(account)
    return True


async def _spend_what_fits(unit: UnitOfWork, accounts: Sequence[Account], *, reserved: int, wanted: int | None) -> int:
    """Spend a reserved use at what it cost, else at what was reserved; return the cents."""
    cents = reserved if wanted is None else wanted
    done: list[Account] = []
    for account in accounts:
        if not await unit.budgets.spend(account, reserved_cents=reserved, cents=cents):
            for earlier in done:
                await unit.budgets.refund(earlier.kind, earlier.owner_id, uses=0, cents=cents - reserved)
            for rest in accounts[len(done) :]:
                await unit.budgets.spend(rest, reserved_cents=reserved, cents=reserved)
            return reserved
        done.append(account)
    return cents


async def cancel(unit: UnitOfWork, code: str) -> HeldCode:
    """Give a used code's use and money back; it cannot be used again. Repeating changes nothing.

    Raises NotFound `unknown_code` and Conflict `code_not_redeemed`.
    """
    held = await locked_code(unit, code)
    if held.state is CodeState.RELEASED:
        return held
    if held.state is not CodeState.REDEEMED:
        raise Conflict("code_not_redeemed", "This code has not been used.", field="code")
    for kind, owner_id in _owners(held):
        await unit.budgets.refund(kind, owner_id, uses=1, cents=held.held_cents)
    after = replace(held, state=CodeState.RELEASED)
    await _store(unit, after)
    await _take_back(unit, code)
    return after


async def refund(unit: UnitOfWork, code: str, *, cents: int) -> HeldCode:
    """Give a part of what a used code cost back to the budgets; the use stays.

    Raises NotFound `unknown_code`, Conflict `code_not_redeemed` and InvalidRequest `refund_above_cost`.
    """
    held = await locked_code(unit, code)
    if held.state is not CodeState.REDEEMED:
        raise Conflict("code_not_redeemed", "This code has not been used.", field="code")
    if not 0 <= cents <= held.held_cents:
        raise InvalidRequest("refund_above_cost", f"0 to {held.held_cents} cents can be given back.", field="cents")
    for kind, owner_id in _owners(held):
        await unit.budgets.refund(kind, owner_id, uses=0, cents=cents)
    after = replace(held, held_cents=held.held_cents - cents)
    await _store(unit, after)
    return after


async def release(unit: UnitOfWork, code: str) -> HeldCode:
    """Withdraw a reserved code. Repeating changes nothing. Raises NotFound `unknown_code`, Conflict `code_redeemed`."""
    held = await locked_code(unit, code)
    if held.state is CodeState.REDEEMED:
        raise Conflict("code_redeemed", "This code has been used; cancel that instead.", field="code")
    if held.state is not CodeState.RESERVED:
        return held
    return await _give_back(unit, held, CodeState.RELEASED)


async def expire_due(unit: UnitOfWork, *, at: datetime, promotion_id: str | None = None) -> int:
    """Let reserved codes expire whose time is over, some hundred at most; return how many."""
    due = await unit.codes.due(at=at, promotion_id=promotion_id, limit=_BATCH)
    for held in sorted(due, key=lambda code: (code.promotion_id, code.offer_id)):
        await _give_back(unit, held, CodeState.EXPIRED)
    return len(due)


async def locked_code(unit: UnitOfWork, code: str) -> HeldCode:
    """Return a code that stays as it is until the unit ends. Raises NotFound `unknown_code`."""
    held = await unit.codes.get(code, lock=True)
    if held is None:
        raise NotFound("unknown_code", "There is no such code.", field="code")
    return held


async def _give_back(unit: UnitOfWork, held: HeldCode, state: CodeState) -> HeldCode:
    for kind, owner_id in _owners(held):
        await unit.budgets.release(kind, owner_id, uses=1, cents=held.held_cents)
    after = replace(held, state=state)
    await _store(unit, after)
    await _take_back(unit, held.code)
    return after


async def _take_back(unit: UnitOfWork, code: str) -> None:
    """Let the hosted shop that has the code, if one has, be told that nobody may use it any more."""
    hosted = await unit.hosted_codes.get(code, lock=True)
    if hosted is not None and (after := hosted.ended()) is not hosted:
        await unit.hosted_codes.save(after)


async def _store(unit: UnitOfWork, held: HeldCode) -> None:
    await unit.codes.move(held.code, held.state, held_cents=held.held_cents, customer_id=held.customer_id)


def _owners(held: HeldCode) -> tuple[tuple[AccountKind, str], tuple[AccountKind, str]]:
    return (AccountKind.PROMOTION, held.promotion_id), (AccountKind.OFFER, held.offer_id)


async def _sold_out(unit: UnitOfWork, account: Account, cents: int) -> ServiceError:
    what = f"this {account.kind}"
    committed = await unit.budgets.commitment(account.kind, account.owner_id)
    reason = reason_against_spending(account.limits, committed, unit_cost_cents=cents, what=what)
    sentence = reason or f"the budget of {what} is used up"
    return Conflict("offer_sold_out", f"{sentence[0].upper()}{sentence[1:]}.")


class CodeService:
    """Imports pools of codes, and lets codes expire and kept replies be forgotten in the background."""

    def __init__(self, storage: Storage, *, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._clock = clock

    async def run(self) -> None:
        """Tidy for ever. A round that fails is logged and tried again."""
        while True:
            await asyncio.sleep(EXPIRE_EVERY_S)
            try:
                await self.tidy()
            except Exception:
                # The loop must outlive a database that goes away.
                _LOG.exception("tidying codes failed, trying again in %s s", EXPIRE_EVERY_S)

    async def tidy(self) -> int:
        """Let all codes expire whose time is over, and forget old replies; return how many codes expired."""
        now, expired = self._clock(), 0
        while True:
            async with self._storage.write() as unit:
                batch = await expire_due(unit, at=now)
                if batch < _BATCH:
                    await unit.replies.prune(created_before=now - KEPT_FOR)
                    return expired + batch
            expired += batch

    async def import_pool(self, offer_id: str, codes: Sequence[str]) -> int:
        """Append codes to an offer's pool, all or none; return how many.

        Raises NotFound `unknown_offer` and Conflict `code_exists`, which names the first that is taken.
        """
        async with self._storage.write() as unit:
            if await unit.promotions.offer(offer_id) is None:
                raise NotFound("unknown_offer", f"There is no offer {offer_id}.", field="offer_id")
            known = await unit.codes.known(codes)
            for number, code in enumerate(codes, 1):
                if code in known:
                    raise Conflict("code_exists", f"code {number}, {code}, is in a pool or with a shopper already")
            await unit.codes.add_to_pool(offer_id, codes)
        return len(codes)
