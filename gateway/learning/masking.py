"""Takes numbers and e-mail addresses out of what a shopper wrote, before it is kept as an example.

The sentence keeps its form: an order number stays a number of as many digits, so that the bot learns from it what it
would meet again.
"""

from __future__ import annotations

import re

EMAIL = "name@mail.example"
LINK = "https://shop.example"
_EMAIL = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_SHORTEST_NUMBER = 4
"""Digits: "2 tents" and "30 days" are no one's own."""
_NUMBER = re.compile(rf"\d(?:[\s./-]?\d){{{_SHORTEST_NUMBER - 1},}}")


def masked(text: str) -> str:
    """The text with every digit of longer numbers as 0, and other addresses in place of e-mail addresses and links."""
    without_addresses = _LINK.sub(LINK, _EMAIL.sub(EMAIL, text))
    return _NUMBER.sub(lambda number: re.sub(r"\d", "0", number.group()), without_addresses)
