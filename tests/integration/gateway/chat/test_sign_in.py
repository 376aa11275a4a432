"""Customers whom the shop's own sign-in service signed in, in a running gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from common.clock import utc_now
from gateway.settings import Settings
from tests.integration.gateway.running_gateway import Gateway

ISSUER = "https://sign-in.shop.example/"


@pytest.fixture
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
async def gateway(settings: Settings, key: rsa.RSAPrivateKey) -> AsyncIterator[Gateway]:
    async def document(_request: web.Request) -> web.Response:
        return web.json_response({"keys": [RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "first"}]})

    app = web.Application()
    app.router.add_get("/jwks.json", document)
    service = TestServer(app)
    await service.start_server()
    signed = {
        "sign_in_jwks": str(service.make_url("/jwks.json")),
        "sign_in_issuer": ISSUER,
        "sign_in_audience": "shop-chat",
    }
    async with aiohttp.ClientSession() as http:
        started = Gateway(settings.model_copy(update=signed), http)
        await started.start()
        yield started
        await started.stop()
    await service.close()


def token(key: rsa.RSAPrivateKey) -> str:
    claims = {"iss": ISSUER, "aud": "shop-chat", "sub": "1228", "exp": utc_now() + timedelta(minutes=5)}
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": "first"})


async def test_they_are_known_and_find_their_conversation_with_any_token(
    gateway: Gateway, key: rsa.RSAPrivateKey
) -> None:
    widget = await gateway.widget()
    welcome = await widget.hello(token(key))
    assert (welcome["type"], welcome["customer_id"]) == ("welcome", "1228")
    own = jwt.encode(
        {"iss": "shop", "aud": "promobot", "sub": "x", "customer_id": "1228", "exp": utc_now() + timedelta(minutes=5)},
        gateway.settings.token_secret.get_secret_value(),
        algorithm="HS256",
    )
    again = await (await gateway.widget()).hello(own, conversation_id=welcome["conversation_id"])
    assert again["type"] == "welcome"


async def test_a_token_of_somebody_elses_key_is_refused_and_the_connection_goes_on(
    gateway: Gateway, key: rsa.RSAPrivateKey
) -> None:
    widget = await gateway.widget()
    forged = token(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    refusal = await widget.hello(forged)
    assert (refusal["type"], refusal["code"]) == ("error", "invalid_token")
    assert (await widget.hello(token(key)))["type"] == "welcome"


async def test_an_anonymous_conversation_moves_into_the_account(gateway: Gateway, key: rsa.RSAPrivateKey) -> None:
    anonymous = await gateway.token(None)
    welcome = await (await gateway.widget()).hello(anonymous)
    widget = await gateway.widget()
    await widget.send(
        type="hello",
        token=token(key),
        conversation_id=welcome["conversation_id"],
        after_seq=0,
        earlier_token=anonymous,
    )
    moved = await widget.receive()
    assert (moved["conversation_id"], moved["customer_id"]) == (welcome["conversation_id"], "1228")
