"""Whether a help article answers a message better than the guessed intent does."""

from dataclasses import replace
from typing import Any, Mapping, Optional, Sequence

from bot.dialogue.answers import SHOWS_PRODUCTS
from bot.dialogue.flows import Flow
from bot.dialogue.requests import ASKS_FROM, FALLBACK, OUT_OF_SCOPE, Request

OFFER_STEP = "action_propose_offer"
FROM_HELP = "action_answer_from_help"
PRODUCT_ENTITIES = {"category", "product"}
"""Entities that name what the shop sells."""
PRODUCTS_FROM = 0.3
"""Confidence from which the likeliest guess keeps a message that names products."""
UNSURE_BELOW = 0.8
"""Confidence below which an intent yields to an article that its own reply does not repeat. Chosen on the calibration
questions of data/help/questions.yml."""


def with_help(requests: Sequence[Request], parse: Mapping[str, Any], flows: Mapping[str, Flow]) -> Sequence[Request]:
    """The requests of a message; the only one becomes a question for the help articles where one of them answers it.

    `help` of the parse holds the articles that are likely to, each with the intents whose replies say the same.
    """
    found = parse.get("help")
    if len(requests) != 1 or not found or "confidence" not in found[0]:
        return requests  # a cosine alone, as that of another language, does not say how likely an article answers
    if not _yields(requests[0], found[0].get("intents") or (), flows):
        return requests
    return [replace(requests[0], intent=FALLBACK, ranking=())]


def _yields(request: Request, same: Any, flows: Mapping[str, Flow]) -> bool:
    if request.intent == OUT_OF_SCOPE:
        return False  # its flow asks the articles anyway
    if request.intent == FALLBACK:
        return not _looks_for_products(request, flows) and not any(
            name in same and confidence >= ASKS_FROM and _does_something(flows.get(name))
            for name, confidence in request.ranking
        )
    confidence = dict(request.ranking).get(request.intent, 1.0)
    return request.intent not in same and confidence < UNSURE_BELOW and not _does_something(flows.get(request.intent))


def _looks_for_products(request: Request, flows: Mapping[str, Flow]) -> bool:
    """Whether a message that names what the shop sells most likely asks to see it: an article on the care of tents
    does not answer "do you have tents?"."""
    if not request.ranking or not any(entity.get("entity") in PRODUCT_ENTITIES for entity in request.entities):
        return False
    name, confidence = request.ranking[0]
    flow = flows.get(name)
    return confidence >= PRODUCTS_FROM and flow is not None and not SHOWS_PRODUCTS.isdisjoint(flow.names)


def _does_something(flow: Optional[Flow]) -> bool:
    """Whether a flow looks something up, changes something, or takes up trouble, rather than only reply."""
    if flow is None:
        return False
    acts = any(name.startswith("action_") and name not in {OFFER_STEP, FROM_HELP} for name in flow.names)
    return acts or flow.trouble or flow.changes is not None
