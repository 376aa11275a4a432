"""What is in an order, what it cost, and when it comes."""

import logging
from abc import ABC, abstractmethod
from typing import List

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.conversation import Turn, said_before, unlike
from actions.engine_replies import EngineUnavailable, Order
from actions.language import say
from actions.orders import order_summaries, order_wording
from actions.orders.order_answers import (
    ask_to_sign_in,
    ask_which,
    coming,
    engine_away,
    say_not_found,
)
from actions.orders.order_finding import Events, Meant, about, now, orders_meant, showing
from actions.orders.track_orders import TRACKED, track_by_number

logger = logging.getLogger(__name__)


class _OrderFact(Action, ABC):
    """Answers one question about the order that is meant; the open question about a change stays open."""

    @property
    @abstractmethod  # the SDK registers every Action that is not abstract
    def fact(self) -> str:
        """The last part of the action's name."""

    def name(self) -> str:
        """The domain's name for it."""
        return f"action_order_{self.fact}"

    @abstractmethod
    def answer(self, order: Order, locale: str) -> str:
        """The answer in words."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Find the order and answer."""
        turn = Turn.of(tracker)
        try:
            meant = await orders_meant(tracker, turn)
            if meant is None:
                return await self.for_unknown(dispatcher, tracker, turn)
            not_found = await say_not_found(dispatcher, tracker, turn, meant, task=None)
        except EngineUnavailable as error:
            return engine_away(dispatcher, error)
        return self.say(dispatcher, tracker, turn, meant) if not_found is None else not_found

    def say(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, meant: Meant) -> Events:
        """Answer for the order that is meant, else for the newest; ask where several fit."""
        if meant.several:
            return ask_which(dispatcher, meant.several, turn, question="Which of these do you mean?", task=None)
        return self.say_of(dispatcher, tracker, turn, meant.order or meant.orders[0])

    def say_of(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, order: Order) -> Events:
        """Answer for this order; the talk is about it from here on."""
        text = self.answer(order, turn.locale)
        dispatcher.utter_message(
            text=unlike(said_before(tracker), text, say("As I said: {text}", text=text[0].lower() + text[1:])),
            json_message={**order_wording.order_card(order), "shipments": []},
            buttons=self.buttons(order),
        )
        return about(order)

    def buttons(self, order: Order) -> List[dict[str, str]]:
        """What can be done next."""
        return []

    async def for_unknown(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """Who is not signed in sees nothing of what is in an order."""
        return await ask_to_sign_in(dispatcher, tracker, order_wording.SIGN_IN_FOR_CONTENTS)


class OrderContents(_OrderFact):
    """Answers "what is in it?"."""

    fact = "contents"

    def answer(self, order: Order, locale: str) -> str:
        """The products, one a line."""
        return order_summaries.contents(order, locale)


class OrderTotal(_OrderFact):
    """Answers "how much was it?"."""

    fact = "total"

    def answer(self, order: Order, locale: str) -> str:
        """The sum, and what came back of it."""
        return order_summaries.cost(order, locale)


class OrderArrival(_OrderFact):
    """Answers "when does it come?" and "is it late?"; without a certain order for all that are under way."""

    fact = "arrival"

    def answer(self, order: Order, locale: str) -> str:
        """The day that was promised, and whether it is kept."""
        return order_wording.arrival(order, now=now())

    def say(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, meant: Meant) -> Events:
        """Several that are under way are told at once: their days are what is asked for."""
        orders = coming(meant)[:TRACKED]
        if len(orders) == 1:
            return self.say_of(dispatcher, tracker, turn, orders[0])
        lines = [f"• {self.answer(order, turn.locale)}" for order in orders]
        dispatcher.utter_message(
            text="\n".join([say("These are under way:" if not meant.several else "These fit:"), *lines]),
            json_message={**order_wording.order_card(orders[0]), "shipments": []},
        )
        return showing(orders)

    def buttons(self, order: Order) -> List[dict[str, str]]:
        """A person, where the shop did not keep its word."""
        late = order_wording.is_late(order, now=now()) or order.state in order_wording.NEEDS_A_PERSON
        return [order_wording.PERSON_BUTTON] if late else []

    async def for_unknown(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
        """The state with its day may be seen by who proves the order."""
        return await track_by_number(dispatcher, tracker, turn)
