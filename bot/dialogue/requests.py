"""What one message asks for: one request as a rule, two where it says two things, none of those it says no to."""

import re
from dataclasses import dataclass, replace
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from bot.dialogue.flows import Flow
from bot.dialogue.follow_ups import THINGS, asks_the_same_of, names_next
from bot.dialogue.product_talk import goes_on_about_products, is_about_size

FALLBACK = "nlu_fallback"
ACTS_FROM = 0.35
"""Confidence from which a guess is acted on, where the parse does not say."""
ASKS_FROM = 0.10
"""Confidence from which the bot asks whether it was meant."""
SURE_ALONE = 0.2
"""Confidence from which the only likely guess is acted on."""
SURE_OF_A_WORD = 0.8
"""Confidence from which a single word is acted on though another reading is likely, too."""
ASK_FIRST = frozenset(["cancel_order", "return_order"])
MOST_REQUESTS = 2
ORDER_NUMBER = "order_number"
OUT_OF_SCOPE = "out_of_scope"
PRODUCT_SEARCH = "product_search"
ABOUT_PRODUCTS = frozenset([PRODUCT_SEARCH, "product_availability", "product_advice"])
"""Intents that are answered with products."""
WANTS_OFFERS = frozenset(["ask_for_offers", "ask_for_discount", "another_offer"])
RETURN_RULES = frozenset(["check_refund_policy", "return_condition", "which_returnable", "return_order"])
TRACKS = frozenset(["track_order", "order_arrival"])
CANCELS = frozenset(["cancel_order", "can_cancel", "which_cancellable", "change_order"])
FAMILIES = (ABOUT_PRODUCTS, WANTS_OFFERS, RETURN_RULES, TRACKS, CANCELS)
"""Intents of which each answer also helps who meant another: between these nobody is asked back."""
GOES_ON_ABOUT_PRODUCTS = ABOUT_PRODUCTS | {
    *("another_offer", "price_match", "ask_for_bundle", "product_facts", "save_how_much", "haggle", "ask_for_offers"),
    *("ask_for_discount", "product_pairing", FALLBACK, OUT_OF_SCOPE),
}
"""What a classifier makes of words about the goods shown."""
SAYS_LITTLE = frozenset(["greet", "thank", "goodbye", FALLBACK, OUT_OF_SCOPE])
"""Readings beside which an order number is what the message is about."""
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
    text, wish = str(parse.get("text") or ""), parse.get("wish")
    whole = whole_request(parse)
    if wish:
        # Of a story only its request counts, so that no day or thing of it is taken for one of the request's. A number
        # is the order's wherever it stands.
        kept = [entity for entity in whole.entities if _lies_in(entity, text, wish) or entity["entity"] == ORDER_NUMBER]
        return [_request({**parse, "entities": kept}, str(wish))]
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


def sure_enough(
    meanings: Sequence[Mapping[str, str]], request: Request, flows: Mapping[str, Flow], topic: Optional[str] = None
) -> Optional[str]:
    """The one thing that a message may have meant, where asking back would only cost a turn: it changes nothing, or it
    asks for a yes before it does. Of several the one that the talk is about."""
    intents = [meaning["intent"] for meaning in meanings]
    if intents and intents[0] != "change_order" and any(family.issuperset(intents) for family in FAMILIES):
        return intents[0]
    if not request.ranking:
        return None
    confidences = dict(request.ranking)
    on_topic = [intent for intent in intents if topic is not None and flows[intent].topic == topic]
    likely = on_topic[:1] if len(intents) > 1 else intents
    if not likely or confidences[likely[0]] < SURE_ALONE:
        return None
    flow = flows[likely[0]]
    return likely[0] if flow.changes is None or likely[0] in ASK_FIRST else None


def goes_on(request: Request, topic: Optional[str]) -> Optional[str]:
    """The intent of words that only go on with the topic: the same of another thing, or about the goods shown."""
    if asks_the_same_of(request.text, request.entities):
        if topic == "offers":
            return "ask_for_discount"
        if topic == "products" or request.intent == FALLBACK:
            return PRODUCT_SEARCH
    names_product = any(entity.get("entity") in THINGS for entity in request.entities)
    if names_product and request.intent == "product_facts" and is_about_size(request.text):
        return PRODUCT_SEARCH
    if topic in ("offers", "products") and request.intent == FALLBACK and names_next(request.text):
        return PRODUCT_SEARCH
    if topic != "products" or request.intent not in GOES_ON_ABOUT_PRODUCTS or _OFFER_WORDS.search(request.text):
        return None
    return PRODUCT_SEARCH if goes_on_about_products(request.text) else None


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
    likeliest = named if named != FALLBACK or not ranking else ranking[0][0]
    if likeliest in ABOUT_PRODUCTS | WANTS_OFFERS and named not in WANTS_OFFERS and _OFFER_WORDS.search(text):
        named = "ask_for_discount"
    if _is_one_doubtful_word(text, str(named), ranking):
        named = FALLBACK
    if named in SAYS_LITTLE and any(entity["entity"] == "order_number" for entity in entities):
        named = "inform_order_number"
    if _IDENTIFIER.fullmatch(text):
        named, ranking = FALLBACK, ()
    if _looks_for_products(str(named), text, entities, ranking, has_article=bool(parse.get("help"))):
        named = PRODUCT_SEARCH
    if named in ABOUT_PRODUCTS and _ASKS_A_FACT.search(text):
        named = "product_facts"
    return Request(str(named), text, entities, ranking)


def _is_one_doubtful_word(text: str, named: str, ranking: Sequence[Tuple[str, float]]) -> bool:
    """Whether a single word may well mean two things: "order" asks how to order, or where one's order is."""
    likely = [guess for guess in ranking if guess[0] != OUT_OF_SCOPE][:2]
    if named == FALLBACK or len(text.split()) != 1 or len(likely) < 2 or likely[0][0] != named:
        return False
    return likely[0][1] < SURE_OF_A_WORD and likely[1][1] >= ASKS_FROM


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
    things = [entity for entity in entities if entity.get("entity") in THINGS and entity.get("category")]
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
