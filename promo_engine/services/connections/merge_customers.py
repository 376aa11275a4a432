"""Two customers turn out to be one: a guest who made an account, or an account that got an e-mail address."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from promo_engine.domain.catalogue.shop_changes import CustomerNamed
from promo_engine.domain.connections.privacy_requests import PrivacyKind, PrivacyRequest
from promo_engine.domain.customers.shop_orders import ShopCustomer
from promo_engine.domain.events import CustomersMerged
from promo_engine.ports.unit_of_work import UnitOfWork


async def settle_identity(unit: UnitOfWork, item: ShopCustomer, *, source_id: str) -> tuple[str, list[str]]:
    """Find who is the same person as a customer that is about to be stored.

    Returns the id to store it under, and ids that have to be merged into it: customers that the same shop calls by the
    same name, and guests with the same e-mail address. Two accounts with one address stay two.
    """
    current = await unit.privacy.current_id(item.customer_id) or item.customer_id
    called = await unit.privacy.people(
        email_hash="", external_ids=tuple(item.aliases.values()), order_ids=(), source_id=source_id
    )
    same_address = []
    if item.email_hash:
        same_address = await unit.privacy.people(
            email_hash=item.email_hash, external_ids=(), order_ids=(), source_id=None
        )
    guests = await unit.privacy.guests(same_address)
    others = {*called, *(found for found in same_address if found in guests or item.guest)} - {current}
    accounts = sorted(others - await unit.privacy.guests(others))
    if item.guest and accounts and current not in called:
        # A guest of an account that is there: the account stays, whatever the guest is called.
        return accounts[0], sorted({current, *others} - {accounts[0]})
    return current, sorted(others)


async def learn_name(unit: UnitOfWork, item: CustomerNamed, *, source_id: str, at: datetime) -> str | None:
    """Note what a shop calls the customer of an order; return the customer where that was news.

    Whoever the shop calls so already keeps the name: an order merges no two customers of whom the shop spoke, since an
    address that is typed at a checkout proves nothing. One who only chatted under the name, which the shop has signed,
    is merged, unless several shops are connected and the name may be another one's.
    """
    current = await unit.privacy.current_id(item.customer_id)
    if current is None or item.external_id == current:
        return None
    called = await unit.privacy.people(
        email_hash="", external_ids=(item.external_id,), order_ids=(), source_id=source_id
    )
    if called:
        return None
    await unit.privacy.add_alias(current, source_id=source_id, external_id=item.external_id)
    connected = [source for source in await unit.sources.all() if source.disabled_at is None]
    if len(connected) == 1 and await unit.privacy.unreported(item.external_id):
        await merge(unit, item.external_id, into=current, requested_by=f"source:{source_id}", at=at)
    return current


async def merge(unit: UnitOfWork, gone: str, *, into: str, requested_by: str, at: datetime) -> None:
    """Move everything of one customer to another, and let the gateway do the same for conversations."""
    if not await unit.customers.exists(gone):
        return
    counts = await unit.privacy.merge(gone, into=into, at=at)
    unit.publish(CustomersMerged(gone, into))
    await unit.privacy.add_request(
        PrivacyRequest(
            request_id=str(uuid4()),
            kind=PrivacyKind.MERGE,
            requested_by=requested_by,
            customer_ids=(gone, into),
            requested_at=at,
            counts=counts,
        )
    )
