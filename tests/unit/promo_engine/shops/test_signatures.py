"""Signatures of webhooks: one flipped bit, another secret or an old time, and the body is not the shop's."""

import base64
import hmac
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine.ports.connections.shop_adapter import SignatureError
from promo_engine.shops.signatures import base64_signature_is_right, require_timed_signature, sign

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "hush"


def timed_signature_is_right(body: bytes, header: str, secret: str, *, now: datetime) -> bool:
    try:
        require_timed_signature(body, header, secret, now=now)
    except SignatureError:
        return False
    return True


def test_shopify_s_signature() -> None:
    body = b'{"id": 1}'
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, sha256).digest()).decode()
    assert base64_signature_is_right(body, signature, SECRET)
    assert not base64_signature_is_right(body + b" ", signature, SECRET)
    assert not base64_signature_is_right(body, signature, "other")
    assert not base64_signature_is_right(body, "", SECRET)


@given(body=st.binary(min_size=1, max_size=200), index=st.integers(0, 10**6), bit=st.integers(0, 7))
def test_one_flipped_bit_is_noticed(body: bytes, index: int, bit: int) -> None:
    header = sign(body, SECRET, at=NOW)
    assert timed_signature_is_right(body, header, SECRET, now=NOW)
    flipped = bytearray(body)
    flipped[index % len(body)] ^= 1 << bit
    assert not timed_signature_is_right(bytes(flipped), header, SECRET, now=NOW)


@pytest.mark.parametrize("age", [timedelta(minutes=5, seconds=1), -timedelta(minutes=5, seconds=1)])
def test_an_old_signature_and_one_from_the_future_are_refused(age: timedelta) -> None:
    header = sign(b"x", SECRET, at=NOW)
    assert timed_signature_is_right(b"x", header, SECRET, now=NOW + timedelta(minutes=4, seconds=59))
    assert not timed_signature_is_right(b"x", header, SECRET, now=NOW + age)


def test_a_clock_that_is_two_hours_off_is_told_both_times() -> None:
    header = sign(b"x", SECRET, at=NOW - timedelta(hours=2))
    with pytest.raises(SignatureError, match="says 2026-03-01 10:00:00 UTC, the clock here 2026-03-01 12:00:00 UTC"):
        require_timed_signature(b"x", header, SECRET, now=NOW)


@pytest.mark.parametrize("header", ["", "t=,v1=", "t=abc,v1=ff", "v1=ff", "t=99999999999999999999,v1=ff", "t=1", "é=1"])
def test_headers_that_nobody_sends_are_refused(header: str) -> None:
    assert not timed_signature_is_right(b"x", header, SECRET, now=NOW)


def test_an_empty_secret_signs_nothing() -> None:
    assert not timed_signature_is_right(b"x", sign(b"x", "", at=NOW), "", now=NOW)
    signature = base64.b64encode(hmac.new(b"", b"x", sha256).digest()).decode()
    assert not base64_signature_is_right(b"x", signature, "")
