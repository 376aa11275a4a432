"""Offers of a shop whose checkout is hosted elsewhere: what its codes cannot give is refused when it is made."""

from __future__ import annotations

from collections.abc import Iterable

from promo_engine.domain.codes.hosted_checkout import HostedCheckout
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


async def refuse_impossible(unit: UnitOfWork, offers: Iterable[tuple[Offer | None, Offer]]) -> None:
    """Refuse offers, each with what it was before, that newly promise what the shop's checkout cannot give.

    Raises InvalidRequest `impossible_at_checkout` with the offer and the reason.
    """
    checkout = await hosted_checkout(unit)
    if checkout is None or not checkout.connected:
        return
    for before, offer in offers:
        reason = checkout.reason_against(offer)
        if reason is not None and (before is None or checkout.reason_against(before) is None):
            raise InvalidRequest("impossible_at_checkout", f"{offer.offer_id}: {reason}.", field="benefit")
