"""A signed claim that a shop's theme can make: themes can compute an HMAC in hexadecimal, but no JWT.

    c1.CUSTOMER.EXPIRES.SIGNATURE

CUSTOMER is the customer's id at the shop, EXPIRES a Unix time in seconds at most a day ahead, SIGNATURE the HMAC-SHA256
of `c1.CUSTOMER.EXPIRES` with the shop's secret, in lower-case hexadecimal. It says what a JWT of the shop says: who is
signed in, and until when that may be believed.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from common.errors import Unauthorized

VERSION = "c1"
LONGEST = timedelta(days=1)
"""A claim that holds for longer is refused: a page that was saved would open an account for ever."""
_LONGEST_ID = 64


def is_signed_claim(token: str) -> bool:
    """Whether a token is meant to be such a claim."""
    return token.startswith(f"{VERSION}.")


def customer_of_claim(token: str, *, secret: str, now: datetime) -> str:
    """The customer's id. Raises Unauthorized (`token_expired`, `invalid_token`)."""
    claim, _, signature = token.rpartition(".")
    expected = hmac.new(secret.encode(), claim.encode(), sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise _invalid("The token is not valid.")
    body, _, expires = claim.rpartition(".")
    customer_id = body.removeprefix(f"{VERSION}.")
    if not (expires.isascii() and expires.isdigit() and len(expires) <= 12 and 0 < len(customer_id) <= _LONGEST_ID):
        raise _invalid("The token is not valid.")
    end = datetime.fromtimestamp(int(expires), UTC)
    if end <= now:
        # Of a theme whose clock is behind every claim has ended; both times say so.
        times = f"It ended at {end:%Y-%m-%d %H:%M:%S} UTC, the clock here says {now.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        raise Unauthorized("token_expired", f"The token has expired; ask for a new one. {times}.", field="token")
    if end > now + LONGEST:
        raise _invalid("The token holds for more than a day; let it end sooner.")
    return customer_id


def _invalid(message: str) -> Unauthorized:
    return Unauthorized("invalid_token", message, field="token")
