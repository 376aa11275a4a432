"""Propose, explain, accept and decline an offer. Which offer it is, the promo engine alone decides."""

import logging
from typing import Any, Dict, List

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import wording
from actions.conversation import Turn, events_of_turn
from actions.engine_client import NO_EXAMPLES, EngineError, EngineRefusal, EngineUnavailable, Examples, engine
from actions.order_question import NOTHING_TO_CONFIRM, change_to_confirm

logger = logging.getLogger(__name__)

Events = List[Dict[str, Any]]

ASKED = {"ask_for_offers": "asked_for_offers", "ask_for_discount": "asked_for_discount"}
"""Intents that ask for an offer, and the trigger that the engine knows them by."""
ORDER_ACTIONS = {"action_track_order", "action_cancel_order", "action_return_order"}
NOTHING_OPEN: Events = [SlotSet("open_decision_id", None), SlotSet("offer_open", False)]


class ProposeOffer(Action):
    """Ends a solved service task, answers a shopper who asks. Unasked, says nothing without an offer, or to anger."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_propose_offer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        """Ask the engine and present what it chose."""
        turn = Turn.of(tracker)
        asked = turn.intent in ASKED and not turn.unasked
        if not asked and (turn.sentiment == "angry" or not _may_propose(tracker)):
            return []
        open_decision_id = tracker.get_slot("open_decision_id")
        if open_decision_id and await _remind(dispatcher, open_decision_id):
            return NOTHING_TO_CONFIRM
        return await _propose(dispatcher, turn, asked=asked)


class ExplainOffer(Action):
    """Answers "why this offer?" and "what are the conditions?"."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_explain_offer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        """Read the stored decision, so that the reason is the one the choice really had."""
        decision_id = tracker.get_slot("open_decision_id")
        if not decision_id:
            dispatcher.utter_message(response="utter_no_open_offer")
            return []
        try:
            found = await engine().open_offer(decision_id)
        except EngineUnavailable as error:
            logger.warning("No reason for the offer of decision %s: %s", decision_id, error)
            dispatcher.utter_message(text=wording.REASON_UNREACHABLE)
            return []
        except EngineRefusal as error:
            logger.warning("Decision %s is not to be had: %s", decision_id, error)
            dispatcher.utter_message(text=wording.OFFER_GONE)
            return NOTHING_OPEN
        asks_terms = Turn.of(tracker).intent == "offer_terms"
        text = wording.terms(found.offer) if asks_terms else wording.reason(found.offer, found.explanation)
        dispatcher.utter_message(text=text, buttons=list(wording.ANSWER_BUTTONS))
        return []


class AcceptOffer(Action):
    """Takes the open offer and hands out its code."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_accept_offer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        """Report the yes. Without an answer the offer stays open, so that the shopper can say it again."""
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
        dispatcher.utter_message(
            text=wording.accepted(outcome.code, outcome.code_expires_at),
            json_message={
                "kind": "outcome",
                "decision_id": decision_id,
                "outcome": outcome.outcome,
                "code": outcome.code,
                "code_expires_at": outcome.code_expires_at,
            },
        )
        return NOTHING_OPEN


class DeclineOffer(Action):
    """Closes the open offer for good and keeps the bot from proposing another unasked."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_decline_offer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Dict[str, Any]) -> Events:
        """Report the no. If that fails it still counts here, and the engine takes silence for a no too."""
        turn = Turn.of(tracker)
        stop = turn.intent == "stop_promotions"
        response = "utter_promotions_stopped" if stop else "utter_offer_declined"
        if stop:
            try:
                await engine().stop_promotions(turn)
            except EngineError as error:
                logger.error("No more promotions in %s was not recorded: %s", turn.conversation_id, error)
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
        dispatcher.utter_message(response=response, json_message=custom)
        return [*NOTHING_OPEN, SlotSet("offer_declined", True)]


def _may_propose(tracker: Tracker) -> bool:
    """Unasked offers need a solved task, an empty table and a shopper who has not said no."""
    busy = ("pending_task", "offer_open", "open_decision_id", "offer_declined")
    if change_to_confirm(tracker) or any(tracker.get_slot(slot) for slot in busy):
        return False
    turn = events_of_turn(tracker)
    served = any(((event.get("data") or {}).get("custom") or {}).get("kind") == "order" for event in turn)
    return served or not any(event["event"] == "action" and event["name"] in ORDER_ACTIONS for event in turn)


async def _propose(dispatcher: CollectingDispatcher, turn: Turn, *, asked: bool) -> Events:
    try:
        decision = await engine().decide(turn, trigger=ASKED[turn.intent or ""] if asked else "after_service")
    except EngineError as error:
        logger.warning("No offer in conversation %s: %s", turn.conversation_id, error)
        if asked:
            dispatcher.utter_message(response="utter_no_offer_now")
        return []
    if decision.offer is None:
        silence = {"kind": "silence", "decision_id": decision.decision_id, "no_offer_reason": decision.no_offer_reason}
        dispatcher.utter_message(response="utter_no_offer_now" if asked else None, json_message=silence)
        return []
    dispatcher.utter_message(
        text=wording.offer(decision.offer, decision.explanation, opening="" if asked else "By the way:"),
        buttons=list(wording.OFFER_BUTTONS),
        json_message=wording.offer_card(
            decision.decision_id, decision.offer, decision.explanation, await _examples(decision.offer)
        ),
    )
    if turn.at_keyboard:  # there is no widget that could say so
        await _report_exposure(decision.decision_id, turn)
    # The newest question is the one that a bare "yes" answers: it must not cancel an order instead.
    return [SlotSet("open_decision_id", decision.decision_id), SlotSet("offer_open", True), *NOTHING_TO_CONFIRM]


async def _remind(dispatcher: CollectingDispatcher, decision_id: str) -> bool:
    """Show the offer that is on the table once more. False if it is no longer there to be taken."""
    try:
        found = await engine().open_offer(decision_id)
    except EngineError as error:
        logger.warning("The open offer of decision %s is not to be had: %s", decision_id, error)
        return False
    if found.answered:
        return False
    dispatcher.utter_message(
        text=wording.offer(found.offer, found.explanation, opening="This one is still open for you:"),
        buttons=list(wording.OFFER_BUTTONS),
        json_message=wording.offer_card(decision_id, found.offer, found.explanation, await _examples(found.offer)),
    )
    return True


async def _examples(offer: Dict[str, Any]) -> Examples:
    """Products for the offer's card. Without an answer the card does without them."""
    try:
        return await engine().products_of(offer["offer_id"])
    except EngineError as error:
        logger.warning("No products for the offer %s: %s", offer["offer_id"], error)
        return NO_EXAMPLES


async def _report_exposure(decision_id: str, turn: Turn) -> None:
    try:
        await engine().report_exposure(decision_id, conversation_id=turn.conversation_id)
    except EngineError as error:
        logger.error("The exposure of decision %s was not recorded: %s", decision_id, error)
