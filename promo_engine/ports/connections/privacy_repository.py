"""What one person's identifiers touch: everything of a customer is exported, merged or forgotten."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from promo_engine.domain.connections.privacy_requests import PrivacyRequest
from promo_engine.domain.customers.shop_orders import ShopCustomer


class PrivacyRepository(Protocol):
    """Reads and rewrites all rows of a customer, in every table."""

    async def current_id(self, customer_id: str) -> str | None:
        """Return the customer that this identifier means today: itself, the one it was merged into, or the one that
        it is an alias of. None if nobody is called so."""
        ...

    async def customer(self, customer_id: str) -> ShopCustomer | None:
        """Return a customer as shops report one."""
        ...

    async def identifiers_of(self, customer_id: str) -> tuple[str, ...]:
        """Return every identifier of a customer: the id, those merged into it, and the shops' own."""
        ...

    async def email_hashes_of(self, customer_id: str) -> set[str]:
        """Return the hashes of a customer's e-mail addresses."""
        ...

    async def people(
        self, *, email_hash: str, external_ids: Collection[str], order_ids: Collection[str], source_id: str | None
    ) -> list[str]:
        """Return customers that a shop's message means, by e-mail hash, by the shop's own ids, or by an order that has
        no other customer."""
        ...

    async def unreported(self, customer_id: str) -> bool:
        """Say whether there is a customer of this id of whom no shop has said anything: one who only chatted."""
        ...

    async def add_alias(self, customer_id: str, *, source_id: str, external_id: str) -> None:
        """Record what a source calls a customer; a name that it gave before stays with whom it was given to."""
        ...

    async def guests(self, customer_ids: Collection[str]) -> set[str]:
        """Return those of the customers who never made an account."""
        ...

    async def people_of(self, source_id: str) -> list[str]:
        """Return customers that a source reported, or whose orders all came from it."""
        ...

    async def export(self, customer_id: str) -> dict[str, Any]:
        """Return all rows of a customer as JSON, by table."""
        ...

    async def merge(self, customer_id: str, *, into: str, at: datetime) -> dict[str, int]:
        """Move everything of a customer to another one; return how many rows moved, by table."""
        ...

    async def redact(self, customer_id: str, *, new_id: Callable[[], str], at: datetime) -> dict[str, int]:
        """Forget a customer and all who were merged into them; return how many rows changed, by table.

        Every order keeps its sums under a random id of its own, decisions and codes get one random id together.
        """
        ...

    async def forget_source(self, source_id: str) -> dict[str, int]:
        """Delete orders, products and messages of a source; return how many rows, by table."""
        ...

    async def add_request(self, request: PrivacyRequest) -> None:
        """Record a request."""
        ...

    async def request(self, request_id: str) -> PrivacyRequest | None:
        """Return one request."""
        ...

    async def open_requests(self, *, limit: int) -> list[PrivacyRequest]:
        """List what the gateway still has to do, the oldest first."""
        ...

    async def finish(self, request_id: str, *, at: datetime, export: Mapping[str, Any] | None) -> bool:
        """Mark a request as done, without its identifiers. False if there is none that waits."""
        ...

    async def delete_exports(self, *, requested_before: datetime) -> int:
        """Delete old exports; return how many."""
        ...
