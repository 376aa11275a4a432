"""Propose, explain, accept and decline an offer. The promo engine alone decides which offer it is."""

import logging
from dataclasses import replace
from typing import Any, Dict, List, Optional

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import wording
from actions.conversation import Turn, bot_events_before, events_of_turn, said_before, unlike
from actions.engine_client import engine
from actions.engine_replies import (
    NO_EXAMPLES,
    Decision,
    EngineError,
    EngineRefusal,
    EngineUnavailable,
    ExampleProducts,
    Outcome,
)
from actions.orders.order_contents import product_words
from actions.orders.order_question import DETAIL_SLOT, NOTHING_TO_CONFIRM, change_to_confirm
from actions.orders.order_wording import day
from actions.products.bought_together import Thing, named_in

logger = logging.getLogger(__name__)

Events = List[Dict[str, Any]]

TRIGGER_OF_INTENT = {
    "ask_for_offers": "asked_for_offers", "ask_for_discount": "asked_for_discount",
    "another_offer": "asked_for_offers", "haggle": "asked_for_discount",
}  # fmt: skip
"""Intents that request an offer, and the engine's names for these triggers."""
ASKS = ("ask_for_offers", "ask_for_discount")
TERMS_INTENTS = {"offer_terms", "code_validity", "save_how_much", "basket_below_minimum"}
"""Intents that an open offer's terms answer: what it gives, what it asks for, its last day."""
DRAWS = 3
"""Decisions asked for to find an offer other than the open one; those that are not shown count as nothing."""
ORDER_ACTIONS = {
    "action_track_order", "action_list_orders", "action_cancel_order", "action_return_order", "action_order_contents",
    "action_order_total", "action_order_arrival", "action_which_cancellable", "action_which_returnable",
    "action_reorder",
}  # fmt: skip
"""They solve a task only where they show an order."""
IN_VIEW_TURNS = 3
"""Turns of the bot after which a card is shown anew: until then it still stands in the chat."""
ANGRY_TURNS = 2
NOTHING_OPEN: Events = [SlotSet("open_decision_id", None), SlotSet("offer_open", False)]


class ProposeOffer(Action):
    """Answers a customer who requests an offer; makes one after a solved service task, unless the customer is angry."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_propose_offer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Ask the engine and present what it chose."""
        turn = Turn.of(tracker)
        requested = turn.intent in TRIGGER_OF_INTENT and not turn.proactive
        if not requested and (_was_angry(tracker) or not _may_propose(tracker)):
            return []
        if requested and tracker.get_slot("offers_stopped"):
            dispatcher.utter_message(response="utter_offers_stopped")
            return []
        thing = named_in(turn.text, turn.entities) if requested else None
        if thing is not None:
            return await _propose_about(dispatcher, tracker, turn, thing)
        open_decision_id = tracker.get_slot("open_decision_id")
        if open_decision_id:
            return await _propose_beside(dispatcher, tracker, turn, open_decision_id)
        return await _propose(dispatcher, turn, requested=requested)


class ExplainOffer(Action):
    """Answers "why this offer?" and "what are the conditions?"."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_explain_offer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Read the stored decision, so that the reason is the true one."""
        decision_id = tracker.get_slot("open_decision_id")
        if not decision_id:
            dispatcher.utter_message(response="utter_no_open_offer")
            return []
        try:
            open_offer = await engine().open_offer(decision_id)
        except EngineUnavailable as error:
            logger.warning("No reason for the offer of decision %s: %s", decision_id, error)
            dispatcher.utter_message(text=wording.REASON_UNREACHABLE)
            return []
        except EngineRefusal as error:
            logger.warning("The offer of decision %s is gone: %s", decision_id, error)
            dispatcher.utter_message(text=wording.OFFER_GONE)
            return NOTHING_OPEN
        if Turn.of(tracker).intent in TERMS_INTENTS:
            text = wording.terms(open_offer.offer)
        else:
            text = wording.reason(open_offer.offer, open_offer.explanation)
        dispatcher.utter_message(text=text, buttons=list(wording.ANSWER_BUTTONS))
        return []


class RecallOffer(Action):
    """Asks whether a "yes" is meant for an offer that was made turns ago."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_recall_offer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Show the offer once more; nothing is accepted."""
        decision_id = tracker.get_slot("open_decision_id")
        opening = "Do you mean this offer?"
        if decision_id and await _remind(dispatcher, tracker, decision_id, Turn.of(tracker), opening=opening):
            return offer_on_table(decision_id)
        dispatcher.utter_message(response="utter_no_open_offer")
        return NOTHING_OPEN


class AcceptOffer(Action):
    """Accepts the open offer and shows its code."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_accept_offer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Report the yes. Without an answer, or a code, the offer stays open, so that the customer can repeat it."""
        decision_id = tracker.get_slot("open_decision_id")
        if not decision_id:
            dispatcher.utter_message(response="utter_no_open_offer")
            return []
        conversation_id = Turn.of(tracker).conversation_id
        try:
            outcome = await engine().report_outcome(decision_id, conversation_id=conversation_id, outcome="accepted")
        except EngineUnavailable as error:
            logger.error("The acceptance of decision %s was not recorded: %s", decision_id, error)
            dispatcher.utter_message(text=wording.OFFER_UNREACHABLE, buttons=list(wording.ANSWER_BUTTONS))
            return []
        except EngineRefusal as error:
            logger.warning("The acceptance of decision %s was refused: %s", decision_id, error)
            dispatcher.utter_message(text=wording.OFFER_GONE)
            return NOTHING_OPEN
        if outcome.code_state == "pending":
            dispatcher.utter_message(text=wording.CODE_PENDING, buttons=list(wording.RETRY_BUTTONS))
            return []
        return [*NOTHING_OPEN, *_tell_code(dispatcher, outcome, decision_id)]


class TellCode(Action):
    """Says, without being asked, that a code is there for which the customer was told to wait, or will never be."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_tell_code"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Report the yes once more. Without an answer nothing is said: the gateway comes again."""
        turn = Turn.of(tracker)
        decision_id = next((item["value"] for item in turn.entities if item["entity"] == "decision_id"), None)
        if decision_id is None or not turn.proactive:
            return []
        try:
            outcome = await engine().report_outcome(
                decision_id, conversation_id=turn.conversation_id, outcome="accepted"
            )
        except EngineError as error:
            logger.error("The code of decision %s cannot be told: %s", decision_id, error)
            return []
        if outcome.code_state == "pending":
            return []
        events = _tell_code(dispatcher, outcome, decision_id, late=True)
        return [*(NOTHING_OPEN if tracker.get_slot("open_decision_id") == decision_id else []), *events]


class DeclineOffer(Action):
    """Closes the open offer; the bot proposes no other one in this conversation unless the customer requests it."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_decline_offer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> Events:
        """Report the no. If that fails it still counts here, and the engine reads a missing answer as a no."""
        turn = Turn.of(tracker)
        stopped = await _stop(turn) if turn.intent == "stop_promotions" else None
        decision_id = tracker.get_slot("open_decision_id")
        custom: Dict[str, Any] = {}
        if decision_id:
            try:
                outcome = await engine().report_outcome(
                    decision_id, conversation_id=turn.conversation_id, outcome="declined"
                )
                custom = {
                    "kind": "outcome", "decision_id": decision_id, "outcome": outcome.outcome,
                    "code": None, "code_expires_at": None,
                }  # fmt: skip
            except EngineError as error:
                logger.error("The refusal of decision %s was not recorded: %s", decision_id, error)
        dispatcher.utter_message(
            text=stopped, response=None if stopped else "utter_offer_declined", json_message=custom
        )
        stored = stopped is not None and stopped != wording.OPT_OUT_NOT_STORED
        return [*NOTHING_OPEN, SlotSet("offer_declined", True), *([SlotSet("offers_stopped", True)] if stored else [])]


def _tell_code(dispatcher: CollectingDispatcher, outcome: Outcome, decision_id: str, *, late: bool = False) -> Events:
    """Show the code that the customer has now, or say that the shop made none."""
    if outcome.code_state == "failed":
        dispatcher.utter_message(text=wording.CODE_FAILED)
        return []
    dispatcher.utter_message(
        text=wording.accepted(outcome.code, outcome.code_expires_at, late=late),
        json_message={
            "kind": "outcome",
            "decision_id": decision_id,
            "outcome": outcome.outcome,
            "code": outcome.code,
            "code_expires_at": outcome.code_expires_at,
        },
    )
    last_day = None if outcome.code_expires_at is None else day(outcome.code_expires_at)
    return [SlotSet("code_last_day", last_day)]


async def _stop(turn: Turn) -> str:
    """Tell the engine that no offers are wanted; what to say of it."""
    try:
        await engine().allow_promotions(turn, allowed=False)
    except EngineError as error:
        logger.error("No more promotions in %s was not recorded: %s", turn.conversation_id, error)
        return wording.OPT_OUT_NOT_STORED
    return wording.promotions_stopped(signed_in=turn.customer_id is not None)


def _may_propose(tracker: Tracker) -> bool:
    """Whether a task is solved, no question or offer is open, and the customer has declined none."""
    busy = ("pending_task", DETAIL_SLOT, "offer_open", "open_decision_id", "offer_declined", "quiet")
    if change_to_confirm(tracker) or any(tracker.get_slot(slot) for slot in busy):
        return False
    turn = events_of_turn(tracker)
    if any((event.get("metadata") or {}).get("missing_facts") for event in turn):
        return False  # what the customer wanted to know was not answered
    served = any(((event.get("data") or {}).get("custom") or {}).get("kind") == "order" for event in turn)
    return served or not any(event["event"] == "action" and event["name"] in ORDER_ACTIONS for event in turn)


async def _propose_about(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, thing: Thing) -> Events:
    """An offer on what was named, the open one if it is; else the truth, and what there is instead."""
    open_decision_id = tracker.get_slot("open_decision_id")
    drawn: List[Decision] = []
    open_offer = None
    try:
        open_offer = None if open_decision_id is None else await engine().open_offer(open_decision_id)
        fits = open_offer is not None and not open_offer.answered and await _is_about(open_offer.offer, thing, turn)
        if fits and await _remind(dispatcher, tracker, str(open_decision_id), turn, opening=wording.STILL_OPEN):
            return [*offer_on_table(str(open_decision_id)), *NOTHING_TO_CONFIRM]
        for draw in range(DRAWS):
            asking = replace(turn, message_id=f"{turn.message_id}-{draw}")
            decision = await engine().decide(asking, trigger=TRIGGER_OF_INTENT[turn.intent or ""])
            if decision.offer is None:
                break
            if await _is_about(decision.offer, thing, turn):
                return await _present(dispatcher, turn, decision, requested=True)
            drawn.append(decision)
    except EngineError as error:
        logger.warning("No offer on %s in conversation %s: %s", thing.called, turn.conversation_id, error)
    if open_offer is not None and not open_offer.answered:
        dispatcher.utter_message(
            text=wording.no_offer_on(thing.called, still_open=open_offer.offer), buttons=list(wording.ANSWER_BUTTONS)
        )
        return [*offer_on_table(open_offer.decision_id), *NOTHING_TO_CONFIRM]
    dispatcher.utter_message(text=wording.no_offer_on(thing.called, instead=bool(drawn)))
    return await _present(dispatcher, turn, drawn[0], requested=True) if drawn else []


async def _is_about(offer: Dict[str, Any], thing: Thing, turn: Turn) -> bool:
    """Whether the offer's title or a product that it makes cheaper is called like this."""
    wanted = product_words(f"{thing.called} {thing.word or ''}")
    if wanted & product_words(str(offer["title"])):
        return True
    examples = await _examples(offer, turn)
    return any(wanted & product_words(str(product["name"])) for product in examples.products)


async def _propose_other(dispatcher: CollectingDispatcher, turn: Turn, open_decision_id: str) -> Events:
    """Another offer than the open one, which stays open where there is none: its answer is still to come."""
    try:
        open_offer = await engine().open_offer(open_decision_id)
    except EngineError as error:
        logger.warning("The open offer of decision %s cannot be read: %s", open_decision_id, error)
        return await _propose(dispatcher, turn, requested=True)
    if open_offer.answered:
        return await _propose(dispatcher, turn, requested=True)
    other = await _other_than(open_decision_id, turn)
    if other is not None:
        return await _present(dispatcher, turn, other, requested=True)
    dispatcher.utter_message(response="utter_no_other_offer")
    return [*offer_on_table(open_decision_id), *NOTHING_TO_CONFIRM]


async def _propose_beside(
    dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, open_decision_id: str
) -> Events:
    """What is said to who asks for an offer while one is open: another one where it stands before their eyes."""
    if turn.intent == "another_offer":
        return await _propose_other(dispatcher, turn, open_decision_id)
    if turn.intent in ASKS and _is_in_view(open_decision_id, tracker):
        other = await _other_than(open_decision_id, turn)
        if other is not None:
            return await _present(dispatcher, turn, other, requested=True)
    # What only came along with an answer was hardly looked at.
    opening = wording.STILL_OPEN if turn.intent in ASKS and _came_proactively(open_decision_id, tracker) else None
    if await _remind(dispatcher, tracker, open_decision_id, turn, opening=opening):
        return [*offer_on_table(open_decision_id), *NOTHING_TO_CONFIRM]
    return await _propose(dispatcher, turn, requested=True)


async def _other_than(open_decision_id: str, turn: Turn) -> Optional[Decision]:
    """A decision for another offer than the open one; None where none comes up."""
    try:
        open_offer = await engine().open_offer(open_decision_id)
        for draw in range(DRAWS):
            asking = replace(turn, message_id=f"{turn.message_id}-{draw}")  # the same id would get the same decision
            decision = await engine().decide(asking, trigger=TRIGGER_OF_INTENT[turn.intent or ""])
            if decision.offer is not None and decision.offer["offer_id"] != open_offer.offer["offer_id"]:
                return decision
    except EngineError as error:
        logger.warning("No other offer in conversation %s: %s", turn.conversation_id, error)
    return None


async def _propose(dispatcher: CollectingDispatcher, turn: Turn, *, requested: bool) -> Events:
    trigger = TRIGGER_OF_INTENT[turn.intent or ""] if requested else "after_service"
    try:
        decision = await engine().decide(turn, trigger=trigger)
    except EngineError as error:
        logger.warning("No offer in conversation %s: %s", turn.conversation_id, error)
        if requested:
            dispatcher.utter_message(response="utter_no_offer_now")
        return []
    if decision.offer is None:
        no_offer = {"kind": "silence", "decision_id": decision.decision_id, "no_offer_reason": decision.no_offer_reason}
        dispatcher.utter_message(response="utter_no_offer_now" if requested else None, json_message=no_offer)
        return []
    return await _present(dispatcher, turn, decision, requested=requested)


async def _present(dispatcher: CollectingDispatcher, turn: Turn, decision: Decision, *, requested: bool) -> Events:
    """Show the offer of a decision that has one."""
    offer = decision.offer or {}
    dispatcher.utter_message(
        text=wording.offer(offer, decision.explanation, opening="" if requested else "By the way:"),
        buttons=list(wording.OFFER_BUTTONS),
        json_message=wording.offer_card(
            decision.decision_id, offer, decision.explanation, await _examples(offer, turn)
        ),
    )
    if turn.at_keyboard:  # no widget reports it there
        await _report_exposure(decision.decision_id, turn)
    # A bare "yes" answers the newest question: it must not cancel an order instead.
    return [*offer_on_table(decision.decision_id), *NOTHING_TO_CONFIRM]


def offer_on_table(decision_id: str) -> Events:
    """The offer of this decision was just asked about."""
    return [SlotSet("open_decision_id", decision_id), SlotSet("offer_open", True)]


async def _remind(
    dispatcher: CollectingDispatcher, tracker: Tracker, decision_id: str, turn: Turn, *, opening: Optional[str] = None
) -> bool:
    """Show the open offer once more. False if it can no longer be accepted.

    Without an `opening` of its own a card that was just shown is spoken of, not shown again.
    """
    try:
        open_offer = await engine().open_offer(decision_id)
    except EngineError as error:
        logger.warning("The open offer of decision %s cannot be shown: %s", decision_id, error)
        return False
    if open_offer.answered:
        return False
    if opening is None and _is_in_view(decision_id, tracker):
        text = unlike(said_before(tracker), *wording.offer_above(open_offer.offer))
        dispatcher.utter_message(text=text, buttons=list(wording.ANSWER_BUTTONS))
        return True
    dispatcher.utter_message(
        text=wording.offer(open_offer.offer, open_offer.explanation, opening=opening or wording.STILL_OPEN),
        buttons=list(wording.OFFER_BUTTONS),
        json_message=wording.offer_card(
            decision_id, open_offer.offer, open_offer.explanation, await _examples(open_offer.offer, turn)
        ),
    )
    return True


def _is_in_view(decision_id: str, tracker: Tracker) -> bool:
    """Whether the offer's card was shown a moment ago."""
    cards = [
        ((event.get("data") or {}).get("custom") or {}) for event in bot_events_before(tracker, turns=IN_VIEW_TURNS)
    ]
    return any(card.get("kind") == "offer" and card.get("decision_id") == decision_id for card in cards)


def _came_proactively(decision_id: str, tracker: Tracker) -> bool:
    """Whether the newest card of the offer followed a message that wanted none."""
    wanted, proactive = None, False
    for event in tracker.events:
        if event["event"] == "user":
            wanted = ((event.get("parse_data") or {}).get("intent") or {}).get("name")
        card = ((event.get("data") or {}).get("custom") or {}) if event["event"] == "bot" else {}
        if card.get("kind") == "offer" and card.get("decision_id") == decision_id:
            proactive = wanted is not None and wanted not in TRIGGER_OF_INTENT
    return proactive


def _was_angry(tracker: Tracker) -> bool:
    """Whether the customer's message, or the one before it, is angry: no offer cheers anybody up then."""
    messages = [event for event in tracker.events if event["event"] == "user"][-ANGRY_TURNS:]
    parses = [event.get("parse_data") or event for event in messages]
    return any(((parse.get("sentiment") or {}).get("name")) == "angry" for parse in parses)


async def _examples(offer: Dict[str, Any], turn: Turn) -> ExampleProducts:
    """Products for the offer's card; none where the engine does not answer in time."""
    try:
        return await engine().products_of(offer["offer_id"], currency=turn.currency)
    except EngineError as error:
        logger.warning("No products for the offer %s: %s", offer["offer_id"], error)
        return NO_EXAMPLES


async def _report_exposure(decision_id: str, turn: Turn) -> None:
    try:
        await engine().report_exposure(decision_id, conversation_id=turn.conversation_id)
    except EngineError as error:
        logger.error("The exposure of decision %s was not recorded: %s", decision_id, error)
