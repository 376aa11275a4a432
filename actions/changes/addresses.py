"""The postal address that a message gives. Nothing of it is checked against a register: the shop does that."""

import re
from typing import Optional

_COUNTRY = (
    r"(?:,?\s*(?:USA|U\.?S\.?A?\.?|United States(?: of America)?|Germany|Austria|Switzerland|UK|United Kingdom|Canada"
    r"|France|Spain|Italy|Netherlands|Ireland|China))?"
)
_NUMBER_FIRST = re.compile(
    rf"\b\d{{1,6}}[a-z]?\s+[A-Za-z][^\n;:!?]{{4,160}}?\b\d{{4,5}}(?:-\d{{3,4}})?\b{_COUNTRY}", re.IGNORECASE
)
"""953 Park Avenue, Suite 613, New York, NY 10064, USA."""
_NUMBER_LATER = re.compile(
    rf"\b[A-ZÄÖÜ][\w.'äöüß -]{{3,60}}\s\d{{1,5}}[a-z]?,\s*(?:[A-Z]{{1,2}}-)?\d{{4,5}}\s+[A-ZÄÖÜ][^\n;:!?,]{{2,60}}"
    rf"{_COUNTRY}"
)
"""Hauptstraße 5, 10115 Berlin."""
_LEAD_IN = re.compile(
    r"^\W*(?:(?:yes|ok|okay|sure|hi|hello|please|well|oh|sorry|no|actually|it'?s|its|it is|that'?s|the|my|new"
    r"|correct|right|full|address|is|will be|should be|would be|change|update|set|send|ship|deliver|it|to"
    r"|at|make|use|this)\b\W*)+",
    re.IGNORECASE,
)
_TAIL = re.compile(r"\W*(?:please|pls|thanks|thank you|instead)?\W*$", re.IGNORECASE)
LEAST_WORDS = 4
MOST = 300


def address_in(text: str, *, expected: bool) -> Optional[str]:
    """The address, in one line as it was written; None where there is none. `expected`: the bot asked for one, so that
    the whole message is read as one where it can be."""
    flat = re.sub(r"\s+", " ", re.sub(r"\s*\n\s*", ", ", text.strip()))
    for pattern in (_NUMBER_FIRST, _NUMBER_LATER):
        found = pattern.search(flat)
        if found is not None:
            return _trimmed(found.group())
    if not expected:
        return None
    rest = _trimmed(_LEAD_IN.sub("", flat))
    whole = len(rest.split()) >= LEAST_WORDS and re.search(r"\d", rest) is not None and "?" not in rest
    return rest if whole else None


def _trimmed(address: str) -> str:
    return _TAIL.sub("", address).strip(" ,.")[:MOST]
