"""Single-use codes: 80 bits that a person can read aloud, and a character that catches a slip.

Sixteen characters of five bits each, in Crockford's alphabet (no I, L, O, U), then the check character:
`K7QF-2M9T-XW4H-3BNC-D`.
"""

from __future__ import annotations

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ENTROPY_BITS = 80
_LENGTH = ENTROPY_BITS // 5


def new_code(entropy: int) -> str:
    """Write 80 random bits as a code. Raises ValueError if `entropy` does not fit."""
    if not 0 <= entropy < 1 << ENTROPY_BITS:
        raise ValueError(f"entropy: needs a number of {ENTROPY_BITS} bits")
    digits = [entropy >> 5 * place & 31 for place in reversed(range(_LENGTH))]
    groups = ["".join(ALPHABET[digit] for digit in digits[start : start + 4]) for start in range(0, _LENGTH, 4)]
    return "-".join([*groups, ALPHABET[_check_digit(digits)]])


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
