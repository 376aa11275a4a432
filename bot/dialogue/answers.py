"""What a "yes", a "no" or a bare number means: it answers the last question of the bot."""

import re
from typing import Any, Callable, Mapping, Optional, Sequence, Set, Tuple

from bot.dialogue.flows import Flow, Step
from bot.dialogue.questions import Question, Talk
from bot.dialogue.requests import Request, is_denied

CONFIRMATION_AGE = 2
"""Turns for which a yes still confirms a change, if nothing else came in between."""
_OFFER_WORDS = re.compile(
    r"\b(?:offers?|deals?|discounts?|coupons?|vouchers?|codes?|promo\w*|percent)|%", re.IGNORECASE
)
_YES = re.compile(
    r"\b(?:yes|yeah|yep|yup|ye|ok|okay|sure|alright|all right|go ahead|do it|please do|confirm\w*|definitely|fine)\b",
    re.IGNORECASE,
)
_NO_NUMBER = re.compile(r"(?:n't|\b(?:not|no|dont|lost|forgot|without))\b.*\b(?:number|e-?mail)\b", re.IGNORECASE)
_CHOICE = re.compile(
    r"\W*(?:(?:i (?:mean|meant|want|take)|please|it'?s|its|that(?:'s| is)|hm+|um+|oh|ok|okay|maybe|yes|no)\W+)*"
    r"(?:the|my|number|no\.?|option)?\s*"
    r"(?:first|second|third|fourth|fifth|1st|2nd|3rd|4th|5th|[1-5]|one|two|three|four|five|last|latest|newest|newer|oldest"
    r"|older|other|top|bottom|middle|one (?:with|from|of|that|which|for|ending)\b.{0,40}"
    r"|(?:(?!(?:where|when|what|which|how|who|why|is|are|was|do|does|did|can|could|has|have|not|no)\b)[\w'-]+ )"
    r"{1,3}one)"
    r"(?:\s+(?:one|order))?(?:\W+(?:please|pls|thanks))?\W*",
    re.IGNORECASE,
)
"""Words that choose one of the orders that the question lists: the action knows which."""
CHANGES = {"cancel_order": "cancel", "return_order": "return"}
"""Intents that change an order, and the change."""

Answer = Optional[Tuple[str, Sequence[Step]]]
"""As which intent the message counts, and the steps; None where it answers nothing."""


def answer_to(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    """The steps where the message answers a question."""
    latest = talk.latest
    intent = request.intent
    if intent == "inform_order_proof" and not talk.open("proof") and _numbers(request):
        intent = "inform_order_number"  # both at once, as the chat's form sends them
    if intent == "inform_order_proof" or (intent == "inform_order_number" and talk.open("proof")):
        return ("inform_order_proof", _track(flows)) if talk.open("proof") else None
    if intent == "inform_order_number" or _chooses(request, latest, talk):
        return _number(talk, flows)
    if intent in CHANGES:
        return _change(request, talk, flows)
    if intent in ("accept_offer", "decline_offer") and not _names_the_offer(request, latest):
        intent = "affirm" if intent == "accept_offer" else "deny"
    reader: Optional[Callable[[Request, Talk, Mapping[str, Flow]], Answer]] = {
        "affirm": _yes,
        "deny": _no,
        "maybe_later": _later,
    }.get(intent)
    return None if reader is None else reader(request, talk, flows)


def _yes(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    latest = talk.latest
    if latest is None:
        waiting = talk.open("confirm")
        if waiting is not None and waiting.age <= CONFIRMATION_AGE and waiting is talk.questions[0]:
            latest = waiting
    if latest is None:
        return ("affirm", ("action_recall_offer",)) if talk.open("offer") else None
    if latest.kind == "offer":
        return "affirm", ("action_accept_offer",)
    if latest.kind == "person":
        return "affirm", ("action_hand_over",)
    if latest.kind in ("confirm", "number", "order"):
        return "affirm", flows[f"{latest.task}_order"].steps
    return ("affirm", _track(flows)) if latest.kind == "proof" else None


def _no(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    latest = talk.latest or next((question for question in talk.questions if _is_task(question)), None)
    if latest is None:
        return None
    if latest.kind == "number" and _NO_NUMBER.search(request.text):
        return "deny", ("utter_no_order_number",)
    if latest.kind == "offer":
        return "deny", ("action_decline_offer",)
    if latest.kind == "meaning":
        return "deny", ("utter_ask_rephrase",)
    if _is_task(latest):
        return "deny", ("action_drop_task",)
    return None


def _later(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    if talk.latest is not None and _is_task(talk.latest):
        return "maybe_later", ("action_drop_task",)
    return ("maybe_later", ("utter_offer_stays",)) if talk.open("offer") else None


def _number(talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    """A number goes to the task that waits for one; one that is given instead is to be confirmed anew."""
    waiting = next((question for question in talk.questions if question.kind in ("number", "order", "confirm")), None)
    return None if waiting is None else ("inform_order_number", flows[f"{waiting.task}_order"].steps)


def _chooses(request: Request, latest: Optional[Question], talk: Talk) -> bool:
    """Whether the message picks one of the orders that were listed with the question."""
    asks_which = latest is not None and latest.kind == "number" and bool(talk.slots.get("shown_orders"))
    return asks_which and _CHOICE.fullmatch(request.text) is not None


def _change(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    """ "Yes, cancel it" confirms; "no, don't cancel it" drops."""
    waiting = talk.open("confirm")
    same = waiting is not None and waiting.task == CHANGES[request.intent]
    if is_denied(request.intent, request.text, flows):
        return ("deny", ("action_drop_task",)) if any(_is_task(question) for question in talk.questions) else None
    if not same or waiting is None or waiting.age > CONFIRMATION_AGE:
        return None
    if _numbers(request) - {talk.slots.get("confirming_number") or talk.slots.get("order_number")}:
        return None
    return ("affirm", flows[request.intent].steps) if _YES.search(request.text) else None


def _numbers(request: Request) -> Set[Any]:
    return {entity.get("value") for entity in request.entities if entity.get("entity") == "order_number"}


def _names_the_offer(request: Request, latest: Optional[Question]) -> bool:
    """Whether an answer that sounds like one to an offer can be one: an offer was made, or it names it."""
    return latest is None or latest.kind == "offer" or _OFFER_WORDS.search(request.text) is not None


def _is_task(question: Question) -> bool:
    return question.kind in ("confirm", "number", "proof", "order")


def _track(flows: Mapping[str, Flow]) -> Sequence[Step]:
    return flows["track_order"].steps
