"""What the engine asks of a connected shop: where an order is, a change of it, a code. Adapters are in `shops`."""

from __future__ import annotations

from typing import Protocol

from promo_engine.domain.codes.hosted_checkout import HostedDiscount
from promo_engine.domain.customers.change_requests import ChangeRequest, ShopAnswer
from promo_engine.domain.customers.order_report import StoredOrder
from promo_engine.domain.customers.shop_orders import ShopOrder
from promo_engine.ports.shop.connected_shop_repository import ConnectedShop

BY_A_PERSON = "That is changed by a person."
"""Answer to a change that the shop's interface does not take."""


class ShopUnreachableError(Exception):
    """The shop gave no usable answer; the same request may work later. The message says what happened, in one line."""


class CodeRefusedError(Exception):
    """The shop will not make a code, however often it is asked; the message says why, in the shop's words."""


class ShopOrders(Protocol):
    """Reads orders where the shop keeps them."""

    async def with_number(self, number: str) -> list[ShopOrder]:
        """Return the orders with this number, as the shop has them now. Raises ShopUnreachableError."""
        ...


class ShopWriteBack(Protocol):
    """Tells the shop what a customer asks for."""

    async def send(self, request: ChangeRequest, stored: StoredOrder) -> ShopAnswer:
        """Ask the shop for a change; asking again with the same request changes nothing more.

        Raises ShopUnreachableError where it is not certain that the shop has heard it.
        """
        ...


class HostedCodes(Protocol):
    """Makes codes at a shop whose checkout is its own, and takes them back."""

    async def create(self, discount: HostedDiscount) -> str:
        """Make a code; making it again changes nothing. Return the shop's own name for it.

        Raises ShopUnreachableError where it is not certain that the shop has it, CodeRefusedError where it has not and
        never will.
        """
        ...

    async def withdraw(self, code: str, *, reference: str) -> None:
        """Let nobody use a code any more; one that the shop does not have is no error. Raises ShopUnreachableError.

        `reference` is what `create` returned; empty where that is not known.
        """
        ...


class ShopAccess(Protocol):
    """Makes connections from a source's settings; None where the settings name none."""

    def orders(self, shop: ConnectedShop) -> ShopOrders | None:
        """Return how orders are read."""
        ...

    def write_back(self, shop: ConnectedShop) -> ShopWriteBack | None:
        """Return how changes are asked for."""
        ...

    def hosted_codes(self, shop: ConnectedShop) -> HostedCodes | None:
        """Return how codes are made at the shop's own checkout."""
        ...


class NoShopAccess:
    """No shop can be asked for anything."""

    def orders(self, shop: ConnectedShop) -> ShopOrders | None:
        """Return None."""
        return None

    def write_back(self, shop: ConnectedShop) -> ShopWriteBack | None:
        """Return None."""
        return None

    def hosted_codes(self, shop: ConnectedShop) -> HostedCodes | None:
        """Return None."""
        return None
