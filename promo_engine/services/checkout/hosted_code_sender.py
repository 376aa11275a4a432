"""Makes codes at the hosted shop, and takes those back that have ended here.

An attempt that was cut off is made again; the shop then finds the code that it has.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.codes.codes import HeldCode
from promo_engine.domain.codes.hosted_checkout import HostedCheckout, HostedDiscount
from promo_engine.domain.codes.hosted_codes import HostedCode, HostedCodeState
from promo_engine.domain.errors import ServiceError
from promo_engine.ports.shop.shop_access import CodeRefusedError, HostedCodes, ShopAccess, ShopUnreachableError
from promo_engine.ports.unit_of_work import Storage, UnitOfWork
from promo_engine.services.checkout import code_service
from promo_engine.services.outbox import Outbox, within_patience
from promo_engine.services.promotions.hosted_offers import products_of, reason_against

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Claim:
    """One attempt: what is to be done at which shop."""

    hosted: HostedCode
    shop: HostedCodes | None
    discount: HostedDiscount | None
    """None: the code is taken back."""


class HostedCodeSender(Outbox[HostedCodeState]):
    """Makes and takes back what is due, and one code at once where somebody waits for it."""

    CONTENT = "codes"

    def __init__(self, storage: Storage, *, access: ShopAccess, clock: Callable[[], datetime]) -> None:
        super().__init__(storage, clock=clock)
        self._access = access

    async def _due(self, unit: UnitOfWork, *, limit: int) -> list[str]:
        return await unit.hosted_codes.due(at=self._clock(), limit=limit)

    async def _counts(self, unit: UnitOfWork) -> dict[HostedCodeState, int]:
        return await unit.hosted_codes.counts()

    async def _send_awaited(self, key: str) -> None:
        """Make one code, also before its time.

        A shopper who asks again does not wait for the queue's pause, and does not use up its attempts.
        """
        await self._attempt(key, impatient=True)

    async def _send(self, key: str) -> None:
        await self._attempt(key, impatient=False)

    async def _attempt(self, code: str, *, impatient: bool) -> None:
        claim = await self._claim(code, impatient=impatient)
        if claim is None:
            return
        try:
            reference = await within_patience(_done(claim))
        except CodeRefusedError as error:
            _LOG.warning("the shop refuses to make code …%s: %s", code[-6:], error)
            await self._fail(claim, str(error), for_good=True)
        except ShopUnreachableError as error:
            _LOG.warning("code …%s at the shop, attempt %s: %s", code[-6:], claim.hosted.attempts, error)
            await self._fail(claim, str(error), for_good=False)
        else:
            await self._succeed(claim, reference)

    async def _claim(self, code: str, *, impatient: bool) -> _Claim | None:
        async with self._storage.write() as unit:
            held = await unit.codes.get(code, lock=True)
            hosted = await unit.hosted_codes.get(code, lock=True)
            now = self._clock()
            if held is None or hosted is None or hosted.next_try_at is None:
                return None
            if hosted.next_try_at <= now:
                hosted = hosted.begin_attempt(now)
                await unit.hosted_codes.save(hosted)
            elif not impatient:
                return None
            shop = await unit.connected_shops.get(hosted.source_id)
            way = None if shop is None else self._access.hosted_codes(shop)
            if hosted.state is HostedCodeState.WITHDRAWING:
                return _Claim(hosted, way, None)
            checkout = (
                None
                if shop is None
                else HostedCheckout.of(shop.source_id, kind=shop.kind, settings=shop.settings, connected=shop.connected)
            )
            if checkout is None:
                return _Claim(hosted, None, None)
            return await self._discounted(unit, held, hosted, checkout, way)

    async def _discounted(
        self, unit: UnitOfWork, held: HeldCode, hosted: HostedCode, checkout: HostedCheckout, way: HostedCodes | None
    ) -> _Claim | None:
        managed = await unit.promotions.offer(held.offer_id)
        assert managed is not None, "an offer with a code is never deleted"
        offer = managed.offer
        reason = await reason_against(unit, checkout, offer)
        if reason is not None:
            await _give_up(unit, held, hosted.refused(reason))
            return None
        discount = checkout.discount(
            offer,
            code=held.code,
            decision_id=held.decision_id,
            starts_at=offer.starts_at,
            ends_at=held.expires_at,
            products=[
                number
                for names in (await products_of(unit, offer)).values()
                if (number := checkout.number_in(names)) is not None
            ],
        )
        return _Claim(hosted, way, discount)

    async def _succeed(self, claim: _Claim, reference: str) -> None:
        async with self._storage.write() as unit:
            _, hosted = await _locked(unit, claim)
            if claim.discount is None:
                await unit.hosted_codes.save(hosted.withdrawn())
            else:
                await unit.hosted_codes.save(hosted.created(reference, self._clock()))

    async def _fail(self, claim: _Claim, why: str, *, for_good: bool) -> None:
        async with self._storage.write() as unit:
            held, hosted = await _locked(unit, claim)
            if hosted.state is not claim.hosted.state:
                # It ended here, or another attempt made it, while the shop was asked.
                return
            if hosted.state is HostedCodeState.WITHDRAWING:
                over = self._clock() >= held.expires_at
                await unit.hosted_codes.save(hosted.withdrawn() if over else hosted.failed_attempt(why))
                return
            after = hosted.refused(why) if for_good else hosted.failed_attempt(why)
            if after.state is HostedCodeState.FAILED:
                await _give_up(unit, held, after)
            else:
                await unit.hosted_codes.save(after)


async def _locked(unit: UnitOfWork, claim: _Claim) -> tuple[HeldCode, HostedCode]:
    held = await unit.codes.get(claim.hosted.code, lock=True)
    hosted = await unit.hosted_codes.get(claim.hosted.code, lock=True)
    assert held is not None and hosted is not None, "a code is never deleted"
    return held, hosted


async def _give_up(unit: UnitOfWork, held: HeldCode, failed: HostedCode) -> None:
    """Record that nobody gets the code, and give back what it holds."""
    await unit.hosted_codes.save(failed)
    try:
        await code_service.release(unit, held.code)
    except ServiceError:
        # An order of the shop has used it: the shop has it after all.
        _LOG.warning("code …%s was used, although the shop could not be asked for it", held.code[-6:])


async def _done(claim: _Claim) -> str:
    if claim.shop is None:
        raise ShopUnreachableError("the shop's connection is no longer configured")
    if claim.discount is not None:
        return await claim.shop.create(claim.discount)
    await claim.shop.withdraw(claim.hosted.code, reference=claim.hosted.shop_reference)
    return ""
