"""What a "yes", a "no" or a bare number means: it answers the last question of the bot."""

import re
from typing import Any, Callable, Mapping, Optional, Sequence, Set, Tuple

from bot.dialogue.details import CHANGES, FLOW_OF
from bot.dialogue.flows import Flow, Step
from bot.dialogue.product_talk import takes_one
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
_NO_NUMBER = re.compile(
    r"(?:n't|\b(?:not|no|dont|lost|forgot|without))\b.*\b(?:number|e-?mail|it)\b|\bno (?:idea|clue)\b", re.IGNORECASE
)
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
_CORRECTS = re.compile(r"\b(?:mean|meant|wrong|sorry|typo|mistake|rather|instead|actually)\b", re.IGNORECASE)
_GOES_ON = re.compile(
    r"\W*(?:(?:ok|okay|and|so|hm+|well)\W+)*(?:what about|how about|and|or)\b.{0,40}"
    r"\b(?:one|ones|order|other|older|newer|first|second|last)\b",
    re.IGNORECASE,
)
"""Words that ask the same of another order: "and the one from last week?"."""
CHANGE_OF = {
    "action_cancel_order": "cancel_order",
    "action_return_order": "return_order",
    "action_swap_items": "exchange_items",
    "action_change_address": "change_shipping_address",
    "action_change_payment": "change_payment",
}
"""The flow that an action belongs to."""
SHOWS_PRODUCTS = {"action_quote_products", "action_suggest_also_bought"}
"""Steps that show what the shop sells."""
GOES_ON_FROM = {
    *("nlu_fallback", "out_of_scope", "reorder", "another_offer", "list_orders", "order_contents", "product_search"),
    *("inform_order_number", "return_condition", "can_cancel"),
}
"""Readings of such words, which say too little for a classifier."""

_TAKES_UP = re.compile(r"\b(?:now|next|back to)\b\W+(?:for |to |on to )?(?:the|my|that|this)\b", re.IGNORECASE)
"""Words that come back to a change which was asked about beside something else: "ok, now the return please"."""
_HEARD = re.compile(
    r"\W*(?:(?:o+k+(?:ay)?|k+|alright|all right|fine|good|great|cool|nice|i see|got it|right|thanks)\W*)+",
    re.IGNORECASE,
)
"""Words that say no more than that the message was read."""
UNCLEAR = {"deny", "nlu_fallback", "out_of_scope", "maybe_later", "whatever"}
TRACKING = {"track_order", "inform_order_number", "order_arrival"}
ORDER_ANSWERS = {
    "affirm",
    "deny",
    "maybe_later",
    "decline_offer",
    "inform_order_number",
    "inform_order_proof",
    *CHANGES,
}
_NO_FIRST = re.compile(
    r"\W*(?:(?:h+m+|oh|um+|well|actually|ok|okay|wait)\W+)*"
    r"(?:no(?! (?:idea|clue|number|order|problem|worries))|nope|nah|leave it|never ?mind|forget it|stop|don'?t)\b",
    re.IGNORECASE,
)

_ENDS_IN_YES = re.compile(
    r"(?:^|[,.;!]\s*|\band )(?:oh |then )?(?:yes|yeah|yep|please do|go ahead|do (?:it|that|so)|cancel it"
    r"|send it back)\b[^?]{0,30}$",
    re.IGNORECASE,
)
_ENDS_IN_TAKING = re.compile(
    r"(?:^|[,.;!]\s*|\b(?:so|and|but) )i(?:'ll| will| would|'d)? (?:like to )?(?:take|have|accept) (?:it|that"
    r"|this)(?: one| offer)?\W*$",
    re.IGNORECASE,
)
_PASSES = re.compile(
    r"\bi(?:'ll| will| shall|'d rather| would rather| think i'll)? (?:pass|skip|decline|rather not)\b|\brather not\b"
    r"|\bno,? (?:but )?(?:thanks|thank you)\b|\bnot (?:for me|interested|this time|today)\b|\bdon'?t (?:want"
    r"|need) (?:it|that|this|any)\b",
    re.IGNORECASE,
)
_AT_THE_END = {*UNCLEAR, "thank", "apology", "greet", "goodbye", "product_advice", "product_search", "complaint"}
"""Readings of a message whose answer stands at its end, or among politeness."""

Answer = Optional[Tuple[str, Sequence[Step]]]
"""As which intent the message counts, and the steps; None where it answers nothing."""


def answer_to(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    """The steps where the message answers a question."""
    for reader in (_numbers, _changes, _offers, _consent):
        answer = reader(request, talk, flows)
        if answer is not None:
            return answer
    return None


def _numbers(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    """A number, a proof, the choice of one of several, or that there is no number."""
    latest, intent = talk.latest, request.intent
    if intent == "inform_order_proof" and not talk.open("proof") and _order_numbers(request):
        intent = "inform_order_number"  # both at once, as the chat's form sends them
    if talk.open("proof") and intent in ("inform_order_proof", "inform_order_number"):
        return "inform_order_proof", _track(flows)
    if latest is not None and latest.kind == "number" and intent in UNCLEAR and _NO_NUMBER.search(request.text):
        return "deny", ("utter_no_order_number",)
    if intent in TRACKING and _named_change(request, flows) == "return_order" and _order_numbers(request):
        return "return_order", flows["return_order"].steps  # "order 1001 has to go back"
    if intent == "inform_order_number" or _chooses(request, latest, talk):
        return _number(request.text, talk, flows)
    return None


def _changes(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    """A change, or the same for another order."""
    if request.intent in CHANGES:
        return _change(request, talk, flows)
    if not _goes_on(request) or not _is_about_orders(talk):
        return None
    before = next((CHANGE_OF[step] for step in talk.recent if step in CHANGE_OF), "track_order")
    return before, flows[before].steps


def _offers(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    """An offer that is named, and that there is none."""
    names_it = request.intent == "accept_offer" and _names_the_offer(request, talk.latest)
    if names_it and talk.open("offer") is None and not talk.slots.get("offer_open"):
        return "ask_for_offers", flows["ask_for_offers"].steps
    return None


def _consent(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    """A yes, a no, or a not yet."""
    intent = _answers_politely(request, talk) or request.intent
    if intent == "accept_offer" and _takes_product(request, talk):
        return "add_to_basket", flows["add_to_basket"].steps
    if intent in ("accept_offer", "decline_offer") and not _names_the_offer(request, talk.latest):
        intent = "affirm" if intent == "accept_offer" else "deny"
    reader: Optional[Callable[[Request, Talk, Mapping[str, Flow]], Answer]] = {
        "affirm": _yes,
        "deny": _no,
        "maybe_later": _later,
    }.get(intent)
    return None if reader is None else reader(request, talk, flows)


def _answers_politely(request: Request, talk: Talk) -> Optional[str]:
    """A yes or no that stands at the end of a story or among courtesies; None where there is none."""
    latest = talk.latest
    if latest is None or request.intent not in _AT_THE_END:
        return None
    if latest.kind == "offer" and _PASSES.search(request.text):
        return "deny"
    if latest.kind == "offer" and not latest.proactive and _ENDS_IN_TAKING.search(request.text):
        return "affirm"
    ends_in_yes = latest.kind == "confirm" and not _NO_FIRST.match(request.text) and _ENDS_IN_YES.search(request.text)
    return "affirm" if ends_in_yes else None


def _takes_product(request: Request, talk: Talk) -> bool:
    """Whether "I'll take that one" means one of the goods just shown, and no offer that came along with them."""
    latest = talk.latest
    wanted_offer = latest is not None and latest.kind == "offer" and not latest.proactive
    shows_products = not SHOWS_PRODUCTS.isdisjoint(talk.last)
    return shows_products and not wanted_offer and _OFFER_WORDS.search(request.text) is None and takes_one(request.text)


def _yes(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    latest = talk.latest
    if latest is None:
        waiting = talk.open("confirm")
        if waiting is not None and waiting.age <= CONFIRMATION_AGE and waiting is talk.questions[0]:
            latest = waiting
    if latest is None:
        wanted = _named_change(request, flows)
        if wanted is not None:  # "actually yes, cancel it" after it was dropped: it is asked about anew
            return wanted, flows[wanted].steps
        return ("affirm", ("action_recall_offer",)) if talk.open("offer") else None
    if latest.kind == "offer":
        only_heard = latest.proactive and _HEARD.fullmatch(request.text) is not None
        return "affirm", ("utter_heard",) if only_heard else ("action_accept_offer",)
    if latest.kind == "person":
        return "affirm", ("action_hand_over",)
    if latest.kind in ("confirm", "number", "order"):
        return "affirm", flows[FLOW_OF[str(latest.task)]].steps
    return ("affirm", _track(flows)) if latest.kind == "proof" else None


def _no(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    latest = talk.latest or next((question for question in talk.questions if question.is_task), None)
    if latest is None:
        wanted = _named_change(request, flows)  # "no really, cancel it"
        return None if wanted is None else (wanted, flows[wanted].steps)
    if latest.kind == "offer":
        return "deny", ("action_decline_offer",)
    if latest.kind == "meaning":
        return "deny", ("utter_ask_rephrase",)
    if latest.is_task:
        return "deny", ("action_drop_task",)
    return None


def _later(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    if talk.latest is not None and talk.latest.is_task:
        return "maybe_later", ("action_drop_task",)
    return ("maybe_later", ("utter_offer_stays",)) if talk.open("offer") else None


def dropped_first(text: str, intents: Sequence[str], talk: Talk) -> Sequence[Step]:
    """The step that drops the open task, where the message first says no to it and then asks something else."""
    latest = talk.latest
    other = bool(intents) and not ORDER_ANSWERS & set(intents)
    says_no = latest is not None and latest.is_task and _NO_FIRST.match(text) is not None
    return ("action_drop_task",) if says_no and other else ()


def _number(text: str, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    """A number goes to the task that waits for one; one that is given instead is to be confirmed anew, and one that
    corrects an earlier one to what that was for."""
    waiting = next((question for question in talk.questions if question.kind in ("number", "order", "confirm")), None)
    if waiting is not None:
        return "inform_order_number", flows[FLOW_OF[str(waiting.task)]].steps
    meant = next((intent for action, intent in CHANGE_OF.items() if action in talk.recent), None)
    return (meant, flows[meant].steps) if meant is not None and _CORRECTS.search(text) else None


def _chooses(request: Request, latest: Optional[Question], talk: Talk) -> bool:
    """Whether the message picks one of the orders that were listed with the question."""
    asks_which = latest is not None and latest.kind == "number" and bool(talk.slots.get("shown_orders"))
    return asks_which and _CHOICE.fullmatch(request.text) is not None


def _change(request: Request, talk: Talk, flows: Mapping[str, Flow]) -> Answer:
    """ "Yes, cancel it" confirms; "no, don't cancel it" drops."""
    waiting = talk.open("confirm")
    same = waiting is not None and waiting.task == CHANGES[request.intent]
    if is_denied(request.intent, request.text, flows):
        return ("deny", ("action_drop_task",)) if any(question.is_task for question in talk.questions) else None
    if not same or waiting is None or waiting.age > 1:
        return None
    if _order_numbers(request) - {talk.slots.get("confirming_number") or talk.slots.get("order_number")}:
        return None
    if _TAKES_UP.search(request.text):
        return None  # the flow begins, and asks
    return ("affirm", flows[request.intent].steps) if _YES.search(request.text) else None


def _order_numbers(request: Request) -> Set[Any]:
    return {entity.get("value") for entity in request.entities if entity.get("entity") == "order_number"}


def _named_change(request: Request, flows: Mapping[str, Flow]) -> Optional[str]:
    """The change whose verb the message says, without denying it."""
    for intent in CHANGES:
        changes = flows[intent].changes
        if changes is not None and changes.search(request.text) and not is_denied(intent, request.text, flows):
            return intent
    return None


def _goes_on(request: Request) -> bool:
    return request.intent in GOES_ON_FROM and len(request.text) < 70 and _GOES_ON.match(request.text) is not None


def _is_about_orders(talk: Talk) -> bool:
    """Whether "the other one" can be an order."""
    return talk.topic not in ("offers", "products")


def _names_the_offer(request: Request, latest: Optional[Question]) -> bool:
    """Whether an answer that sounds like one to an offer can be one: an offer was made, or it names it."""
    return latest is None or latest.kind == "offer" or _OFFER_WORDS.search(request.text) is not None


def _track(flows: Mapping[str, Flow]) -> Sequence[Step]:
    return flows["track_order"].steps
