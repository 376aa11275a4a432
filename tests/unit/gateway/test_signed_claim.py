"""Claims that a shop's theme signs."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from common.clock import utc_now
from common.errors import Unauthorized
from gateway.identity import Identity, Shopper
from gateway.signed_claim import customer_of_claim

SECRET = "a secret of the shop's that nobody else knows"
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def claim(customer_id: str, *, ends: datetime | str, secret: str = SECRET) -> str:
    """As a theme makes it."""
    text = f"c1.{customer_id}.{ends if isinstance(ends, str) else int(ends.timestamp())}"
    return f"{text}.{hmac.new(secret.encode(), text.encode(), sha256).hexdigest()}"


@pytest.mark.parametrize("customer_id", ["1228", "gid.shopify.7", "a-b_c"])
def test_a_signed_claim_names_the_customer(customer_id: str) -> None:
    token = claim(customer_id, ends=NOW + timedelta(hours=1))
    assert customer_of_claim(token, secret=SECRET, now=NOW) == customer_id


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (claim("1228", ends=NOW - timedelta(seconds=1)), "token_expired"),
        (claim("1228", ends=NOW + timedelta(hours=25)), "invalid_token"),
        (claim("1228", ends=NOW + timedelta(hours=1), secret="another"), "invalid_token"),
        (claim("1228", ends=NOW + timedelta(hours=1)).replace("1228", "1229"), "invalid_token"),
        (claim("", ends=NOW + timedelta(hours=1)), "invalid_token"),
        (claim("x" * 65, ends=NOW + timedelta(hours=1)), "invalid_token"),
        (claim("1228", ends="soon"), "invalid_token"),
        (claim("1228", ends="9" * 13), "invalid_token"),
        (claim("1228", ends="١٢"), "invalid_token"),
        ("c1.", "invalid_token"),
        ("c1.1228", "invalid_token"),
    ],
)
def test_a_claim_that_cannot_be_believed_is_refused(token: str, code: str) -> None:
    with pytest.raises(Unauthorized) as refused:
        customer_of_claim(token, secret=SECRET, now=NOW)
    assert refused.value.code == code


def test_a_clock_that_is_two_hours_off_is_told_both_times() -> None:
    of_a_late_clock = claim("1228", ends=NOW - timedelta(hours=2) + timedelta(minutes=30))
    with pytest.raises(Unauthorized) as refused:
        customer_of_claim(of_a_late_clock, secret=SECRET, now=NOW)
    assert "It ended at 2026-11-30 10:30:00 UTC, the clock here says 2026-11-30 12:00:00" in refused.value.message
    ahead = claim("1228", ends=NOW + timedelta(hours=2) + timedelta(minutes=30))
    assert customer_of_claim(ahead, secret=SECRET, now=NOW) == "1228", "who is signed in may stay so for a day at most"


async def test_it_opens_the_same_conversation_as_a_token_of_the_shop() -> None:
    identity = Identity(secret=SECRET, demo_sign_in=False, lifetime_s=60)
    shopper = await identity.read_token(claim("1228", ends=utc_now() + timedelta(minutes=5)))
    assert shopper == Shopper(subject="customer:1228", customer_id="1228")
