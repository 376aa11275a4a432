"""While a customer waits for a person, the bot says how that stands and solves nothing: two voices at once confuse."""

import re
from typing import Any, Mapping, Optional, Sequence

from bot.dialogue.flows import Flow
from bot.dialogue.requests import Request, is_denied

WAITING_KEY = "waiting_for_person"
"""In a message's metadata."""
STILL_WAITING = ("utter_still_waiting",)
LEAVE_QUEUE = ("utter_leave_queue",)
"""The gateway takes the conversation out of its queue where the bot says this."""
_REFUSALS = {"deny", "decline_offer", "maybe_later"}
_ENOUGH = re.compile(
    r"\b(?:never ?mind|nvm|forget (?:it|that|about)|(?:the )?(?:chat)?bot (?:is|will) (?:fine|ok(?:ay)?|enough|do)"
    r"|changed my mind|no longer need|(?:ask|talk to|chat with) (?:you|the bot)|back to (?:you|the bot))\b",
    re.IGNORECASE,
)


def steps_while_waiting(
    request: Request, metadata: Optional[Mapping[str, Any]], flows: Mapping[str, Flow]
) -> Optional[Sequence[str]]:
    """What is said instead of everything else; None where nobody waits, or a button was pressed."""
    if not (metadata or {}).get(WAITING_KEY) or request.text.startswith("/"):
        return None
    refused = request.intent in _REFUSALS or is_denied("contact_human_agent", request.text, flows)
    return LEAVE_QUEUE if refused or _ENOUGH.search(request.text) else STILL_WAITING
