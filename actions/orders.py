"""Where an order is; cancel it; send it back. Changes are confirmed first and only for a customer who is signed in."""

import logging
from abc import ABC, abstractmethod
from typing import Any, Dict, List

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import wording
from actions.conversation import Turn
from actions.engine_client import engine
from actions.engine_replies import EngineRefusal, EngineUnavailable, Order
from actions.order_question import change_to_confirm, waiting_for_number, waiting_for_yes

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
        customer_id = Turn.of(tracker).customer_id
        number = tracker.get_slot("order_number")
        try:
            if number:
                order = await engine().order(number, customer_id=customer_id)
                dispatcher.utter_message(
                    text=wording.order_state(order), json_message=_card(order.order_id, order.state)
                )
                return waiting_for_number(None)
            if customer_id:
                _say_newest(dispatcher, await engine().newest_orders(customer_id, limit=SHOWN_ORDERS))
                return waiting_for_number(None)
        except EngineUnavailable as error:
            return _engine_away(dispatcher, error)
        except EngineRefusal as error:
            if number:
                return _unknown(dispatcher, number, error, task="track")
            logger.warning("Customer %s has no orders to show: %s", customer_id, error)
        dispatcher.utter_message(response="utter_ask_order_number")
        return waiting_for_number("track")


class _ChangeOrder(Action, ABC):
    """Asks for the number, then for a yes, then changes the order."""

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
        if not number:
            dispatcher.utter_message(response="utter_ask_order_number")
            return waiting_for_number(self.change)
        if turn.customer_id is None:
            dispatcher.utter_message(text=wording.SIGN_IN_FIRST)
            return waiting_for_number(None)
        confirmed = turn.intent == "affirm" and change_to_confirm(tracker) == self.change
        try:
            if confirmed:
                return await self._do(dispatcher, number, turn.customer_id)
            return await self._ask(dispatcher, number, turn)
        except EngineUnavailable as error:
            return _engine_away(dispatcher, error)

    async def _ask(self, dispatcher: CollectingDispatcher, number: str, turn: Turn) -> Events:
        try:
            order = await engine().order(number, customer_id=turn.customer_id)
        except EngineRefusal as error:
            return _unknown(dispatcher, number, error, task=self.change)
        possible = order.can_cancel if self.change == "cancel" else order.can_return
        if not order.yours:
            dispatcher.utter_message(text=wording.NOT_YOURS)
            return waiting_for_number(None)
        if not possible:
            dispatcher.utter_message(text=wording.change_refused(order, self.change))
            return waiting_for_number(None)
        dispatcher.utter_message(text=wording.confirm_change(number, self.change), buttons=list(YES_NO_BUTTONS))
        return waiting_for_yes(self.change, asked_in=turn)

    async def _do(self, dispatcher: CollectingDispatcher, number: str, customer_id: str) -> Events:
        try:
            state = await engine().change_order(number, change=self.change, customer_id=customer_id)
        except EngineRefusal as error:
            logger.warning("Order %s: %s refused: %s", number, self.change, error)
            not_yours = error.code == "order_of_another_customer"
            dispatcher.utter_message(
                text=wording.NOT_YOURS if not_yours else wording.change_refused_late(number, self.change)
            )
            return waiting_for_number(None)
        dispatcher.utter_message(text=wording.change_done(number, self.change), json_message=_card(number, state))
        return waiting_for_number(None)


class CancelOrder(_ChangeOrder):
    """Cancels an order that is still being packed."""

    change = "cancel"


class ReturnOrder(_ChangeOrder):
    """Registers a return."""

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


def _say_newest(dispatcher: CollectingDispatcher, orders: List[Order]) -> None:
    if not orders:
        dispatcher.utter_message(text=wording.NO_ORDERS)
        return
    newest = orders[0]
    dispatcher.utter_message(text=wording.newest_orders(orders), json_message=_card(newest.order_id, newest.state))


def _unknown(dispatcher: CollectingDispatcher, number: str, error: EngineRefusal, *, task: str) -> Events:
    """The number leads nowhere: forget it and wait for another."""
    logger.info("Order %s: %s", number, error)
    dispatcher.utter_message(text=wording.unknown_order(number))
    return [SlotSet("order_number", None), *waiting_for_number(task)]


def _engine_away(dispatcher: CollectingDispatcher, error: EngineUnavailable) -> Events:
    logger.error("An order could not be looked up: %s", error)
    dispatcher.utter_message(text=wording.ENGINE_AWAY)
    return waiting_for_number(None)


def _card(order_id: str, state: str) -> Dict[str, Any]:
    return {"kind": "order", "order_id": order_id, "state": state}
