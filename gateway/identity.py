"""Who is chatting: signed tokens (JWT) that the demo page or the shop hands to the widget.

A shop signs its own tokens with PROMOBOT_TOKEN_SECRET:
`{"iss": "shop", "aud": "promobot", "sub": "...", "customer_id": "1228" or null, "exp": ...}`
and perhaps with `"currency": "EUR"`, in which it sells to this shopper.
The `customer_id` of a signed-in shopper owns the conversation. For an anonymous shopper `sub` does, so it has to be
unguessable and stay the same for as long as the shopper should find the conversation again. A theme that cannot make a
JWT signs a claim instead: see `gateway.signed_claim`. Tokens of a shop's own sign-in service, signed with RS256, are
checked with that service's public keys: see `gateway.sign_in_keys`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import jwt

from common.clock import utc_now
from common.errors import Unauthorized
from common.money.currencies import DECIMALS
from gateway import sign_in_keys
from gateway.sign_in_keys import SignInKeys
from gateway.signed_claim import customer_of_claim, is_signed_claim

AUDIENCE = "promobot"
DEMO_ISSUER = "promobot-demo"
ANONYMOUS_ISSUER = "promobot"
"""Issuer of anonymous tokens on any shop's page; they never name a customer."""
ANONYMOUS_KEPT_FOR = timedelta(days=30)
"""How long after its end an anonymous token can be renewed, and the conversation be found again."""
SHOP_ISSUER = "shop"
ALGORITHM = "HS256"
_LONGEST_ID = 64
"""Characters of a customer's id."""


@dataclass(frozen=True)
class Shopper:
    """The holder of a token."""

    subject: str
    """What a conversation is bound to: the same for every token of a customer, unguessable for an anonymous shopper."""
    customer_id: str | None
    currency: str | None = None
    """In which the shop sells to this shopper."""


@dataclass(frozen=True)
class SignInService:
    """Who signs the shop's customers in, and what a token of theirs has to say."""

    keys: SignInKeys
    issuer: str
    audience: str
    customer_claim: str
    """The claim that holds the customer's id at the shop."""


class Identity:
    """Signs and reads tokens. With demo sign-in off, tokens of the demo page no longer open anything."""

    def __init__(
        self, *, secret: str, demo_sign_in: bool, lifetime_s: int, sign_in: SignInService | None = None
    ) -> None:
        self._secret = secret
        self._sign_in = sign_in
        self._issuers = [SHOP_ISSUER, ANONYMOUS_ISSUER, *([DEMO_ISSUER] if demo_sign_in else [])]
        self._lifetime = timedelta(seconds=lifetime_s)

    def sign_demo_token(self, customer_id: str, *, now: datetime) -> tuple[str, datetime]:
        """A token for a customer of the demo, and when it ends."""
        return self._sign(DEMO_ISSUER, subject=customer_id, customer_id=customer_id, now=now)

    def sign_anonymous(self, *, now: datetime, renew: str | None = None) -> tuple[str, datetime]:
        """A token for an anonymous shopper, and when it ends: the shopper of the earlier token, or a new one."""
        return self._sign(ANONYMOUS_ISSUER, subject=self._known_anonymous(renew), customer_id=None, now=now)

    def _sign(self, issuer: str, *, subject: str, customer_id: str | None, now: datetime) -> tuple[str, datetime]:
        expires_at = (now + self._lifetime).replace(microsecond=0)
        claims = {
            "iss": issuer,
            "aud": AUDIENCE,
            "sub": subject,
            "customer_id": customer_id,
            "iat": now,
            "exp": expires_at,
        }
        return jwt.encode(claims, self._secret, algorithm=ALGORITHM), expires_at

    def _known_anonymous(self, token: str | None) -> str:
        try:
            claims = jwt.decode(
                token or "",
                self._secret,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ANONYMOUS_ISSUER,
                leeway=ANONYMOUS_KEPT_FOR,
                options={"require": ["exp", "sub"], "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            return secrets.token_urlsafe(24)
        return str(claims["sub"])

    async def read_token(self, token: str) -> Shopper:
        """The shopper of a valid token.

        Raises Unauthorized (`token_expired`, `invalid_token`), Unavailable (`sign_in_unavailable`).
        """
        if is_signed_claim(token):
            return _customer(customer_of_claim(token, secret=self._secret, now=utc_now()))
        try:
            # The header only says where to look. With what a token is checked is never its own choice: the public keys
            # take RS256 alone, the secret HS256 alone.
            header = jwt.get_unverified_header(token)
            if self._sign_in is not None and header.get("alg") == sign_in_keys.ALGORITHM:
                return await self._signed_in(self._sign_in, token, header.get("kid"))
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=self._issuers,
                # A shop's clock may be ahead of ours; `exp` alone says how long a token counts.
                options={"require": ["exp", "sub", "iss", "aud"], "verify_iat": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized("token_expired", "The token has expired; ask for a new one.", field="token") from error
        except jwt.InvalidTokenError as error:
            raise Unauthorized("invalid_token", "The token is not valid.", field="token") from error
        currency = _currency_of(claims)
        customer_id = claims.get("customer_id")
        if customer_id is None or claims["iss"] == ANONYMOUS_ISSUER:
            return Shopper(subject=f"stranger:{claims['sub']}", customer_id=None, currency=currency)
        if not isinstance(customer_id, str) or not customer_id:
            raise Unauthorized("invalid_token", "The token's customer_id has to be text.", field="token")
        return _customer(customer_id, currency)

    async def _signed_in(self, service: SignInService, token: str, key_id: str | None) -> Shopper:
        claims = jwt.decode(
            token,
            await service.keys.key(key_id),
            algorithms=[sign_in_keys.ALGORITHM],
            audience=service.audience,
            issuer=service.issuer,
            options={"require": ["exp", "iss", "aud"], "verify_iat": False},
        )
        customer_id = claims.get(service.customer_claim)
        if not isinstance(customer_id, str) or not 0 < len(customer_id) <= _LONGEST_ID:
            message = f"The token's {service.customer_claim} has to be text of at most {_LONGEST_ID} characters."
            raise Unauthorized("invalid_token", message, field="token")
        return _customer(customer_id, _currency_of(claims))


def _currency_of(claims: dict[str, Any]) -> str | None:
    currency: str | None = claims.get("currency")
    if currency is not None and currency not in DECIMALS:
        raise Unauthorized("invalid_token", "The token's currency has to be a code such as EUR.", field="token")
    return currency


def _customer(customer_id: str, currency: str | None = None) -> Shopper:
    return Shopper(subject=f"customer:{customer_id}", customer_id=customer_id, currency=currency)
