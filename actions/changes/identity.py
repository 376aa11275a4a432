"""Who writes, as far as a message says it: an e-mail address, or a name and a postcode."""

import re
from dataclasses import dataclass
from typing import Any, Dict, Mapping, Optional

from actions.orders.order_proof import proof_in

_SAYS_NAME = re.compile(
    r"\b(?:my (?:full )?name(?:'s| is|:)?|name(?: is|:)|i am|i'm|im|this is|it'?s|here is"
    r"|under(?: the name)?(?: of)?|for)\s+"
    r"(?P<name>[A-Za-zÀ-ÿ][\w'\u2019-]+(?:\s+[A-Za-zÀ-ÿ][\w'\u2019-]+){1,2})",
    re.IGNORECASE,
)
_NO_NAME = frozenset(
    [
        "and",
        "or",
        "my",
        "the",
        "a",
        "an",
        "is",
        "zip",
        "postcode",
        "code",
        "postal",
        "email",
        "mail",
        "address",
        "please",
        "i",
        "want",
        "need",
        "would",
        "like",
        "to",
        "with",
        "in",
        "at",
        "from",
        "order",
        "name",
        "it",
        "its",
        "yes",
        "no",
        "ok",
        "okay",
        "hi",
        "hello",
        "hey",
        "sure",
        "of",
        "course",
        "that",
        "here",
        "this",
        "you",
        "thanks",
        "thank",
        "number",
        "live",
        "lives",
        "looking",
        "trying",
        "writing",
        "calling",
        "not",
        "for",
        "sorry",
        "customer",
        "account",
        "under",
        "so",
        "well",
        "um",
        "sure",
        "afraid",
        "happy",
    ]
)
_WORD = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'\u2019-]+")


@dataclass(frozen=True)
class Identity:
    """What was said so far; empty where nothing was."""

    email: str = ""
    name: str = ""
    postcode: str = ""

    @classmethod
    def of_slot(cls, slot: Optional[Mapping[str, Any]]) -> "Identity":
        """As an earlier turn kept it."""
        return cls(**{field: str((slot or {}).get(field) or "") for field in cls.__dataclass_fields__})

    def as_slot(self) -> Dict[str, str]:
        """For the next turn."""
        return dict(vars(self))

    def with_message(self, text: str, *, expected: bool) -> "Identity":
        """With what the message adds. `expected`: the bot asked who writes, so that bare words are a name."""
        proof = proof_in(text, number="", wanted=expected)
        return Identity(
            email=proof.email or self.email,
            name=_name_in(text, expected=expected) or self.name,
            postcode=proof.postcode or self.postcode,
        )

    @property
    def whole(self) -> bool:
        """Whether somebody can be looked up by it."""
        return bool(self.email or (self.name and self.postcode))


def _name_in(text: str, *, expected: bool) -> str:
    for match in _SAYS_NAME.finditer(text):
        name = _without_little(match["name"])
        if len(name.split()) >= 2:
            return name
    if not expected or "@" in text:
        return ""
    words = [word for word in _WORD.findall(text) if word.lower() not in _NO_NAME]
    return " ".join(words) if 2 <= len(words) <= 4 else ""


def _without_little(name: str) -> str:
    words = []
    for word in name.split():
        if word.lower().strip("'\u2019") in _NO_NAME:
            break
        words.append(word)
    return " ".join(words)
