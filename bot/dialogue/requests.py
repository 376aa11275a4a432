"""What one message asks for: one request as a rule, two where it says two things, none of those it says no to."""

import re
from dataclasses import dataclass, replace
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from bot.dialogue.flows import Flow

FALLBACK = "nlu_fallback"
ACTS_FROM = 0.35
"""Confidence from which a guess is acted on, where the parse does not say."""
ASKS_FROM = 0.10
"""Confidence from which the bot asks whether it was meant."""
SURE_ALONE = 0.2
"""Confidence from which the only likely guess is acted on."""
ASK_FIRST = frozenset(["cancel_order", "return_order"])
MOST_REQUESTS = 2
OUT_OF_SCOPE = "out_of_scope"
PRODUCT_SEARCH = "product_search"
ABOUT_PRODUCTS = frozenset([PRODUCT_SEARCH, "product_availability", "product_advice"])
"""Intents that are answered with products."""
SAYS_LITTLE = frozenset(["greet", "thank", "goodbye", FALLBACK, OUT_OF_SCOPE])
"""Readings beside which an order number is what the message is about."""
_THINGS = frozenset(["product", "category"])
"""Entities that name something the shop sells."""
_AROUND_WORDS = " \t\n.,;:!?"
_NEGATION = (
    r"\b(?:don'?t|didn'?t|doesn'?t|won'?t|wasn'?t|isn'?t|not|never|no longer|no need (?:to|for)|no|nor|neither"
    r"|without|instead of|stop)\b"
)
_BETWEEN = r"[^.,;!?\n]{0,40}?"
_OFFER_WORDS = re.compile(r"\b(?:coupons?|vouchers?|discounts?|deals?|promo(?:s|tions?)?)\b", re.IGNORECASE)
_ASKS_A_FACT = re.compile(
    r"\ballerg|^\W*(?:is|are|does|has|was)\s+(?:the|this|that|these|those|there|it|your)\b"
    r"(?!.*\b(?:price|cost|expensive|cheap|stock|available|left|sold out|offer)\b)",
    re.IGNORECASE,
)
"""A question about what a product is or holds, which only its page answers."""
_IDENTIFIER = re.compile(r"[a-z]+(?:_[a-z]+)+(?:\{.*\})?", re.DOTALL)
"""The name of an intent or an action, typed without its slash: somebody is trying the bot's doors."""
_QUESTION = re.compile(r"^\W*(?:why|could|can|would|will|shall)\b[^?]*\bnot\b|^\W*why\b", re.IGNORECASE)
_ENTITY_FIELDS = ("entity", "value", "start", "end", "category")


@dataclass(frozen=True)
class Request:
    """A part of a message, and what it asks for."""

    intent: str
    text: str
    entities: Tuple[Mapping[str, Any], ...] = ()
    ranking: Tuple[Tuple[str, float], ...] = ()
    """The guesses with their confidence, the best first, the fallback left out."""

    def as_slot(self) -> Dict[str, Any]:
        """For the actions."""
        return {"intent": self.intent, "text": self.text, "entities": [dict(entity) for entity in self.entities]}


def whole_request(parse: Mapping[str, Any]) -> Request:
    """A parsed message as one request, whatever its clauses."""
    return _request(parse, str(parse.get("text") or ""))


def requests_in(parse: Mapping[str, Any]) -> List[Request]:
    """The requests of a parsed message, in the order in which they are written; always at least one."""
    whole = whole_request(parse)
    clauses = parse.get("clauses") or []
    if len(clauses) < 2:
        return [whole]
    parts: List[Request] = []
    for clause in clauses:
        part = _request(clause, str(clause.get("text") or ""))
        if part.intent == FALLBACK or any(part.intent == other.intent for other in parts):
            continue
        entities = tuple(entity for entity in whole.entities if _lies_in(entity, whole.text, part.text))
        parts.append(replace(part, entities=entities))
    if any(part.intent == "haggle" for part in parts):
        # "Make it 30 percent and I'll take it" takes nothing that is on offer.
        parts = [part for part in parts if part.intent != "accept_offer"]
    return parts[-MOST_REQUESTS:] or [whole]


def without_denied(request: Request, flows: Mapping[str, Flow], acts_from: float) -> Optional[Request]:
    """The request with a guess that its own words deny replaced by the next; None where nothing is left.

    "I don't want to cancel, where is it" asks for no cancellation.
    """
    if not is_denied(request.intent, request.text, flows):
        return request
    left = [guess for guess in request.ranking if not is_denied(guess[0], request.text, flows)]
    if left and left[0][0] in flows and left[0][1] >= min(acts_from, ASKS_FROM * 2):
        return replace(request, intent=left[0][0], ranking=tuple(left))
    return None


def is_denied(intent: str, text: str, flows: Mapping[str, Flow]) -> bool:
    """Whether the text negates the change that the intent would make."""
    flow = flows.get(intent)
    if flow is None or flow.changes is None or _QUESTION.search(text):
        return False
    return re.search(_NEGATION + _BETWEEN + flow.changes.pattern, text, re.IGNORECASE) is not None


ASKS_WHERE = re.compile(r"\b(?:where|when|how far)\b", re.IGNORECASE)


def denies_a_change(text: str, flows: Mapping[str, Flow]) -> bool:
    """Whether a text says that an order is not to be cancelled or returned."""
    return any(is_denied(intent, text, flows) for intent in ASK_FIRST)


def meant(request: Request, flows: Mapping[str, Flow], asks_from: float, most: int = 3) -> List[Dict[str, str]]:
    """What a message that was not understood may have meant, likeliest first, as the buttons of a question."""
    likely = [
        (name, confidence)
        for name, confidence in request.ranking
        if confidence >= asks_from and name in flows and flows[name].title is not None
    ]
    found = [{"intent": name, "title": str(flows[name].title)} for name, _ in likely]
    return found[:most]


def sure_enough(meanings: Sequence[Mapping[str, str]], request: Request, flows: Mapping[str, Flow]) -> Optional[str]:
    """The one thing that a message may have meant, where asking back would only cost a turn: it changes nothing, or it
    asks for a yes before it does."""
    if meanings and ABOUT_PRODUCTS.issuperset(meaning["intent"] for meaning in meanings):
        return meanings[0]["intent"]  # whichever it is, products are shown
    if len(meanings) != 1 or not request.ranking or request.ranking[0][1] < SURE_ALONE:
        return None
    intent = meanings[0]["intent"]
    flow = flows[intent]
    return intent if flow.changes is None or intent in ASK_FIRST else None


def _request(parse: Mapping[str, Any], text: str) -> Request:
    ranking = tuple(
        (str(guess.get("name")), float(guess.get("confidence") or 0.0))
        for guess in parse.get("intent_ranking") or []
        if guess.get("name") != FALLBACK
    )
    named = (parse.get("intent") or {}).get("name")
    if named is None:
        named = ranking[0][0] if ranking and ranking[0][1] >= ACTS_FROM else FALLBACK
    entities = tuple(
        {name: entity[name] for name in _ENTITY_FIELDS if name in entity} for entity in parse.get("entities") or []
    )
    if named in ABOUT_PRODUCTS and _OFFER_WORDS.search(text):
        named = "ask_for_discount"
    elif named in ABOUT_PRODUCTS and _ASKS_A_FACT.search(text):
        named = "product_facts"
    if named in SAYS_LITTLE and any(entity["entity"] == "order_number" for entity in entities):
        named = "inform_order_number"
    if _IDENTIFIER.fullmatch(text):
        named, ranking = FALLBACK, ()
    if _looks_for_products(str(named), text, entities, ranking, has_article=bool(parse.get("help"))):
        named = PRODUCT_SEARCH
    return Request(str(named), text, entities, ranking)


def _looks_for_products(
    named: str,
    text: str,
    entities: Sequence[Mapping[str, Any]],
    ranking: Sequence[Tuple[str, float]],
    *,
    has_article: bool,
) -> bool:
    """Whether a message that was not understood names something the shop sells, and wants to see it.

    It says nothing else ("tents?"), or it is likeliest about products and no help article answers it. The names are the
    shop's own, so they are known for certain where the sentence around them is not.
    """
    things = [entity for entity in entities if entity.get("entity") in _THINGS and entity.get("category")]
    if not things or named not in {FALLBACK, OUT_OF_SCOPE}:
        return False
    longest = max(int(thing.get("end") or 0) - int(thing.get("start") or 0) for thing in things)
    if longest >= len(text.strip(_AROUND_WORDS)):
        return True
    likeliest = next((name for name, _ in ranking if name != OUT_OF_SCOPE), None)
    return named == FALLBACK and not has_article and likeliest in ABOUT_PRODUCTS


def _lies_in(entity: Mapping[str, Any], whole: str, part: str) -> bool:
    start, end = entity.get("start"), entity.get("end")
    begins = whole.find(part)
    if begins < 0 or start is None or end is None:
        return True
    return begins <= int(start) and int(end) <= begins + len(part)
