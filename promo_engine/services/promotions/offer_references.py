"""Products and brands that offers name have to be the shop's; categories are checked where their names are read."""

from __future__ import annotations

from collections.abc import Iterable

from promo_engine.domain.errors import InvalidRequest
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.offers_on_sale import products_named_in
from promo_engine.ports.unit_of_work import UnitOfWork


async def refuse_unknown(unit: UnitOfWork, offers: Iterable[tuple[Offer | None, Offer]]) -> None:
    """Refuse offers, each with what it was before, that newly name what the shop does not have.

    Raises InvalidRequest `unknown_product` and `unknown_brand` with the offer and the id.
    """
    for before, offer in offers:
        await _refuse_products(unit, offer, products_named_in(offer) - (products_named_in(before) if before else set()))
        brands = offer.scope.brands - (before.scope.brands if before else frozenset())
        for brand in sorted(await unit.catalogue.unknown_brands(brands)):
            raise InvalidRequest(
                "unknown_brand", f"{offer.offer_id}: no product has the brand {brand}.", field="brands"
            )


async def _refuse_products(unit: UnitOfWork, offer: Offer, product_ids: frozenset[str]) -> None:
    if not product_ids:
        return
    known = await unit.catalogue.in_basket(product_ids)
    for product_id in sorted(product_ids):
        field = "products" if product_id in offer.scope.product_ids else "benefit"
        found = known.get(product_id)
        if found is None:
            message = f"{offer.offer_id}: there is no product {product_id}."
            raise InvalidRequest("unknown_product", message, field=field)
        if found.product_id != product_id:
            message = (
                f"{offer.offer_id}: {product_id} is a variant; name its product {found.product_id}, "
                "which stands for all of its variants."
            )
            raise InvalidRequest("unknown_product", message, field=field)
