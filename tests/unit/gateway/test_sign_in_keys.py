"""Tokens that the shop's own sign-in service signs, with its public keys on a server of its own."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from common.clock import utc_now
from common.errors import StartError, Unauthorized, Unavailable
from gateway.identity import Identity, Shopper, SignInService
from gateway.sign_in_keys import KEPT_S, READ_AGAIN_AFTER_S, SignInKeys, document_of, read_keys

SECRET = "a secret of the shop's that nobody else knows"
ISSUER = "https://sign-in.shop.example/"
AUDIENCE = "shop-chat"
BITS = 2048


@pytest.fixture(scope="module")
def first() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=BITS)


@pytest.fixture(scope="module")
def second() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=BITS)


def public(key: rsa.RSAPrivateKey, key_id: str | None, **more: Any) -> dict[str, Any]:
    described = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**described, "use": "sig", "alg": "RS256", **({} if key_id is None else {"kid": key_id}), **more}


@dataclass
class SignInServer:
    """Serves a JWKS document, which a test may change, and counts how often it is read."""

    url: str = ""
    keys: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    readings: int = 0

    async def document(self, _request: web.Request) -> web.Response:
        self.readings += 1
        return web.json_response({"keys": self.keys}, status=self.status)


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def server(first: rsa.RSAPrivateKey) -> AsyncIterator[SignInServer]:
    served = SignInServer(keys=[public(first, "first")])
    app = web.Application()
    app.router.add_get("/jwks.json", served.document)
    listening = TestServer(app)
    await listening.start_server()
    served.url = str(listening.make_url("/jwks.json"))
    yield served
    await listening.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def identity(server: SignInServer, clock: Clock) -> AsyncIterator[Identity]:
    async with aiohttp.ClientSession() as http:
        yield identity_of(SignInKeys(document_of(server.url, lambda: http), clock=clock))


def identity_of(keys: SignInKeys, *, customer_claim: str = "sub") -> Identity:
    service = SignInService(keys, issuer=ISSUER, audience=AUDIENCE, customer_claim=customer_claim)
    return Identity(secret=SECRET, demo_sign_in=False, lifetime_s=60, sign_in=service)


def token(key: rsa.RSAPrivateKey, key_id: str | None = "first", **claims: Any) -> str:
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "1228", "exp": utc_now() + timedelta(minutes=5)} | claims
    said = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(said, key, algorithm="RS256", headers={} if key_id is None else {"kid": key_id})


async def refused(identity: Identity, wrong: str) -> str:
    with pytest.raises(Unauthorized) as error:
        await identity.read_token(wrong)
    return error.value.code


async def test_a_token_of_the_service_names_the_customer_and_the_keys_are_read_once(
    identity: Identity, server: SignInServer, first: rsa.RSAPrivateKey
) -> None:
    for _ in range(3):
        shopper = await identity.read_token(token(first, currency="EUR"))
        assert shopper == Shopper(subject="customer:1228", customer_id="1228", currency="EUR")
    assert (await identity.read_token(token(first, None))).customer_id == "1228"  # the only key
    assert (await identity.read_token(token(first, aud=["another", AUDIENCE]))).customer_id == "1228"
    assert server.readings == 1


async def test_the_customers_id_may_stand_in_another_claim(
    server: SignInServer, clock: Clock, first: rsa.RSAPrivateKey
) -> None:
    claim = "https://shop.example/customer_id"
    async with aiohttp.ClientSession() as http:
        keys = SignInKeys(document_of(server.url, lambda: http), clock=clock)
        identity = identity_of(keys, customer_claim=claim)
        shopper = await identity.read_token(token(first, **{claim: "718", "sub": None}))
        assert shopper.customer_id == "718"
        assert await refused(identity, token(first)) == "invalid_token"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": utc_now() - timedelta(minutes=5)}, "token_expired"),
        ({"exp": None}, "invalid_token"),
        ({"iss": "https://somebody-else.example/"}, "invalid_token"),
        ({"iss": "shop"}, "invalid_token"),
        ({"aud": "another application of the shop"}, "invalid_token"),
        ({"aud": None}, "invalid_token"),
        ({"sub": None}, "invalid_token"),
        ({"sub": ""}, "invalid_token"),
        ({"sub": "x" * 65}, "invalid_token"),
        ({"currency": "EURO"}, "invalid_token"),
        ({"nbf": utc_now() + timedelta(hours=1)}, "invalid_token"),
    ],
)
async def test_what_a_token_says_has_to_be_meant_for_here(
    identity: Identity, first: rsa.RSAPrivateKey, claims: dict[str, Any], code: str
) -> None:
    assert await refused(identity, token(first, **claims)) == code


def unsigned(claims: dict[str, Any], header: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


async def test_the_kind_of_signature_is_not_the_tokens_choice(
    identity: Identity, server: SignInServer, first: rsa.RSAPrivateKey, second: rsa.RSAPrivateKey
) -> None:
    """HS256 with the public key as its secret, no signature at all, another's key, the shop's secret as another's."""
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "1228", "exp": int(utc_now().timestamp()) + 300}
    pem = first.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = unsigned(said, {"alg": "HS256", "typ": "JWT", "kid": "first"}).rpartition(".")[0]
    hs256 = jwt.get_algorithm_by_name("HS256")
    for secret in (pem, pem.strip(), json.dumps(server.keys[0]).encode(), server.keys[0]["n"].encode()):
        signature = base64.urlsafe_b64encode(hs256.sign(text.encode(), secret)).rstrip(b"=").decode()
        assert await refused(identity, f"{text}.{signature}") == "invalid_token"
    for name in ("none", "None", "NONE", "", "RS256", "rs256", "RS512", "PS256", "ES256"):
        assert await refused(identity, unsigned(said, {"alg": name, "kid": "first"})) == "invalid_token"
    for header in ({"kid": "first"}, {"alg": None}, {"alg": ["RS256"]}, {"alg": "RS256", "kid": ["first"]}):
        assert await refused(identity, unsigned(said, header, b"signature")) == "invalid_token"
    assert await refused(identity, token(second)) == "invalid_token"
    for issuer, audience in ((ISSUER, AUDIENCE), ("shop", AUDIENCE), (ISSUER, "promobot")):
        with_secret = jwt.encode({**said, "iss": issuer, "aud": audience}, SECRET, algorithm="HS256")
        assert await refused(identity, with_secret) == "invalid_token"
    # The shop's own tokens go on counting beside it.
    own = jwt.encode({**said, "iss": "shop", "aud": "promobot", "customer_id": "718"}, SECRET, algorithm="HS256")
    assert (await identity.read_token(own)).customer_id == "718"


async def test_a_token_cannot_bring_its_own_key(
    identity: Identity, server: SignInServer, second: rsa.RSAPrivateKey
) -> None:
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "1228", "exp": utc_now() + timedelta(minutes=5)}
    headers = {"kid": "first", "jwk": public(second, "first"), "jku": "http://127.0.0.1:1/jwks.json"}
    assert await refused(identity, jwt.encode(said, second, algorithm="RS256", headers=headers)) == "invalid_token"
    assert server.readings == 1


async def test_a_new_key_is_found_and_a_made_up_one_costs_one_reading_a_minute(
    identity: Identity, server: SignInServer, clock: Clock, first: rsa.RSAPrivateKey, second: rsa.RSAPrivateKey
) -> None:
    await identity.read_token(token(first))
    server.keys = [public(second, "second")]
    clock.now += READ_AGAIN_AFTER_S
    assert (await identity.read_token(token(second, "second"))).customer_id == "1228"
    assert server.readings == 2
    assert await refused(identity, token(first)) == "invalid_token"  # rotated out
    for number in range(20):
        assert await refused(identity, token(second, f"made up {number}")) == "invalid_token"
    assert server.readings == 2
    clock.now += READ_AGAIN_AFTER_S
    for number in range(20):
        assert await refused(identity, token(second, f"made up {number}")) == "invalid_token"
    assert server.readings == 3


async def test_a_key_that_the_service_no_longer_names_counts_for_an_hour_at_most(
    identity: Identity, server: SignInServer, clock: Clock, first: rsa.RSAPrivateKey, second: rsa.RSAPrivateKey
) -> None:
    await identity.read_token(token(first))
    server.keys = [public(second, "second")]
    clock.now += KEPT_S - 1
    await identity.read_token(token(first))
    clock.now += 1
    assert await refused(identity, token(first)) == "invalid_token"


async def test_a_service_that_does_not_answer_is_said_until_it_does_and_known_keys_go_on(
    identity: Identity, server: SignInServer, clock: Clock, first: rsa.RSAPrivateKey
) -> None:
    server.status = 503
    for _ in range(2):
        with pytest.raises(Unavailable) as error:
            await identity.read_token(token(first))
        assert error.value.code == "sign_in_unavailable"
    assert server.readings == 1
    server.status = 200
    clock.now += READ_AGAIN_AFTER_S
    await identity.read_token(token(first))
    server.status = 503
    clock.now += KEPT_S
    assert (await identity.read_token(token(first))).customer_id == "1228"
    assert server.readings == 3


async def test_keys_may_lie_in_a_file_that_changes(
    tmp_path: Path, clock: Clock, first: rsa.RSAPrivateKey, second: rsa.RSAPrivateKey
) -> None:
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [public(first, "first")]}))
    async with aiohttp.ClientSession() as http:
        identity = identity_of(SignInKeys(document_of(str(file), lambda: http), clock=clock))
    await identity.read_token(token(first))
    file.write_text(json.dumps({"keys": [public(first, "first"), public(second, "second")]}))
    clock.now += READ_AGAIN_AFTER_S
    await identity.read_token(token(second, "second"))
    assert await refused(identity, token(second, None)) == "invalid_token"  # of two keys, which?


def test_only_keys_that_sign_with_rs256_are_taken(first: rsa.RSAPrivateKey) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    others = [
        public(first, "to encrypt", use="enc"),
        public(first, "other algorithm", alg="RS512"),
        public(weak, "weak"),
        public(first, "broken", n="!"),
        public(first, "private", d="AQAB"),
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
        {"kty": "EC", "kid": "curve", "crv": "P-256", "x": "AA", "y": "AA"},
        "no key at all",
    ]
    assert set(read_keys(json.dumps({"keys": [*others, public(first, "good")]}).encode())) == {"good"}
    for wrong in (json.dumps({"keys": others}), "[]", "{}", "no json", '{"keys": 7}'):
        with pytest.raises(ValueError, match=r"JWKS document|no RSA key"):
            read_keys(wrong.encode())


def test_a_file_that_is_missing_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="there is no file"):
        document_of(str(tmp_path / "jwks.json"), aiohttp.ClientSession)


def test_without_the_extra_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)  # as where it is not installed
    with pytest.raises(StartError) as error:
        document_of("https://sign-in.shop.example/jwks.json", aiohttp.ClientSession)
    assert "pip install 'promobot[jwks]'" in str(error.value) and "\n" not in str(error.value)
