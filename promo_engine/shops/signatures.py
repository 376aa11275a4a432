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

from promo_engine.ports.connections.shop_adapter import SignatureError

GOOD_FOR = timedelta(minutes=5)


def base64_signature_is_right(body: bytes, signature: str, secret: str) -> bool:
    """Whether the body was signed with the secret, as Shopify and WooCommerce sign. An empty secret signs nothing."""
    expected = base64.b64encode(hmac.digest(secret.encode(), body, sha256)).decode()
    return bool(secret) and hmac.compare_digest(expected.encode(), signature.strip().encode())


def require_base64_signature(body: bytes, signature: str, secret: str, *, header: str) -> None:
    """Raise SignatureError, with what to do, unless the body is signed as Shopify and WooCommerce sign."""
    if not secret:
        raise SignatureError(
            "The source has no webhook secret; `promobot shop source secret` sets the one that the shop signs with."
        )
    if not base64_signature_is_right(body, signature, secret):
        raise SignatureError(f"{header} is missing or does not sign this body with the source's webhook secret.")


def sign(body: bytes, secret: str, *, at: datetime) -> str:
    """The header `X-Promobot-Signature` for a body."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_hex(body, secret, seconds)}"


def require_timed_signature(body: bytes, header: str, secret: str, *, now: datetime) -> None:
    """Raise SignatureError unless the header signs the body with the secret, and was made at most five minutes from
    now. Where only the clocks differ, the message names both."""
    parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
    wrong = SignatureError(
        "X-Promobot-Signature is missing or does not sign this body: t=SECONDS,v1=HEX of HMAC-SHA256 over SECONDS.BODY."
    )
    try:
        seconds = int(parts["t"])
        made_at = datetime.fromtimestamp(seconds, UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        raise wrong from None
    expected = _hex(body, secret, seconds).encode()
    if not secret or not hmac.compare_digest(expected, parts.get("v1", "").encode()):
        raise wrong
    if abs(now - made_at) > GOOD_FOR:
        here = now.astimezone(UTC)
        raise SignatureError(
            f"The signature says {made_at:%Y-%m-%d %H:%M:%S} UTC, the clock here {here:%Y-%m-%d %H:%M:%S} UTC: "
            "more than five minutes apart. Set the wrong clock right, or sign when you send."
        )


def _hex(body: bytes, secret: str, seconds: int) -> str:
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, sha256).hexdigest()
