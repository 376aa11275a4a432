"""Why an order is to be cancelled, as one of the reasons that the shop names."""

import re
from typing import List, Optional

from actions.changes.plain_words import plain, singular, words_of

_ALIKE = (
    frozenset(
        (
            "mistake",
            "accident",
            "accidental",
            "accidentally",
            "wrong",
            "error",
            "oop",
            "mistaken",
            "misclick",
            "wrongly",
        )
    ),
    frozenset(("need", "want", "use", "necessary", "needed", "require", "required")),
    frozenset(("price", "cheaper", "expensive", "cost")),
    frozenset(("late", "long", "slow", "wait", "waiting")),
)
"""Words that say the same of an order; the reason's own wording is the shop's."""
_NO_LONGER = re.compile(
    r"\b(?:no longer|not? .*anymore|any ?more|dont|do not|without|changed my mind|changed our minds?)\b"
)
_LITTLE = frozenset(words_of("the a an i it to of for is was by in my this that order ordered longer no not and or do"))


def reasons_of(words: Optional[str]) -> List[str]:
    """The shop's reasons, from its words "a, b or c"."""
    return [reason.strip() for reason in re.split(r",| or ", words or "") if reason.strip()]


def reason_in(text: str, reasons: List[str]) -> Optional[str]:
    """The reason that a message gives; None where it gives none of them, or two."""
    said = plain(text)
    for reason in reasons:
        if plain(reason) in said:
            return reason
    stems = _stems(said)
    fitting = [reason for reason in reasons if _fits(reason, stems, said)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(reason: str, stems: List[str], said: str) -> bool:
    own = [stem for stem in _stems(plain(reason)) if stem not in _LITTLE]
    wanted = {word for stem in own for group in _ALIKE if stem in group for word in group} | set(own)
    if not wanted.intersection(stems):
        return _NO_LONGER.search(plain(reason)) is not None and "changed my mind" in said
    negates = _NO_LONGER.search(plain(reason)) is not None
    return not negates or _NO_LONGER.search(said) is not None


def _stems(text: str) -> List[str]:
    return [stem for word in words_of(text) for stem in {word, singular(word), re.sub(r"(?:ed|ing)$", "", word)}]
