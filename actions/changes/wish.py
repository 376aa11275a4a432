"""What a customer wants changed, as far as it was said: kept in the slot `wish` from turn to turn until the yes."""

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Mapping, Optional

from rasa_sdk import Tracker

WISH_SLOT = "wish"
GOES_ON = frozenset(["inform_detail", "inform_order_number", "inform_order_proof", "affirm"])
"""Intents whose message belongs to the wish that is open; every other one that starts the flow is a new wish."""


@dataclass
class Wish:
    """One change of one order."""

    change: str
    """`cancel`, `return`, `swap`, `address` or `payment`: the task of the dialogue."""
    said: List[Dict[str, Any]] = field(default_factory=list)
    """Messages that were not read yet, because the order was not known: text and entities."""
    number: Optional[str] = None
    items: Dict[str, Dict[str, str]] = field(default_factory=dict)
    """By the index of an order's line, the options that are wanted; none of them: the same again, or just this line."""
    payment: Optional[str] = None
    address: Optional[str] = None
    reason: Optional[str] = None
    of_account: bool = False
    """The address is that of the account, not of an order."""
    expects: Optional[str] = None
    """What the bot asked last: `identity`, `items`, `options`, `payment`, `address` or `reason`."""
    focus: List[int] = field(default_factory=list)
    """The indexes of the lines that the question was about."""
    tries: int = 0
    """How often the same was asked in vain."""
    body: Optional[Dict[str, Any]] = None
    """What the shop is asked for after a yes: exactly what was listed."""

    @classmethod
    def of(cls, tracker: Tracker, change: str, intent: Optional[str]) -> "Wish":
        """The open wish where the message goes on with it, else a new one."""
        kept: Optional[Mapping[str, Any]] = tracker.get_slot(WISH_SLOT)
        if kept and kept.get("change") == change and intent in GOES_ON:
            return cls(**{name: kept[name] for name in cls.__dataclass_fields__ if name in kept})
        return cls(change)

    def as_slot(self) -> Dict[str, Any]:
        """For the next turn."""
        return asdict(self)

    def add(self, text: str, entities: Any) -> None:
        """Keep a message until the order is known."""
        self.said.append({"text": text, "entities": [dict(entity) for entity in entities]})

    def about(self, number: str) -> None:
        """The order is known; what was wanted of another one is forgotten."""
        if self.number is not None and self.number != number:
            self.items, self.focus, self.body = {}, [], None
        self.number = number

    @property
    def indexes(self) -> List[int]:
        """The lines that are meant, in the order's order."""
        return sorted(int(index) for index in self.items)
