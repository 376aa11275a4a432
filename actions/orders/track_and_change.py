"""Where an order is; ask the shop to cancel it or to take it back.

Who is not signed in shows that an order is theirs by its e-mail address or postcode. Changes are confirmed first, only
for a customer who is signed in, and they are the shop's to make.
"""

import logging
from abc import ABC, abstractmethod
from datetime import datetime, timezone
from typing import Any, Dict, List

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import wording
from actions.conversation import Turn
from actions.engine_client import engine
from actions.engine_replies import EngineRefusal, EngineUnavailable, Order, OrderChange
from actions.orders import order_wording
from actions.orders.order_proof import Proof, proof_in
from actions.orders.order_question import (
    change_to_confirm,
    handing_over,
    waiting_for_number,
    waiting_for_proof,
    waiting_for_yes,
)

logger = logging.getLogger(__name__)

Events = List[Dict[str, Any]]

SHOWN_ORDERS = 3
YES_NO_BUTTONS = [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]


class TrackOrder(Action):
    """Tells where an order is; without a number, where a signed-in customer's newest ones are."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_track_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Look up and say."""
        turn = Turn.of(tracker)
        waiting = tracker.get_slot("verifying_number") if tracker.get_slot("pending_task") == "verify" else None
        number = waiting or tracker.get_slot("order_number")
        try:
            if number:
                proof = proof_in(turn.text, number=number, wanted=waiting is not None)
                return await self._one(dispatcher, number, turn, proof)
            return await self._newest(dispatcher, turn)
        except EngineUnavailable as error:
            return _engine_away(dispatcher, error)

    async def _one(self, dispatcher: CollectingDispatcher, number: str, turn: Turn, proof: Proof) -> Events:
        """The order with this number, which stays the one that the conversation is about."""
        try:
            order = await engine().look_up_order(number, turn, email=proof.email, postcode=proof.postcode)
        except EngineRefusal as error:
            return _not_shown(dispatcher, number, error, proven=bool(proof))
        _say(dispatcher, order)
        return [SlotSet("order_number", number), *waiting_for_number(None), SlotSet("verifying_number", None)]

    async def _newest(self, dispatcher: CollectingDispatcher, turn: Turn) -> Events:
        if turn.customer_id:
            try:
                orders = await engine().newest_orders(turn.customer_id, limit=SHOWN_ORDERS)
            except EngineRefusal as error:
                logger.warning("Customer %s has no orders to show: %s", turn.customer_id, error)
            else:
                if orders or await engine().knows_orders():
                    _say_newest(dispatcher, orders)
                    return waiting_for_number(None)
        if not await engine().knows_orders():
            dispatcher.utter_message(text=order_wording.NO_ORDERS_HERE)
            return handing_over()
        dispatcher.utter_message(response="utter_ask_order_number")
        return waiting_for_number("track")


class _ChangeOrder(Action, ABC):
    """Asks for the number, then for a yes, then has the shop asked."""

    @property
    @abstractmethod  # the SDK registers every Action that is not abstract
    def change(self) -> str:
        """`cancel` or `return`."""

    def name(self) -> str:
        """The domain's name for it."""
        return f"action_{self.change}_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Take the next of the three steps."""
        turn = Turn.of(tracker)
        number = tracker.get_slot("order_number")
        try:
            if not number:
                return await self._ask_number(dispatcher)
            if turn.customer_id is None:
                dispatcher.utter_message(text=order_wording.SIGN_IN_FIRST, buttons=[order_wording.PERSON_BUTTON])
                return waiting_for_number(None)
            if turn.intent == "affirm" and change_to_confirm(tracker) == self.change:
                return await self._do(dispatcher, number, turn)
            return await self._ask(dispatcher, number, turn)
        except EngineUnavailable as error:
            return _engine_away(dispatcher, error)

    async def _ask_number(self, dispatcher: CollectingDispatcher) -> Events:
        if not await engine().knows_orders():
            dispatcher.utter_message(text=order_wording.NO_ORDERS_HERE)
            return handing_over()
        dispatcher.utter_message(response="utter_ask_order_number")
        return waiting_for_number(self.change)

    async def _ask(self, dispatcher: CollectingDispatcher, number: str, turn: Turn) -> Events:
        try:
            order = await engine().look_up_order(number, turn)
        except EngineRefusal as error:
            return _unknown(dispatcher, number, error, task=self.change)
        earlier = order.change(self.change)
        if earlier is not None and earlier.state != "failed":
            _say_change(dispatcher, order.number, earlier)
            return waiting_for_number(None)
        against = order.refused_changes.get(self.change)
        if against == "shop_not_connected":
            dispatcher.utter_message(text=order_wording.ASKED_BY_PERSON)
            return handing_over()
        if against is not None:
            text = order_wording.change_impossible(order, self.change, now=_now())
            dispatcher.utter_message(text=text, buttons=[order_wording.PERSON_BUTTON])
            return waiting_for_number(None)
        question = order_wording.confirm_change(order.number, self.change)
        dispatcher.utter_message(text=question, buttons=list(YES_NO_BUTTONS))
        return waiting_for_yes(self.change, asked_in=turn)

    async def _do(self, dispatcher: CollectingDispatcher, number: str, turn: Turn) -> Events:
        try:
            change = await engine().ask_for_change(number, turn, change=self.change)
        except EngineRefusal as error:
            logger.warning("Order %s: %s refused: %s", number, self.change, error)
            if error.code == "shop_not_connected":
                dispatcher.utter_message(text=order_wording.ASKED_BY_PERSON)
                return handing_over()
            if error.code == "unknown_order":
                return _unknown(dispatcher, number, error, task=self.change)
            text = order_wording.change_moved_on(number, self.change)
            dispatcher.utter_message(text=text, buttons=[order_wording.PERSON_BUTTON])
            return waiting_for_number(None)
        _say_change(dispatcher, number, change)
        return waiting_for_number(None)


class CancelOrder(_ChangeOrder):
    """Asks the shop to cancel an order."""

    change = "cancel"


class ReturnOrder(_ChangeOrder):
    """Asks the shop to take an order back."""

    change = "return"


class DropTask(Action):
    """Forgets the open question about an order; touches no order."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_drop_task"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Say that nothing was changed."""
        dispatcher.utter_message(response="utter_task_dropped")
        return waiting_for_number(None)


def _say(dispatcher: CollectingDispatcher, order: Order) -> None:
    dispatcher.utter_message(
        text=order_wording.order_state(order, now=_now()),
        json_message=order_wording.order_card(order),
        buttons=[order_wording.PERSON_BUTTON] if order.state in order_wording.NEEDS_A_PERSON else [],
    )


def _say_newest(dispatcher: CollectingDispatcher, orders: List[Order]) -> None:
    if not orders:
        dispatcher.utter_message(text=order_wording.NO_ORDERS)
        return
    if len(orders) == 1:
        _say(dispatcher, orders[0])
        return
    cards = [order_wording.order_card(order) for order in orders]
    card = {**cards[0], "shipments": [parcel for each in cards for parcel in each["shipments"]]}
    dispatcher.utter_message(text=order_wording.newest_orders(orders, now=_now()), json_message=card)


def _say_change(dispatcher: CollectingDispatcher, number: str, change: OrderChange) -> None:
    """How far a change is; where the shop did not say yes, a person is offered."""
    dispatcher.utter_message(
        text=order_wording.change_state(number, change),
        buttons=[order_wording.PERSON_BUTTON] if change.state in ("refused", "failed") else [],
    )


def _not_shown(dispatcher: CollectingDispatcher, number: str, error: EngineRefusal, *, proven: bool) -> Events:
    """The order is not shown: a proof is missing or wrong, or there is no such order; the last two sound alike."""
    if error.code == "proof_needed":
        dispatcher.utter_message(text=order_wording.ASK_FOR_PROOF)
        return waiting_for_proof(number)
    if error.code == "too_many_attempts":
        dispatcher.utter_message(text=order_wording.TOO_MANY_TRIES, buttons=[order_wording.PERSON_BUTTON])
        return [SlotSet("order_number", None), *waiting_for_number(None)]
    if proven:
        logger.info("Order %s: %s", number, error)
        dispatcher.utter_message(text=order_wording.WRONG_PROOF)
        return [SlotSet("order_number", None), *waiting_for_number("track")]
    return _unknown(dispatcher, number, error, task="track")


def _unknown(dispatcher: CollectingDispatcher, number: str, error: EngineRefusal, *, task: str) -> Events:
    """The number leads nowhere: forget it and wait for another."""
    logger.info("Order %s: %s", number, error)
    dispatcher.utter_message(text=order_wording.unknown_order(number))
    return [SlotSet("order_number", None), *waiting_for_number(task)]


def _engine_away(dispatcher: CollectingDispatcher, error: EngineUnavailable) -> Events:
    logger.error("An order could not be looked up: %s", error)
    dispatcher.utter_message(text=wording.ENGINE_AWAY)
    return waiting_for_number(None)


def _now() -> datetime:
    return datetime.now(timezone.utc)
