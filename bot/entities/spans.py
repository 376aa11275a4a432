"""Which reading of the same words counts. No two entities of a message ever overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Mapping

RANK = (
    "email",
    "amount_of_money",  # has a currency beside its digits
    "order_number",
    "quantity",  # "x2" could be a code
    "discount_code",
    "date",
    "product",
    "category",
)
"""The stronger reading first. Whatever is not named here comes last."""
_STRENGTH = {name: i for i, name in enumerate(RANK)}


@dataclass(frozen=True)
class Found:
    """One entity: `text[start:end]` means `value`. `more` goes into Rasa's record of the entity as it is."""

    entity: str
    start: int
    end: int
    value: Any
    more: Mapping[str, Any]

    def as_entity(self) -> Dict[str, Any]:
        """The shape of Rasa's entities."""
        return {"entity": self.entity, "start": self.start, "end": self.end, "value": self.value, **self.more}


def found(entity: str, start: int, end: int, value: Any, **more: Any) -> Found:
    """A `Found` with its further fields as keywords."""
    return Found(entity, start, end, value, more)


def without_overlaps(entities: Iterable[Mapping[str, Any]]) -> List[Dict[str, Any]]:
    """The entities that count, in the order of the text: by rank, then the longer one, then the earlier one.

    An entity without a span (one that a button carries) stays and excludes nothing.
    """
    with_span: List[Dict[str, Any]] = []
    without_span: List[Dict[str, Any]] = []
    for entity in entities:
        (with_span if "start" in entity and "end" in entity else without_span).append(dict(entity))
    chosen: List[Dict[str, Any]] = []
    for entity in sorted(with_span, key=_weight):
        if all(entity["end"] <= other["start"] or other["end"] <= entity["start"] for other in chosen):
            chosen.append(entity)
    return without_span + sorted(chosen, key=lambda entity: entity["start"])


def _weight(entity: Mapping[str, Any]) -> tuple[int, int, int]:
    length = entity["end"] - entity["start"]
    return _STRENGTH.get(entity["entity"], len(RANK)), -length, entity["start"]
