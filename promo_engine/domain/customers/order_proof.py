"""How somebody who is not signed in shows that an order is theirs: its e-mail address, or the postcode it goes to.

Neither is stored. Of both a hash is kept, that of the postcode salted with the order's number, since there are few
postcodes.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from hashlib import sha256

from promo_engine.domain.customers.email_hash import email_hash
from promo_engine.domain.customers.orders import Order
from promo_engine.domain.customers.shop_orders import number_key


@dataclass(frozen=True)
class OrderProof:
    """What somebody wrote beside the number; either may be missing."""

    email: str = ""
    postcode: str = ""

    def __bool__(self) -> bool:
        return bool(self.email.strip() or self.postcode.strip())


NO_PROOF = OrderProof()


def postcode_hash(postcode: str, *, number: str) -> str:
    """SHA-256 of a postcode without blanks and dashes and of its order's number; empty for none."""
    plain = re.sub(r"[^0-9A-Za-z]", "", postcode).upper()
    return sha256(f"{number_key(number)}/{plain}".encode()).hexdigest() if plain else ""


def is_proven(order: Order, proof: OrderProof) -> bool:
    """Say whether the proof fits the order. An order of which neither hash is known is nobody's to prove."""
    pairs = (
        (order.email_hash, email_hash(proof.email)),
        (order.postcode_hash, postcode_hash(proof.postcode, number=order.shown_number)),
    )
    return any(bool(known) and bool(given) and hmac.compare_digest(known, given) for known, given in pairs)
