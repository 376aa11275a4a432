"""What a customer wants of the goods beside their name: the cheapest, one below an amount, another size, others."""

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence

_DEAREST = re.compile(
    r"\bmost expensive\b|\b(?:pric|cost)i?(?:er|est)\b|\bdear(?:er|est)\b|\bhighest price\b|\bmore expensive\b",
    re.IGNORECASE,
)
_CHEAPEST = re.compile(
    r"\b(?:cheap(?:er|est)?|least expensive|less expensive|lowest price|best price|inexpensive|budget"
    r"|costs? (?:less|least))\b",
    re.IGNORECASE,
)
_SUPERLATIVE = re.compile(r"\b(?:cheap|dear|pric|cost)\w*est\b|\b(?:least|most|lowest|highest|best)\b", re.IGNORECASE)
_COMPARES = re.compile(r"\bcompar\w*|\bdifference\b|\bor the\b", re.IGNORECASE)
_OTHERS = re.compile(
    r"\belse\b|\bothers?\b|\bdifferent\b|\bmore (?:of|options|choice)\b|\b(?:show|see|any) (?:me )?(?:some )?more\b",
    re.IGNORECASE,
)
_SIZES = re.compile(
    r"\bsizes?\b|\b(?:big|larg|small)(?:ger|ler|er|gest|lest|est)\b|\bhow (?:big|large|heavy|much is in|many)\b"
    r"|\bcomes? in\b",
    re.IGNORECASE,
)
_OF_THOSE = re.compile(
    r"\b(?:these|those|them|the (?:first|second|third|two|three|four)|of (?:these|those|them)|that|it|ones?)\b"
    r"|\bthere\b",
    re.IGNORECASE,
)
_UNDER = re.compile(
    r"\b(?:under|below|less than|(?:not|no|nothing) (?:more than|above|over)|at most|up to|cheaper than|within"
    r"|max(?:imum)?)\b",
    re.IGNORECASE,
)
_SIZE = re.compile(
    r"\d+(?:[.,]\d+)?\s?(?:oz|lbs?|g|kg|l|ml|cl|gal|qt|pt|ct|cans?|pieces|pack|inch|in|cm)\b", re.IGNORECASE
)
_WHICH_OF = re.compile(r"\b(?:which|what|any|some|best|good|a|your)\s+(?:\w+\s+)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Wishes:
    """Read from the words; nothing where they only name a thing."""

    cheapest: bool = False
    dearest: bool = False
    compares: bool = False
    sizes: bool = False
    others: bool = False
    single: bool = False
    """A superlative: "the cheapest of these" is one product."""
    of_those: bool = False
    """The words point at what was shown."""
    most_cents: Optional[int] = None
    """No product above this price."""

    @property
    def narrows(self) -> bool:
        """Whether they choose among what was found."""
        return self.cheapest or self.dearest or self.compares or self.most_cents is not None


def wishes_in(text: str, entities: Sequence[Mapping[str, Any]]) -> Wishes:
    """Read a message."""
    amounts = [entity["value"] for entity in entities if entity.get("entity") == "amount_of_money"]
    cents = [amount["cents"] for amount in amounts if isinstance(amount, dict) and amount.get("cents")]
    dearest = _DEAREST.search(text) is not None
    return Wishes(
        cheapest=not dearest and _CHEAPEST.search(text) is not None,
        dearest=dearest,
        compares=_COMPARES.search(text) is not None,
        sizes=_SIZES.search(text) is not None,
        others=_OTHERS.search(text) is not None,
        single=_SUPERLATIVE.search(text) is not None,
        of_those=_OF_THOSE.search(text) is not None,
        most_cents=cents[0] if cents and _UNDER.search(text) else None,
    )


def chosen(products: Sequence[Dict[str, Any]], wishes: Wishes, *, most: int) -> List[Dict[str, Any]]:
    """The products that the wishes leave, at most so many; in the shop's order where the wishes have none."""
    left = list(products)
    if wishes.most_cents is not None:
        left = [row for row in left if row["price_cents"] is not None and row["price_cents"] <= wishes.most_cents]
    if wishes.sizes:
        left = _of_each_size(left) or left
    if wishes.cheapest or wishes.dearest or wishes.compares:
        priced = [row for row in left if row["price_cents"] is not None]
        left = sorted(priced, key=lambda row: int(row["price_cents"]), reverse=wishes.dearest)
    return left[:most]


def names_a_size(product: Mapping[str, Any]) -> bool:
    """Whether the name says how much is in it."""
    return _SIZE.search(str(product["name"])) is not None


def is_what_is_wanted(before: str) -> bool:
    """Whether the words before a thing make it the thing that is looked for: "which cheese … for a pizza"."""
    return _WHICH_OF.search(before) is not None


def _of_each_size(products: Sequence[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """The first of each size that the names tell."""
    by_size: Dict[str, Dict[str, Any]] = {}
    for row in products:
        size = _SIZE.search(str(row["name"]))
        if size is not None:
            by_size.setdefault(size.group().lower(), row)
    return list(by_size.values())
