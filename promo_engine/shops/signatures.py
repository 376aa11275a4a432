"""Signatures of webhooks, compared in constant time over the raw body.

Shopify and WooCommerce: base64 of HMAC-SHA256 (https://shopify.dev/docs/apps/build/webhooks,
https://woocommerce.com/document/webhooks). Ours, for every other shop: `X-Promobot-Signature: t=SECONDS,v1=HEX`,
HMAC-SHA256 over `SECONDS.BODY`, good for five minutes, as Stripe does it (https://docs.stripe.com/webhooks/signature).
"""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

GOOD_FOR = timedelta(minutes=5)


def base64_signature_is_right(body: bytes, signature: str, secret: str) -> bool:
    """Whether the body was signed with the secret, as Shopify and WooCommerce sign. An empty secret signs nothing."""
    expected = base64.b64encode(hmac.digest(secret.encode(), body, sha256)).decode()
    return bool(secret) and hmac.compare_digest(expected.encode(), signature.strip().encode())


def sign(body: bytes, secret: str, *, at: datetime) -> str:
    """The header `X-Promobot-Signature` for a body."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_hex(body, secret, seconds)}"


def timed_signature_is_right(body: bytes, header: str, secret: str, *, now: datetime) -> bool:
    """Whether the header signs the body with the secret, and was made at most five minutes from now."""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
    try:
        seconds = int(parts["t"])
        made_at = datetime.fromtimestamp(seconds, UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return False
    fresh = abs(now - made_at) <= GOOD_FOR
    expected = _hex(body, secret, seconds).encode()
    return bool(secret) and hmac.compare_digest(expected, parts.get("v1", "").encode()) and fresh


def _hex(body: bytes, secret: str, seconds: int) -> str:
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, sha256).hexdigest()
