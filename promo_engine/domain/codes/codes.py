"""Single-use codes: 80 bits that a person can read aloud, and a character that catches a slip.

Sixteen characters of five bits each, in Crockford's alphabet (no I, L, O, U), then the check character:
`K7QF-2M9T-XW4H-3BNC-D`. A reader forgives what people do with codes: lower case, spaces and dashes anywhere, the letter
O for a nought, I or L for a one.

A code's life: reserved at the acceptance, then redeemed at the checkout, released by whoever withdraws it, or expired.
A cancelled redemption releases it. What a code holds of its promotion's and offer's caps is in `HeldCode.held_cents`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from promo_engine.domain.errors import Conflict, Forbidden, InvalidRequest

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ENTROPY_BITS = 80
_LENGTH = ENTROPY_BITS // 5


def new_code(entropy: int) -> str:
    """Write 80 random bits as a code. Raises ValueError if `entropy` does not fit."""
    if not 0 <= entropy < 1 << ENTROPY_BITS:
        raise ValueError(f"entropy: needs a number of {ENTROPY_BITS} bits")
    digits = [entropy >> 5 * index & 31 for index in reversed(range(_LENGTH))]
    groups = ["".join(ALPHABET[digit] for digit in digits[start : start + 4]) for start in range(0, _LENGTH, 4)]
    return "-".join([*groups, ALPHABET[_check_digit(digits)]])


class CodeState(StrEnum):
    """Where a code stands. Reserved and redeemed codes count as uses, released and expired ones do not."""

    RESERVED = "reserved"
    REDEEMED = "redeemed"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True)
class HeldCode:
    """A shopper's code and what it holds of the caps."""

    code: str
    decision_id: str
    offer_id: str
    promotion_id: str
    customer_id: str | None
    """Whose it is; None while the conversation that got it has no known customer."""
    state: CodeState
    expires_at: datetime
    held_cents: int
    """Reserved: the expected cost at the acceptance. Redeemed: what it really cost. Else: what it held last."""

    def check_redeemable(self, *, customer_id: str | None, at: datetime) -> None:
        """Raise unless `customer_id` may redeem it at a moment.

        Raises Forbidden `code_of_another_customer`, and Conflict `code_redeemed`, `code_released` or `code_expired`. A
        code without a customer may be redeemed by whoever holds it.
        """
        if self.customer_id is not None and self.customer_id != customer_id:
            raise Forbidden("code_of_another_customer", "This code belongs to another customer.", field="code")
        state = CodeState.EXPIRED if self.is_due(at) else self.state
        if state is not CodeState.RESERVED:
            raise Conflict(f"code_{state}", _REFUSAL_OF_STATE[state], field="code")

    def is_due(self, at: datetime) -> bool:
        """Say whether it is still reserved although its time is over."""
        return self.state is CodeState.RESERVED and at >= self.expires_at


_REFUSAL_OF_STATE = {
    CodeState.REDEEMED: "This code has been used already.",
    CodeState.RELEASED: "This code was withdrawn.",
    CodeState.EXPIRED: "This code has expired.",
}
_LOOK_ALIKES = str.maketrans("OIL", "011")


def read_code(text: str) -> str:
    """Return the code that a person has typed, as `new_code` writes it.

    Raises InvalidRequest `invalid_code` saying what is wrong: the length, a character that no code has, or that one
    character is not the right one.
    """
    plain = "".join(text.split()).replace("-", "").upper().translate(_LOOK_ALIKES)
    for character in plain:
        if character not in ALPHABET:
            raise InvalidRequest("invalid_code", f"No code has the character {character!a}.", field="code")
    if len(plain) != _LENGTH + 1:
        raise InvalidRequest(
            "invalid_code", f"A code has {_LENGTH + 1} letters and digits; this one has {len(plain)}.", field="code"
        )
    if not is_code(plain):
        raise InvalidRequest(
            "invalid_code", "A character of this code is wrong, or two have changed places.", field="code"
        )
    return "-".join(plain[start : start + 4] for start in range(0, _LENGTH + 1, 4))


def is_code(text: str) -> bool:
    """Say whether `text` could be one of our codes: right length, right alphabet, right check character."""
    plain = text.replace("-", "")
    if len(plain) != _LENGTH + 1 or any(character not in ALPHABET for character in plain):
        return False
    *digits, check = (ALPHABET.index(character) for character in plain)
    return check == _check_digit(digits)


def _check_digit(digits: list[int]) -> int:
    """Sum `digit * x^place` in GF(32), where x generates the field.

    Every weight is a different non-zero element, so one wrong character, or two that changed places, always shows.
    """
    total = 0
    for digit in digits:
        total = _times_x(total ^ digit)
    return total


def _times_x(element: int) -> int:
    """Multiply by x in GF(2)[x] / (x^5 + x^2 + 1)."""
    shifted = element << 1
    return shifted ^ 0b100101 if shifted & 0b100000 else shifted
