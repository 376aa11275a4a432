"""Ask the shop to cancel an order or to take it back; say which orders it can be asked about.

Changes are confirmed first, only for a customer who is signed in, and they are the shop's to make.
"""

import logging
import re
from abc import ABC, abstractmethod
from typing import List

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import Turn, said_before, unlike
from actions.engine_client import engine
from actions.engine_replies import EngineRefusal, EngineUnavailable, Order, OrderChange
from actions.language import say
from actions.orders import change_wording, order_summaries, order_wording
from actions.orders.order_answers import (
    MOST_CHOICES,
    ask_to_sign_in,
    ask_which,
    engine_away,
    say_no_orders,
    say_not_found,
    say_not_in_account,
)
from actions.orders.order_finding import Events, Meant, about, now, orders_meant, showing
from actions.orders.order_question import (
    change_to_confirm,
    handing_over,
    number_to_confirm,
    waiting_for_number,
    waiting_for_yes,
)

logger = logging.getLogger(__name__)

YES_NO_BUTTONS = [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]
NOT_CONNECTED = "shop_not_connected"
ASKS_WHETHER = {"can_cancel", "can_return"}
NAMES_AN_ORDER = {"cancel_order", "return_order", "inform_order_number", "affirm", *ASKS_WHETHER}
"""Intents whose message may say which order is meant; after any other one the open question is asked again."""
_HOW = re.compile(r"\bhow (?:do|can|could|would|should|does|to)\b", re.IGNORECASE)
"""A question how it is done, which may be asked before anybody wants it."""
_WHETHER = re.compile(
    r"\b(?:can|could|may|might) (?:i|we|it|that|this|the|my|one|you still)\b|\bis (?:it|there) (?:still )?time"
    r"|\b(?:still|possible|able to|too late|allowed)\b",
    re.IGNORECASE,
)
"""A question whether it can be done, which is not a request to do it."""


class _ChangeOrder(Action, ABC):
    """Finds the order, asks for a yes, then has the shop asked."""

    @property
    @abstractmethod  # the SDK registers every Action that is not abstract
    def change(self) -> str:
        """`cancel` or `return`."""

    def name(self) -> str:
        """The domain's name for it."""
        return f"action_{self.change}_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Take the next of the steps."""
        turn = Turn.of(tracker)
        waiting = number_to_confirm(tracker) if change_to_confirm(tracker) == self.change else None
        try:
            meant = await orders_meant(tracker, turn)
            if meant is None:
                return await ask_to_sign_in(dispatcher, tracker, order_wording.SIGN_IN_FIRST)
            if waiting and turn.intent == "affirm" and _confirms(meant, waiting):
                return await self._do(dispatcher, tracker, waiting, turn)
            if waiting and (turn.intent not in NAMES_AN_ORDER or (turn.intent == "affirm" and not meant.said)):
                return await self._ask_about(dispatcher, tracker, waiting, turn, again=True)
            return await self._find(dispatcher, tracker, turn, meant)
        except EngineUnavailable as error:
            return engine_away(dispatcher, error)

    async def _find(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, meant: Meant) -> Events:
        not_found = await say_not_found(dispatcher, tracker, turn, meant, task=self.change)
        if not_found is not None:
            return not_found
        if turn.intent != "affirm" and not meant.said and _HOW.search(turn.text):
            dispatcher.utter_message(text=change_wording.HOW[self.change], buttons=list(YES_NO_BUTTONS))
            return waiting_for_number(self.change)
        if meant.order is not None and (meant.said or possible(meant.order, self.change)):
            return await self._ask_about(dispatcher, tracker, meant.order.number, turn)
        among = meant.several or meant.orders
        eligible = [order for order in among if possible(order, self.change)]
        if len(eligible) == 1:
            return await self._ask_about(dispatcher, tracker, eligible[0].number, turn)
        if eligible:
            question = unlike(said_before(tracker), *change_wording.which(self.change))
            return ask_which(dispatcher, eligible, turn, question=question, task=self.change)
        tells = meant.order or change_wording.most_telling(among, self.change)
        return self._impossible(dispatcher, tracker, tells, alone=len(among) == 1)

    async def _ask_about(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, number: str, turn: Turn, *, again: bool = False
    ) -> Events:
        try:
            order = await engine().look_up_order(number, turn)
        except EngineRefusal as error:
            logger.info("Order %s: %s", number, error)
            return say_not_in_account(dispatcher, tracker, number, task=self.change)
        earlier = order.change(self.change)
        if earlier is not None and earlier.state != "failed":
            _say_change(dispatcher, order.number, earlier)
            return [*about(order), *waiting_for_number(None)]
        if self.change in order.refused_changes:
            return self._impossible(dispatcher, tracker, order, alone=True)
        if again:
            question = change_wording.confirm_again(order.number, self.change)
        else:
            asks_whether = turn.intent in ASKS_WHETHER or (
                turn.intent != "affirm" and _WHETHER.search(turn.text) is not None
            )
            question = unlike(
                said_before(tracker),
                change_wording.confirm(order.number, self.change, asks_whether=asks_whether),
                change_wording.confirm_once_more(order.number, self.change),
            )
        dispatcher.utter_message(text=question, buttons=list(YES_NO_BUTTONS))
        return [*about(order), *waiting_for_yes(self.change, order.number, asked_in=turn)]

    def _impossible(self, dispatcher: CollectingDispatcher, tracker: Tracker, order: Order, *, alone: bool) -> Events:
        """Why the shop need not be asked, and what can be done instead."""
        if order.refused_changes.get(self.change) == NOT_CONNECTED:
            dispatcher.utter_message(text=order_wording.ASKED_BY_PERSON)
            return [*about(order), *handing_over()]
        text = change_wording.impossible(order, self.change, now=now())
        if not alone:
            text = f"{change_wording.none_of_them(self.change)} {text}"
        text = unlike(said_before(tracker), text, change_wording.impossible_again(order, self.change))
        dispatcher.utter_message(text=text, buttons=_instead(order, self.change))
        return [*about(order), *waiting_for_number(None)]

    async def _do(self, dispatcher: CollectingDispatcher, tracker: Tracker, number: str, turn: Turn) -> Events:
        try:
            change = await engine().ask_for_change(number, turn, change=self.change)
        except EngineRefusal as error:
            logger.warning("Order %s: %s refused: %s", number, self.change, error)
            if error.code == NOT_CONNECTED:
                dispatcher.utter_message(text=order_wording.ASKED_BY_PERSON)
                return handing_over()
            if error.code == "unknown_order":
                return say_not_in_account(dispatcher, tracker, number, task=self.change)
            text = change_wording.moved_on(number, self.change)
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


class _WhichOrders(Action, ABC):
    """Lists the orders that can be changed; changes none."""

    @property
    @abstractmethod
    def change(self) -> str:
        """`cancel` or `return`."""

    @property
    @abstractmethod
    def ending(self) -> str:
        """Of the action's name."""

    def name(self) -> str:
        """The domain's name for it."""
        return f"action_which_{self.ending}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Say which; a button begins the change, which is then confirmed."""
        turn = Turn.of(tracker)
        try:
            meant = await orders_meant(tracker, turn)
            if meant is None:
                return await ask_to_sign_in(dispatcher, tracker, order_wording.SIGN_IN_FIRST)
            if not meant.orders:
                return await say_no_orders(dispatcher)
        except EngineUnavailable as error:
            return engine_away(dispatcher, error)
        eligible = [order for order in meant.orders if possible(order, self.change)][:MOST_CHOICES]
        if not eligible:
            newest = change_wording.most_telling(meant.orders, self.change)
            reason = change_wording.impossible(newest, self.change, now=now())
            text = f"{change_wording.none_of_them(self.change)} {reason}" if len(meant.orders) > 1 else reason
            if newest.refused_changes.get(self.change) == NOT_CONNECTED:
                text = order_wording.ASKED_BY_PERSON
            dispatcher.utter_message(text=text, buttons=_instead(newest, self.change))
            return [*about(newest), *waiting_for_number(None)]
        dispatcher.utter_message(
            text=change_wording.eligible(eligible, self.change, turn.locale),
            buttons=[_begin(order, self.change) for order in eligible],
        )
        return [*showing(eligible), *waiting_for_number(None)]


class WhichCancellable(_WhichOrders):
    """Answers "which orders can I cancel?"."""

    change = "cancel"
    ending = "cancellable"


class WhichReturnable(_WhichOrders):
    """Answers "what can I send back?"."""

    change = "return"
    ending = "returnable"


def possible(order: Order, change: str) -> bool:
    """Whether the shop can be asked for it, and was not yet."""
    earlier = order.change(change)
    return change not in order.refused_changes and (earlier is None or earlier.state == "failed")


def _confirms(meant: Meant, waiting: str) -> bool:
    """A yes confirms what was asked: not if it names another order, nor if another order was talked about since."""
    if meant.several or meant.foreign:
        return False
    return meant.order is None or meant.order.number == waiting


def _instead(order: Order, change: str) -> List[dict[str, str]]:
    """The other change, where that one is possible, and a person."""
    other = {"cancel": "return", "return": "cancel"}[change]
    return [*([_begin(order, other)] if possible(order, other) else []), order_wording.PERSON_BUTTON]


def _begin(order: Order, change: str) -> dict[str, str]:
    """A button that asks for the change, which is then confirmed."""
    title = {"cancel": "Cancel order {number}", "return": "Return order {number}"}[change]
    return {
        "title": say(title, number=order.number),
        "payload": order_summaries.with_number(f"{change}_order", order.number),
    }


def _say_change(dispatcher: CollectingDispatcher, number: str, change: OrderChange) -> None:
    """How far a change is; where the shop did not say yes, a person is offered."""
    dispatcher.utter_message(
        text=change_wording.state(number, change),
        buttons=[order_wording.PERSON_BUTTON] if change.state in ("refused", "failed") else [],
    )
