"""What a message says to prove an order: the e-mail address or the postcode of it."""

import re
from dataclasses import dataclass

_EMAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;.]+")
_POSTCODE = re.compile(
    r"(?<![\w-])(?:"
    r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}"  # SW1A 1AA
    r"|[A-Z]\d[A-Z]\s?\d[A-Z]\d"  # K1A 0B1
    r"|[A-Z]{1,2}-\d{4,6}"  # D-10115
    r"|\d{4}\s?[A-Z]{2}"  # 1012 AB
    r"|\d{3}\s\d{2}|\d{2}-\d{3}|\d{5}-\d{3,4}|\d{3}-\d{4}"  # 110 00, 00-950, 01310-100, 100-0001
    r"|\d{4,7}"
    r")(?![\w-])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Proof:
    """An e-mail address or a postcode, as it was written; both empty where the message has neither."""

    email: str = ""
    postcode: str = ""

    def __bool__(self) -> bool:
        return bool(self.email or self.postcode)


_SAYS_POSTCODE = re.compile(r"\b(?:post\s?codes?|postal codes?|zip(?: codes?)?|plz)\b|邮编", re.IGNORECASE)


def proof_in(text: str, *, number: str, wanted: bool) -> Proof:
    """What a message proves; the order's own number is no postcode. `wanted`: a proof was asked for, so that digits
    alone are a postcode."""
    email = _EMAIL.search(text)
    if email is not None:
        return Proof(email=email.group())
    if not wanted and not _SAYS_POSTCODE.search(text):
        return Proof()
    postcode = _POSTCODE.search(text.replace(number, " ") if number else text)
    return Proof() if postcode is None else Proof(postcode=postcode.group())
