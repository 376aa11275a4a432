"""Answers to a question about a detail of a change, and words that change what was listed for a yes.

Whoever is asked "which options?" or "how is it paid?" answers in words that mean something else alone: "my gift card",
"the blue one". They go to the change, unless they ask something themselves, drop it, or begin another change.
"""

import re
from dataclasses import replace
from typing import Mapping, Optional, Sequence, Tuple

from bot.dialogue.flows import Flow, Step
from bot.dialogue.questions import Question, Talk
from bot.dialogue.requests import Request, is_denied

CHANGES = {
    "cancel_order": "cancel",
    "return_order": "return",
    "change_order": "swap",
    "exchange_items": "swap",
    "change_shipping_address": "address",
    "change_payment": "payment",
}
"""Intents that change an order, and the change."""
FLOW_OF = {
    "track": "track_order",
    "cancel": "cancel_order",
    "return": "return_order",
    "swap": "exchange_items",
    "address": "change_shipping_address",
    "payment": "change_payment",
}
"""The flow that goes on with a task."""
ANSWER = "inform_detail"
_LISTS_DETAILS = frozenset(["return", "swap", "address", "payment", "cancel"])
_ALWAYS_ELSEWHERE = frozenset(
    [
        "contact_human_agent",
        "complaint",
        "stop_promotions",
        "delete_my_data",
        "do_you_listen",
        "insult",
        "bot_challenge",
    ]
)
_LIKE_DETAILS = frozenset(
    [
        *("check_payment_methods", "payment_method_specific", "gift_card", "payment_issue", "get_refund"),
        *("product_search", "product_facts", "product_availability", "product_advice", "product_pairing"),
        *("inform_order_proof", "inform_order_number", "set_up_shipping_address", "edit_account", "switch_account"),
        *("out_of_scope", "nlu_fallback", "affirm"),
    ]
)
"""What a part of a change sounds like when it stands alone: "I'll use my card", "one with a handle", a name."""
_ASKS = re.compile(
    r"\?\s*$|\b(?:tell me|let me know|i wonder)\b"
    r"|^\W*(?:where|when|what|which|how|who|why|can|could|do|does|did|is|are|will|would you)\b",
    re.IGNORECASE,
)
_DROPS = re.compile(
    r"\b(?:never ?mind|forget (?:it|that|about it)|leave (?:it|everything) (?:as it is)?|nothing|stop|cancel that"
    r"|changed my mind|don'?t (?:want|do) (?:it|that|anything)|no longer want)\b",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"\b(?:actually|wait|instead|rather|sorry|i mean|i meant|make (?:it|that)|but|also|as well|too|and|change"
    r" (?:it|that)|not the|only the|just the|without the|use|pay|with)\b",
    re.IGNORECASE,
)
_BARE_NO = re.compile(r"\W*(?:no|nope|nah|not|don'?t|do not|please|thanks|thank you|yet|now|wait)\W*", re.IGNORECASE)
_ORDER_WITH = re.compile(
    r"\b(?:order|one|purchase|parcel)\b.{0,12}\b(?:with|from|of|for|containing|that has|that had|where)\b",
    re.IGNORECASE,
)

_OF_AN_ORDER = re.compile(r"\b(?:in|from|of|for) (?:the|my|that|this) (?:\w+ )?(?:order|purchase)\b", re.IGNORECASE)
_GUESSES, _LEAST = 5, 0.03
"""Guesses that are looked at, and the confidence that one of them needs."""

Answer = Optional[Tuple[str, Sequence[Step]]]


def with_its_details(requests: Sequence[Request], whole: Request, flows: Mapping[str, Flow]) -> Sequence[Request]:
    """The requests of a message where one begins a change: what else stands there and asks nothing is a part of it.

    "Exchange the lamp for a white one. I'll use my card for the difference" is one request.
    """
    if len(requests) < 2:
        return requests
    changes = [request for request in requests if request.intent in CHANGES]
    others = [request for request in requests if request.intent not in CHANGES]
    if len({CHANGES[request.intent] for request in changes}) != 1 or not all(map(_may_be_a_detail, others)):
        return requests
    return [replace(changes[0], text=whole.text, entities=whole.entities)]


def _may_be_a_detail(request: Request) -> bool:
    return request.intent in _LIKE_DETAILS and _ASKS.search(request.text) is None


def change_in_words(request: Request, flows: Mapping[str, Flow]) -> Optional[str]:
    """The change that a message most likely wants where no guess is sure: one that its words say, of a certain order.

    Nothing is done without a yes, so that a wrong guess costs a question.
    """
    named = any(entity.get("entity") == "order_number" for entity in request.entities)
    if not named and not _OF_AN_ORDER.search(request.text):
        return None
    for intent, confidence in request.ranking[:_GUESSES]:
        changes = flows[intent].changes if intent in CHANGES else None
        if changes is not None and confidence >= _LEAST and changes.search(request.text):
            return None if is_denied(intent, request.text, flows) else intent
    return None


def detail_answer(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    """The steps of the change that goes on; None where the message is none of its business."""
    latest = talk.latest
    if latest is None or latest.task not in FLOW_OF or request.text.startswith("/"):
        return None
    if latest.kind == "detail":
        return _to_detail(request, latest, flows)
    if latest.kind == "number" and _ORDER_WITH.search(request.text) and not _goes_elsewhere(request, latest, flows):
        return "inform_order_number", flows[FLOW_OF[latest.task]].steps
    if latest.kind == "confirm" and latest.task in _LISTS_DETAILS:
        return _to_list(request, latest, talk, flows)
    return None


def _to_detail(request: Request, latest: Question, flows: Mapping[str, Flow]) -> Answer:
    if _DROPS.search(request.text) or (request.intent == "deny" and not _says_more(request.text)):
        return "deny", ("action_drop_task",)
    if _goes_elsewhere(request, latest, flows):
        return None
    return ANSWER, flows[FLOW_OF[str(latest.task)]].steps


def _to_list(request: Request, latest: Question, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    """Words that change the list; the action lists anew, so that nothing is done that was not confirmed as it is."""
    wish = talk.slots.get("wish") or {}
    if not wish.get("body") or wish.get("change") != latest.task or _DROPS.search(request.text):
        return None
    if request.intent == "affirm" or _goes_elsewhere(request, latest, flows):
        return None
    if request.intent == "deny":
        more = _says_more(request.text)
    else:
        same = CHANGES.get(request.intent) == latest.task and not is_denied(request.intent, request.text, flows)
        more = same or _CORRECTS.search(request.text) is not None
    return (ANSWER, flows[FLOW_OF[str(latest.task)]].steps) if more else None


def _says_more(text: str) -> bool:
    return len(re.findall(r"\w+", _BARE_NO.sub(" ", text))) > 1


def _goes_elsewhere(request: Request, latest: Question, flows: Mapping[str, Flow]) -> bool:
    """Whether the message asks something, wants a person, or begins another change in so many words."""
    if request.intent in _ALWAYS_ELSEWHERE:
        return True
    other = CHANGES.get(request.intent)
    if other is not None and other != latest.task:
        changes = flows[request.intent].changes
        return changes is not None and changes.search(request.text) is not None
    return _ASKS.search(request.text) is not None and other is None
