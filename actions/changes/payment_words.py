"""How a customer wants to pay or be paid back, as their words say it. Numbers of cards are never read."""

import re
from typing import Optional

from actions.payment_method import METHODS

_ORIGINAL = re.compile(
    r"\b(?:original (?:payment|method|form|card|way|account)|(?:same|way) (?:card|method|way|as i paid|i paid)"
    r"|(?:the )?way i paid|how i paid|where (?:it|the money) came from|back to (?:the )?(?:same|original)\b)",
    re.IGNORECASE,
)
ORIGINAL = "the way it was paid"
_ENDING = (
    r"(?:,?\s*(?:that |which )?(?:\()?(?:ending|ends|end)(?: in| with| on)?|\s+no\.?|\s*\*+|\s*-)?"
    r"\s*(?P<last>\d{4})(?!\d)"
)
_AWAY = re.compile(
    r"\b(?:from|instead of|rather than|not|no longer)(?:\s+(?:with|on|to|via|the|my|a|by))*\s*$", re.IGNORECASE
)
_OWN = re.compile(r"\b(?:my|the|other|another|different|same|by|with|via|on|a)\s+$|^\W*$", re.IGNORECASE)
"""Before a bare "card", which may be a memory card as well."""
_BRAND = re.compile(r"visa|master ?card|amex|american express|discover|maestro", re.IGNORECASE)


def payment_in(text: str) -> Optional[str]:
    """The way to pay that a message asks for, such as `PayPal` or `Visa ending in 1234`; None where it names none.

    Of several the last one is meant, but for one that it turns away from: "from PayPal to my gift card".
    """
    found = []
    covered = text
    for method in METHODS:
        for match in method.said.finditer(covered):
            if method.name != "card" or _OWN.search(text[: match.start()]):
                found.append((match.start(), match.end(), method.name))
        covered = method.said.sub(lambda match: "~" * len(match.group()), covered)
    if (original := _ORIGINAL.search(text)) is not None:
        found.append((original.start(), original.end(), ORIGINAL))
    wanted = [way for way in sorted(found) if not _AWAY.search(text[: way[0]])]
    if not wanted:
        return None
    start, end, name = wanted[-1]
    brand = next((way for way in reversed(wanted) if _BRAND.fullmatch(way[2])), None)
    if (
        brand is not None
        and ("card" in name or name == brand[2])
        and abs(brand[0] - start) < 30
        and name != "gift cards"
    ):
        name, end = brand[2], max(end, brand[1])
    ending = re.match(_ENDING, re.sub(r"^\s*(?:credit|debit)?\s*card", "", text[end:], flags=re.IGNORECASE))
    name = {"gift cards": "gift card", "prepaid cards": "prepaid card", "card": "credit card"}.get(name, name)
    return name if ending is None or name in (ORIGINAL, "PayPal") else f"{name} ending in {ending['last']}"
