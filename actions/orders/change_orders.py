"""Ask the shop to cancel an order or to take it back; say which orders it can be asked about.

Changes are confirmed first, only for a customer who is signed in, and they are the shop's to make.
"""

import logging
import re
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, Dict, List, Optional, Sequence, Tuple

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.changes import task_wording
from actions.changes.customer_finding import found_customer, with_what_was_said
from actions.changes.wish import WISH_SLOT, Wish
from actions.changes.wish_details import KINDS, DetailQuestion, OrderItems, body_of, kind_of, missing, read_into
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
    DETAIL_SLOT,
    change_to_confirm,
    handing_over,
    number_to_confirm,
    waiting_for_detail,
    waiting_for_number,
    waiting_for_yes,
)
from actions.orders.order_reference import same_number

logger = logging.getLogger(__name__)

YES_NO_BUTTONS = [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]
NOT_CONNECTED = "shop_not_connected"
DETAIL = "inform_detail"
ASKED_AGAIN = {"address", "payment", "account_address"}
ASKS_WHETHER = {"can_cancel", "can_return"}
NAMES_AN_ORDER = {
    *("cancel_order", "return_order", "change_order", "exchange_items", "change_shipping_address", "change_payment"),
    *("inform_order_number", "affirm", DETAIL, *ASKS_WHETHER),
}
"""Intents whose message may say which order is meant; after any other one the open question is asked again."""
_HOW = re.compile(r"\bhow (?:do|can|could|would|should|does|to)\b", re.IGNORECASE)
"""A question how it is done, which may be asked before anybody wants it."""
_WHETHER = re.compile(
    r"\b(?:can|could|may|might) (?:i|we|it|that|this|the|my|one|you still)\b|\bis (?:it|there) (?:still )?time"
    r"|\b(?:still|possible|able to|too late|allowed)\b",
    re.IGNORECASE,
)
"""A question whether it can be done, which is not a request to do it."""


class ChangeOrder(Action, ABC):
    """Finds the customer and the order, asks for what is missing, lists it, then has the shop asked after a yes."""

    @property
    @abstractmethod  # the SDK registers every Action that is not abstract
    def change(self) -> str:
        """The task of the dialogue: `cancel`, `return`, `swap`, `address` or `payment`."""

    def name(self) -> str:
        """The domain's name for it."""
        return f"action_{self.change}_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Take the next of the steps."""
        turn = Turn.of(tracker)
        wish = Wish.of(tracker, self.change, turn.intent)
        # Whatever detail was wanted, it is not any more, unless it is asked for again.
        closed = [SlotSet(DETAIL_SLOT, None)] if tracker.get_slot(DETAIL_SLOT) else []
        try:
            turn, found, known = await found_customer(dispatcher, tracker, turn, wish)
            if not known:
                return [*closed, *(found or await self.say_unknown(dispatcher, tracker))]
            turn = with_what_was_said(turn, wish) if found else turn
            return [*closed, *found, *await self._run(dispatcher, tracker, turn, wish)]
        except EngineUnavailable as error:
            return [*closed, *engine_away(dispatcher, error)]

    async def _run(self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, wish: Wish) -> Events:
        waiting = number_to_confirm(tracker) if change_to_confirm(tracker) == self.change else None
        meant = await orders_meant(tracker, turn)
        if meant is None:
            return await ask_to_sign_in(dispatcher, tracker, order_wording.SIGN_IN_FIRST)
        if turn.intent == DETAIL and wish.number and not _means_another(turn, wish, meant):
            return await self._ask_about(dispatcher, tracker, wish.number, turn, wish)
        if waiting and turn.intent == "affirm" and _confirms(meant, waiting, turn, wish):
            return await self._confirmed(dispatcher, tracker, waiting, turn, wish)
        if waiting and (turn.intent not in NAMES_AN_ORDER or (turn.intent == "affirm" and not meant.said)):
            return await self._ask_about(dispatcher, tracker, waiting, turn, wish, again=True)
        return await self._find(dispatcher, tracker, turn, meant, wish)

    async def _find(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, meant: Meant, wish: Wish
    ) -> Events:
        not_found = await say_not_found(dispatcher, tracker, turn, meant, task=self.change)
        if not_found is not None:
            return [*not_found, *self._kept(wish, turn)]
        if turn.intent != "affirm" and not meant.said and _HOW.search(turn.text):
            dispatcher.utter_message(text=say(HOW[self.change]), buttons=list(YES_NO_BUTTONS))
            return waiting_for_number(self.change)
        if meant.order is not None and (meant.said or possible(meant.order, self.change)):
            return await self._ask_about(dispatcher, tracker, meant.order.number, turn, wish)
        among = meant.several or meant.orders
        eligible = [order for order in among if possible(order, self.change)]
        if len(eligible) == 1:
            return await self._ask_about(dispatcher, tracker, eligible[0].number, turn, wish)
        if eligible:
            question = unlike(said_before(tracker), *which(self.change))
            events = ask_which(dispatcher, eligible, turn, question=question, task=self.change)
            return [*events, *self._kept(wish, turn)]
        tells = meant.order or change_wording.most_telling(among, self.change)
        return self._impossible(dispatcher, tracker, tells, alone=len(among) == 1)

    def _kept(self, wish: Wish, turn: Turn) -> Events:
        """What was said of the change, for when the order is known."""
        if not wish.said:
            wish.add(turn.text, turn.entities)
        return [SlotSet(WISH_SLOT, wish.as_slot())]

    async def _ask_about(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        number: str,
        turn: Turn,
        wish: Wish,
        *,
        again: bool = False,
    ) -> Events:
        try:
            order = await engine().look_up_order(number, turn)
        except EngineRefusal as error:
            logger.info("Order %s: %s", number, error)
            return say_not_in_account(dispatcher, tracker, number, task=self.change)
        refusal = self._refusal(dispatcher, tracker, order, wish)
        if refusal is not None:
            return refusal
        held = await self._items_of(order, turn)
        if held is None:
            return [*about(order), *self.cannot_read(dispatcher, order)]
        wish.about(order.number)
        question = self._read(tracker, turn, wish, held, again=again)
        if question is not None:
            return self._ask_detail(dispatcher, tracker, order, wish, question)
        return self._list(dispatcher, tracker, turn, wish, held, again=again)

    def _refusal(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, order: Order, wish: Wish
    ) -> Optional[Events]:
        """What is said where the shop need not be asked; None where it can be."""
        if wish.of_account:
            if "account_address" not in order.refused_changes:
                return None
            dispatcher.utter_message(text=order_wording.ASKED_BY_PERSON)
            return handing_over()
        earlier = _asked_already(order, kind_of(self.change, order))
        if earlier is not None:
            _say_change(dispatcher, order.number, earlier)
            return [*about(order), *waiting_for_number(None)]
        if not any(kind not in order.refused_changes for kind in KINDS[self.change]):
            return self._impossible(dispatcher, tracker, order, alone=True)
        return None

    def _read(
        self, tracker: Tracker, turn: Turn, wish: Wish, held: OrderItems, *, again: bool
    ) -> Optional[DetailQuestion]:
        """Read what was said and not read yet; the question that is open then."""
        reasons, ways = tracker.get_slot("cancel_reasons"), tracker.get_slot("refund_ways")
        said = [message["text"] for message in wish.said]
        texts = [] if again else [*said, *([] if turn.text in ("\n".join(said), *said) else [turn.text])]
        wish.said, unclear = [], None
        for text in texts:
            unclear = read_into(wish, text, held, reasons=reasons)
        return unclear or missing(wish, held, reasons=reasons, refund_ways=ways)

    def _ask_detail(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, order: Order, wish: Wish, question: DetailQuestion
    ) -> Events:
        vain = said_before(tracker) and question.text in said_before(tracker)
        wish.tries = wish.tries + 1 if vain else 0
        buttons = [*question.buttons, *([order_wording.PERSON_BUTTON] if wish.tries else [])]
        dispatcher.utter_message(text=question.text, buttons=buttons)
        wish.expects, wish.focus, wish.body = question.about, question.focus, None
        return [*about(order), *waiting_for_number(None), *waiting_for_detail(self.change, wish.as_slot())]

    def _list(
        self,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        turn: Turn,
        wish: Wish,
        held: OrderItems,
        *,
        again: bool,
    ) -> Events:
        order = held.order
        body = body_of(wish, held)
        if "lines" in body and not body["lines"]:
            dispatcher.utter_message(text=say(task_wording.NOTHING_CHANGES))
            return [*about(order), *waiting_for_number(None)]
        listed = self.question(wish, held, body, turn.locale)
        if listed is None and again:
            listed = change_wording.confirm_again(order.number, self.change)
        if listed is None:
            asks_whether = turn.intent in ASKS_WHETHER or (
                turn.intent != "affirm" and _WHETHER.search(turn.text) is not None
            )
            listed = unlike(
                said_before(tracker),
                change_wording.confirm(order.number, self.change, asks_whether=asks_whether),
                change_wording.confirm_once_more(order.number, self.change),
            )
        dispatcher.utter_message(text=listed, buttons=list(YES_NO_BUTTONS))
        wish.expects, wish.focus, wish.body = "confirm", [], body
        kept = [SlotSet(WISH_SLOT, wish.as_slot())] if set(body) > {"kind"} else []
        return [*about(order), *waiting_for_yes(self.change, order.number, asked_in=turn), *kept]

    def question(self, wish: Wish, held: OrderItems, body: Dict[str, Any], locale: str) -> Optional[str]:
        """What is listed and asked; None where nothing but the order's number is to be said."""
        return None

    async def _items_of(self, order: Order, turn: Turn) -> Optional[OrderItems]:
        """What the order holds; None where not enough is known of it for this change."""
        return OrderItems.of(order)

    def cannot_read(self, dispatcher: CollectingDispatcher, order: Order) -> Events:
        """Say that a person has to do it."""
        dispatcher.utter_message(
            text=say(task_wording.NO_ITEMS, number=order.number), buttons=[order_wording.PERSON_BUTTON]
        )
        return waiting_for_number(None)

    async def say_unknown(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
        """Say what helps who is not known."""
        return await ask_to_sign_in(dispatcher, tracker, order_wording.SIGN_IN_FIRST)

    def _impossible(self, dispatcher: CollectingDispatcher, tracker: Tracker, order: Order, *, alone: bool) -> Events:
        """Why the shop need not be asked, and what can be done instead."""
        if all(order.refused_changes.get(kind) == NOT_CONNECTED for kind in KINDS[self.change]):
            dispatcher.utter_message(text=order_wording.ASKED_BY_PERSON)
            return [*about(order), *handing_over()]
        text, again = self.reasons(order, alone=alone)
        dispatcher.utter_message(text=unlike(said_before(tracker), text, again), buttons=_instead(order, self.change))
        return [*about(order), *waiting_for_number(None)]

    def reasons(self, order: Order, *, alone: bool) -> Tuple[str, str]:
        """Why not, and the same for who asks on."""
        text = change_wording.impossible(order, self.change, now=now())
        if not alone:
            text = f"{change_wording.none_of_them(self.change)} {text}"
        return text, change_wording.impossible_again(order, self.change)

    async def _confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, number: str, turn: Turn, wish: Wish
    ) -> Events:
        """Have the shop asked for what was listed; a yes that says more than yes is listed once more."""
        body = wish.body if wish.body is not None and wish.number == number else {"kind": self.change}
        if wish.body is not None and len(turn.text.split()) > 1:
            order = await engine().look_up_order(number, turn)
            held = await self._items_of(order, turn)
            changed = replace(wish, items={index: dict(options) for index, options in wish.items.items()})
            question = None if held is None else self._read(tracker, turn, changed, held, again=False)
            if held is not None and (question is not None or body_of(changed, held) != body):
                return await self._ask_about(dispatcher, tracker, number, turn, wish)
        return await self._do(dispatcher, tracker, number, turn, body)

    async def _do(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, number: str, turn: Turn, body: Dict[str, Any]
    ) -> Events:
        try:
            change = await engine().ask_for_change(number, turn, wish=body)
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


class CancelOrder(ChangeOrder):
    """Asks the shop to cancel an order."""

    change = "cancel"

    def question(self, wish: Wish, held: OrderItems, body: Dict[str, Any], locale: str) -> Optional[str]:
        """With the reason, where there is one."""
        return task_wording.shall("cancel", number=held.order.number, reason=wish.reason) if wish.reason else None


class ReturnOrder(ChangeOrder):
    """Asks the shop to take an order back, or some of its lines."""

    change = "return"

    def question(self, wish: Wish, held: OrderItems, body: Dict[str, Any], locale: str) -> Optional[str]:
        """With the lines, where not all are meant, and where the money goes."""
        if len(wish.items) in (0, len(held.items)) and wish.payment is None:
            return None
        items = [held.items[index] for index in wish.indexes] or held.items
        money = say("The money goes to {payment}.", payment=wish.payment) if wish.payment else ""
        lines = [task_wording.item_words(item) for item in items]
        return task_wording.listed(held.order.number, lines, [money, task_wording.shall("return")])


class DropTask(Action):
    """Forgets the open question about an order; touches no order."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_drop_task"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Say that nothing was changed."""
        dispatcher.utter_message(response="utter_task_dropped")
        dropped = [SlotSet(name, None) for name in (WISH_SLOT, DETAIL_SLOT) if tracker.get_slot(name)]
        return [*waiting_for_number(None), *dropped]


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
    return any(kind not in order.refused_changes and _asked_already(order, kind) is None for kind in KINDS[change])


def _asked_already(order: Order, kind: str) -> Optional[OrderChange]:
    """The request after which there is none of its kind left to make: another address, or other lines, may follow."""
    earlier = order.change(kind)
    if earlier is None or earlier.state == "failed" or kind in ASKED_AGAIN:
        return None
    return earlier if kind in ("cancel", "items") or not earlier.variant_ids else None


def _confirms(meant: Meant, waiting: str, turn: Turn, wish: Wish) -> bool:
    """A yes confirms what was asked: not if it names another order, nor if another order was talked about since."""
    if wish.body is not None and wish.number is not None and not _names_another(turn, wish.number):
        return same_number(wish.number, waiting)  # words of products in it are about the items
    if meant.several or meant.foreign:
        return False
    return meant.order is None or meant.order.number == waiting


def _means_another(turn: Turn, wish: Wish, meant: Meant) -> bool:
    """Whether an answer is about another order than the bot asked about: by its number, or by an item of it alone."""
    if wish.number is None or _names_another(turn, wish.number):
        return True
    other = meant.order is not None and meant.said and not same_number(meant.order.number, wish.number)
    return other and wish.expects == "items" and not _HOLDS_MORE.search(turn.text)


_HOLDS_MORE = re.compile(r"\b(?:all|everything|both|whole)\b", re.IGNORECASE)


def _names_another(turn: Turn, number: str) -> bool:
    """Whether the message has the number of another order."""
    named = [str(entity.get("value")) for entity in turn.entities if entity.get("entity") == "order_number"]
    return any(not same_number(other, number) for other in named)


HOW = {**change_wording.HOW, **task_wording.HOW}


def which(change: str) -> Sequence[str]:
    """Ask which order; the second time in other words."""
    return change_wording.which(change) if change in change_wording.HOW else task_wording.which(change)


def _instead(order: Order, change: str) -> List[dict[str, str]]:
    """The other change, where that one is possible, and a person."""
    other = {"cancel": "return", "return": "cancel"}.get(change)
    begin = [_begin(order, other)] if other is not None and possible(order, other) else []
    return [*begin, order_wording.PERSON_BUTTON]


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
        text=change_wording.state(number, change)
        if change.kind in ("cancel", "return")
        else task_wording.progress(change.kind, number, state=change.state, reason=change.shop_reason),
        buttons=[order_wording.PERSON_BUTTON] if change.state in ("refused", "failed") else [],
    )
