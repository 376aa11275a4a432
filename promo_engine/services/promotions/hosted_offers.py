"""Offers of a shop whose checkout is hosted elsewhere: what its codes cannot give is refused when it is made."""

from __future__ import annotations

from collections.abc import Iterable

from promo_engine.domain.codes.hosted_checkout import MOST_PRODUCTS, HostedCheckout
from promo_engine.domain.errors import InvalidRequest
from promo_engine.domain.offers.offers import Offer
from promo_engine.ports.unit_of_work import UnitOfWork


async def hosted_checkout(unit: UnitOfWork) -> HostedCheckout | None:
    """Return the shop at whose checkout codes are used; None where that is our own."""
    for shop in await unit.connected_shops.all():
        found = HostedCheckout.of(shop.source_id, kind=shop.kind, settings=shop.settings, connected=shop.connected)
        if found is not None:
            return found
    return None


async def impossible_at(unit: UnitOfWork, checkout: HostedCheckout | None, offers: Iterable[Offer]) -> dict[str, str]:
    """Say of the offers that the shop's checkout cannot give why not, by offer_id."""
    if checkout is None:
        return {}
    found = {offer.offer_id: await reason_against(unit, checkout, offer) for offer in offers}
    return {offer_id: reason for offer_id, reason in found.items() if reason is not None}


async def reason_against(unit: UnitOfWork, checkout: HostedCheckout, offer: Offer) -> str | None:
    """Say in one clause why the shop's checkout cannot give an offer; None if it can."""
    reason = checkout.reason_against(offer)
    if reason is not None or offer.scope.is_whole_basket:
        return reason
    return checkout.reason_against_numbers(await products_of(unit, offer))


async def products_of(unit: UnitOfWork, offer: Offer) -> dict[str, tuple[str, ...]]:
    """Return the products that a code of the offer names, with their shops' names for them; none for everything."""
    if offer.scope.is_whole_basket:
        return {}
    return await unit.hosted_codes.products_in(offer.scope, limit=MOST_PRODUCTS + 1)


async def refuse_impossible(unit: UnitOfWork, offers: Iterable[tuple[Offer | None, Offer]]) -> None:
    """Refuse offers, each with what it was before, that newly promise what the shop's checkout cannot give.

    Raises InvalidRequest `impossible_at_checkout` with the offer and the reason.
    """
    checkout = await hosted_checkout(unit)
    if checkout is None or not checkout.connected:
        return
    for before, offer in offers:
        reason = await reason_against(unit, checkout, offer)
        if reason is not None and (before is None or await reason_against(unit, checkout, before) is None):
            raise InvalidRequest("impossible_at_checkout", f"{offer.offer_id}: {reason}.", field="benefit")
