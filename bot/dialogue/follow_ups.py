"""Short turns that live on what was said before: "when?", "where does it go?", "and butter?".

They say too little for a classifier. Which question it is stands in their words, what it is about in the talk's topic;
each file of data/flows says what such a question about its topic asks for. Pure text, no Rasa.
"""

import re
from typing import Any, Mapping, Optional, Sequence

_OPENING = (
    r"\W*(?:(?:and|so|ok(?:ay)?|but|then|h+m+|oh|also|fine|good|right|great|thanks|sorry|please|just|tell me"
    r"|for (?:the )?(?:next time|future|later))\b\W*)*"
)
_REST = (
    r"(?:do(?:es)?|did|can|could|should|must|will|would|may|need|i|we|you|one|it|that|this|them|those|they|is|are|was|be|"
    r"go|put|enter|type|find|use|paste|save|keep|see|get|end|run|out|expire|stop|last|valid|good|work|have|to|in|on|the|"
    r"up|exactly|then|now|please|again|though|just|tell|me|cost|come|lot|off)"
)
QUESTIONS = {
    "what_now": r"what (?:can|could|should|do|shall) (?:i|we) do(?: (?:about|with) (?:it|that|this))?"
    "|what (?:are|would be)"
    r" (?:my|the) (?:options|possibilities|choices)|what now|now what|what (?:else )?can be done(?: about (?:it"
    r"|that|this))?",
    "how_much": r"how (?:much|many percent|expensive)",
    "how_long": r"how long|(?:un)?till? (?:when|what (?:day|date)|which day)|by (?:when|what (?:day|date)|which day)",
    "when": r"when|(?:on )?(?:what|which) (?:day|date)|what time",
    "where": r"where(?:abouts)?",
    "why": r"why|how come",
    "how": r"how",
}
"""What a bare question may ask, the longer words first."""
_BARE = {
    name: re.compile(rf"{_OPENING}(?:{words})(?P<rest>(?:\W+{_REST}(?:'s)?)*)\W*", re.IGNORECASE)
    for name, words in QUESTIONS.items()
}
_POINTS_BACK = re.compile(r"\b(?:it|that|this|them|those|they)\b", re.IGNORECASE)
_ITSELF = re.compile(r"\W*(?:is|are|was) (?:it|that|this|they)\W*", re.IGNORECASE)
"""Where "it" is, asks for a thing; where it goes, for what the talk is about."""
_FILLING = re.compile(
    r"\b(?:and|or|then|so|what|how|about|something|anything|one|some|any|for|on|of|with|the|a|an|instead|rather|too|also|as"
    r"|well|please|pls|h+m+|no|ok(?:ay)?|maybe|perhaps|only|just|got|else|oh|in|your|now|make|it)\b|['\u2019]s\b",
    re.IGNORECASE,
)
_JOINS = re.compile(
    r"^\W*(?:(?:h+m+|ok(?:ay)?|no|oh)\W+)*(?:and|or|then|so)\b|\b(?:about|for|on|instead|rather|too|else)\b",
    re.IGNORECASE,
)
_WHAT_ABOUT = re.compile(
    rf"{_OPENING}(?:what|how) about (?!(?:it|that|this|them|the other|another|me|my"
    rf"|you)\b)\w[\w'-]*(?: [\w'-]+){{0,2}}\W*",
    re.IGNORECASE,
)
THINGS = frozenset(["product", "category"])
"""Entities that name something the shop sells."""


def names_next(text: str) -> bool:
    """Whether the text goes on to something that no entity names: "and what about fruit?"."""
    return _WHAT_ABOUT.fullmatch(text) is not None


def last_clause(text: str) -> str:
    """What stands behind the last comma or stop: "no human please, just tell me where I find it"."""
    return re.split(r"[,.;!?]\s+", text.strip())[-1]


def bare_question(text: str) -> Optional[str]:
    """The name of the question that the text asks of what was said before; None where it says more than that."""
    for name, pattern in _BARE.items():
        match = pattern.fullmatch(text)
        if match is not None:
            rest = match["rest"]
            is_bare = not rest.strip() or _POINTS_BACK.search(rest) is not None
            return name if is_bare and not (name == "where" and _ITSELF.fullmatch(rest)) else None
    return None


def asks_the_same_of(text: str, entities: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the text names something the shop sells as the next one of what was spoken of: "and butter?"."""
    rest = text
    things = [entity for entity in entities if entity.get("entity") in THINGS and entity.get("end") is not None]
    for thing in sorted(things, key=lambda thing: int(thing["start"]), reverse=True):
        rest = f"{rest[: int(thing['start'])]} {rest[int(thing['end']) :]}"
    return bool(things) and _JOINS.search(rest) is not None and not re.search(r"\w", _FILLING.sub("", rest))
