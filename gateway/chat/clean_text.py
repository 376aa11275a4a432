"""Cleans free text before it is logged and sent to the bot."""

from __future__ import annotations

import re
import unicodedata

from common.errors import InvalidRequest

_KEPT_CONTROLS = "\n\t"
_ADDRESS = re.compile(r"([\w.+-])[\w.+-]*@(?=[\w-]+\.\w)")
"""Of an e-mail address, what stands before its domain."""


def clean_text(text: str, *, length_limit: int) -> str:
    """The text as it is logged and forwarded: NFKC, no control characters, no leading blanks or slashes.

    Rasa takes a text that begins with a slash for a command (`/intent{...}`), after stripping white space. NFKC comes
    first because it turns look-alikes such as the full-width slash into the real one. Leading characters that show
    nothing go too, wherever they are mixed with slashes. Control characters go everywhere: PostgreSQL stores no NUL,
    UTF-8 no lone surrogate.

    Raises InvalidRequest (`empty_message`, `message_too_long`).
    """
    if len(text) > length_limit:
        raise _too_long(length_limit)
    normal = unicodedata.normalize("NFKC", text)
    printable = "".join(
        character
        for character in normal
        if character in _KEPT_CONTROLS or unicodedata.category(character) not in {"Cc", "Cs"}
    )
    start = 0
    while start < len(printable) and _is_leading_noise(printable[start]):
        start += 1
    cleaned = printable[start:].rstrip()
    if not cleaned:
        raise InvalidRequest("empty_message", "The message has no text.", field="text")
    if len(cleaned) > length_limit:  # NFKC can lengthen a text, up to 18 times
        raise _too_long(length_limit)
    return cleaned


def mask_addresses(text: str) -> str:
    """The text with e-mail addresses that nobody can write to: `j***@example.com`."""
    return _ADDRESS.sub(r"\1***@", text) if "@" in text else text


def _is_leading_noise(character: str) -> bool:
    """A slash, white space, or a character that shows nothing by itself: format characters, joiners, fillers."""
    return (
        character == "/"
        or character.isspace()
        or unicodedata.category(character)[0] in {"Z", "C", "M"}
        or character in "\u115f\u1160\u3164\uffa0"  # Hangul fillers are letters by category
    )


def _too_long(limit: int) -> InvalidRequest:
    return InvalidRequest("message_too_long", f"A message has at most {limit} characters.", field="text")
