"""The open question about an order, as the slots keep it: a number is wanted, a proof, or a yes to a change."""

from typing import Any, Dict, List, Mapping, Optional

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.conversation import Turn

DETAIL_SLOT = "pending_detail"
"""The change of which a detail is wanted."""
CONFIRMATION_TURNS = 2
"""Messages of the customer after which a yes no longer confirms a change: by then it may well answer something else."""
NOTHING_TO_CONFIRM: List[Dict[str, Any]] = [
    SlotSet("confirming", None),
    SlotSet("confirming_since", None),
    SlotSet("confirming_number", None),
]


def waiting_for_number(task: Optional[str]) -> List[Dict[str, Any]]:
    """A number is wanted for `task`, or nothing at all; no change waits for a yes."""
    return [SlotSet("pending_task", task), *NOTHING_TO_CONFIRM]


def waiting_for_proof(number: str) -> List[Dict[str, Any]]:
    """The number is known, and who asks has still to show that the order is theirs."""
    return [*waiting_for_number("verify"), SlotSet("verifying_number", number)]


def handing_over() -> List[Dict[str, Any]]:
    """A person goes on from here (data/flows/orders.yml)."""
    return [*waiting_for_number(None), SlotSet("handing_over", True)]


def waiting_for_yes(change: str, number: str, *, asked_in: Turn) -> List[Dict[str, Any]]:
    """The change of this order waits for a yes."""
    return [
        SlotSet("pending_task", None),
        SlotSet("confirming", change),
        SlotSet("confirming_since", asked_in.turn_count),
        SlotSet("confirming_number", number),
    ]


def waiting_for_detail(change: str, wish: Mapping[str, Any]) -> List[Dict[str, Any]]:
    """A detail of the change is wanted; follows `waiting_for_number`, which closes every other question."""
    return [SlotSet("wish", wish), SlotSet(DETAIL_SLOT, change)]


def change_to_confirm(tracker: Tracker) -> Optional[str]:
    """The change that a yes in this turn confirms; None if there is none or it was asked too long ago."""
    asked_at = tracker.get_slot("confirming_since")
    if asked_at is None or Turn.of(tracker).turn_count - asked_at > CONFIRMATION_TURNS:
        return None
    change: Optional[str] = tracker.get_slot("confirming")
    return change


def number_to_confirm(tracker: Tracker) -> Optional[str]:
    """The order whose change waits for a yes: not another one that was talked about since."""
    number: Optional[str] = tracker.get_slot("confirming_number")
    return number
