"""Finds who writes without being signed in, before anything of an order is told or changed."""

import logging
from dataclasses import replace
from typing import Any, Dict, List, Tuple

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.changes import task_wording
from actions.changes.identity import Identity
from actions.changes.wish import Wish
from actions.conversation import FOUND_CUSTOMER_SLOT, Turn
from actions.engine_client import engine
from actions.engine_replies import EngineRefusal
from actions.orders import order_wording
from actions.orders.order_question import waiting_for_detail, waiting_for_number

logger = logging.getLogger(__name__)

IDENTITY_SLOT = "said_identity"
SIGN_IN_NEEDED, SAYS_TOO_LITTLE = "sign_in_needed", "says_too_little"
MOST_TRIES = 2
"""Wrong ones, after which a person is offered as well."""
Events = List[Dict[str, Any]]


async def found_customer(
    dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn, wish: Wish
) -> Tuple[Turn, Events, bool]:
    """The turn with its customer, the events to keep, and whether somebody is known; else the question was asked, or
    there are no events where the shop wants its customers signed in.

    Raises EngineUnavailable.
    """
    if turn.customer_id is not None:
        return turn, [], True
    expected = wish.expects == "identity"
    wish.add(turn.text, turn.entities)
    said = Identity.of_slot(tracker.get_slot(IDENTITY_SLOT)).with_message(turn.text, expected=expected)
    try:
        customer_id = await engine().find_customer(turn, email=said.email, name=said.name, postcode=said.postcode)
    except EngineRefusal as error:
        if error.code == SIGN_IN_NEEDED:
            return turn, [], False
        logger.info("Conversation %s: %s", turn.conversation_id, error)
        return turn, _ask(dispatcher, wish, said, wrong=error.code != SAYS_TOO_LITTLE), False
    events = [SlotSet(FOUND_CUSTOMER_SLOT, customer_id), SlotSet(IDENTITY_SLOT, None)]
    return replace(turn, customer_id=customer_id), events, True


def with_what_was_said(turn: Turn, wish: Wish) -> Turn:
    """The turn with the messages that waited for the customer to be known: they may name the order."""
    if len(wish.said) < 2:
        return turn
    entities = [entity for message in wish.said for entity in message["entities"]]
    return replace(turn, text="\n".join(message["text"] for message in wish.said), entities=entities)


def _ask(dispatcher: CollectingDispatcher, wish: Wish, said: Identity, *, wrong: bool) -> Events:
    wish.tries = wish.tries + 1 if wrong else wish.tries
    dispatcher.utter_message(
        text=task_wording.ask_identity(again=wrong),
        buttons=[order_wording.PERSON_BUTTON] if wish.tries >= MOST_TRIES else [],
    )
    wish.expects = "identity"
    kept = Identity() if wrong else said
    return [
        *waiting_for_number(None),
        *waiting_for_detail(wish.change, wish.as_slot()),
        SlotSet(IDENTITY_SLOT, kept.as_slot()),
    ]
