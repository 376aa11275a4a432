"""Ask the shop for other options of what an order holds, another address or another way to pay."""

import re
from typing import Any, Dict, Optional, Tuple

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.changes import task_wording
from actions.changes.wish import Wish
from actions.changes.wish_details import KINDS, OrderItems, difference, swaps_of
from actions.conversation import Turn
from actions.engine_client import engine
from actions.engine_replies import Order
from actions.orders import order_wording
from actions.orders.change_orders import ChangeOrder, possible
from actions.orders.order_finding import Events, Meant, now
from actions.orders.order_question import waiting_for_number

OFFERING_PERSON = "offering_person"
_OF_ACCOUNT = re.compile(r"\b(?:account|profile|default|saved|on file)\b", re.IGNORECASE)
"""Words for the address that the customer's account keeps."""


class _OtherChange(ChangeOrder):
    """What the changes of this module say alike."""

    def reasons(self, order: Order, *, alone: bool) -> Tuple[str, str]:
        """Why not; of an order on its way that it can be exchanged later."""
        codes = [order.refused_changes.get(kind, "") for kind in KINDS[self.change]]
        why = task_wording.against(codes[-1])
        return f"{order_wording.where_it_is(order, now())} {why}", why


class SwapItems(_OtherChange):
    """Asks the shop for other options: of an order that has not left, or in exchange for what has arrived."""

    change = "swap"

    def name(self) -> str:
        """The domain's name for it."""
        return "action_swap_items"

    async def _items_of(self, order: Order, turn: Turn) -> Optional[OrderItems]:
        options = {}
        for product_id in {str(line["product_id"]) for line in order.lines if line.get("options")}:
            options[product_id] = await engine().options_of(product_id, currency=order.currency)
        return OrderItems.of(order, options) if any(options.values()) else None

    async def say_unknown(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """What can be done in general."""
        dispatcher.utter_message(response="utter_change_order")
        return waiting_for_number(None)

    def cannot_read(self, dispatcher: CollectingDispatcher, order: Order) -> Events:
        """The shop names no options: a person, or a new order."""
        dispatcher.utter_message(response="utter_change_order")
        return waiting_for_number(None)

    def question(self, wish: Wish, held: OrderItems, body: Dict[str, Any], locale: str) -> Optional[str]:
        """Every item with its new options, and what that costs."""
        swaps = swaps_of(wish, held)
        lines = [task_wording.swap_line(swap.item, swap.new) for swap in swaps]
        cents = difference(swaps)
        costs = task_wording.difference_words(cents, held.order.currency, wish.payment, locale)
        return task_wording.listed(held.order.number, lines, [costs, task_wording.shall(body["kind"])])


class ChangeAddress(_OtherChange):
    """Asks the shop to send an order elsewhere, or to keep another address for the account."""

    change = "address"

    def name(self) -> str:
        """The domain's name for it."""
        return "action_change_address"

    async def say_unknown(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Where the customer changes it, and who can."""
        dispatcher.utter_message(response="utter_change_shipping_address")
        return [*waiting_for_number(None), SlotSet(OFFERING_PERSON, True)]

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Take the next of the steps; whether a person is offered is said anew each time."""
        return [SlotSet(OFFERING_PERSON, None), *await super().run(dispatcher, tracker, domain)]

    async def _find(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, meant: Meant, wish: Wish
    ) -> Events:
        if _OF_ACCOUNT.search(turn.text) and meant.orders:
            wish.of_account = True  # the shop of the newest order is the one that keeps the account
            return await self._ask_about(dispatcher, tracker, meant.orders[0].number, turn, wish)
        if not meant.said and not any(possible(order, self.change) for order in meant.orders):
            return await self.say_unknown(dispatcher, tracker)
        return await super()._find(dispatcher, tracker, turn, meant, wish)

    def question(self, wish: Wish, held: OrderItems, body: Dict[str, Any], locale: str) -> Optional[str]:
        """With the whole address."""
        return task_wording.shall(body["kind"], number=held.order.number, address=str(wish.address))


class ChangePayment(_OtherChange):
    """Asks the shop to have an order paid otherwise."""

    change = "payment"

    def name(self) -> str:
        """The domain's name for it."""
        return "action_change_payment"

    def question(self, wish: Wish, held: OrderItems, body: Dict[str, Any], locale: str) -> Optional[str]:
        """With the way to pay."""
        return task_wording.shall("payment", number=held.order.number, payment=str(wish.payment))
