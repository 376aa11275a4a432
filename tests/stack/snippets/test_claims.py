"""Every way of docs/connect to say who is signed in makes a claim that the gateway believes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from common.clock import utc_now
from gateway.identity import Identity, Shopper
from tests.stack.snippets.shop_pages import SHOPS, CartLine, claim_of_python

SECRET = "a secret of the shop's that nobody else knows"
GATEWAY = "http://127.0.0.1:1"
"""Nothing is asked of it here."""


async def read(token: str) -> Shopper:
    return await Identity(secret=SECRET, demo_sign_in=False, lifetime_s=60).read_token(token)


def answer(url: str, *, shopper: str | None) -> str:
    headers = {} if shopper is None else {"Cookie": f"shopper={shopper}"}
    with urlopen(Request(url, headers=headers)) as reply:
        text: str = reply.read().decode()
        return text


def in_page(text: str) -> str | None:
    found = re.search(r'data-token="([^"]*)"', text)
    return None if found is None or not found.group(1) else found.group(1)


def in_json(text: str) -> str | None:
    token: str | None = json.loads(text)["token"]
    return token


WHERE: dict[str, tuple[str, Callable[[str], str | None]]] = {
    "plain_html": ("/", in_page),
    "shopify": ("/", in_page),
    "woocommerce": ("/?wc-ajax=promobot", in_json),
    "medusa": ("/api/promobot", in_json),
}
"""Where each shop's token stands."""


@pytest.mark.parametrize("platform", SHOPS)
async def test_the_snippets_claim_names_its_customer_and_nobody_where_nobody_is_signed_in(
    platform: str, tmp_path: Path
) -> None:
    path, token_of = WHERE[platform]
    lines = [CartLine("SKU-1", quantity=1, cents=1999)]
    with SHOPS[platform](lines, gateway=GATEWAY, secret=SECRET, folder=tmp_path) as shop:
        token = token_of(answer(shop.url + path, shopper="1228"))
        assert token is not None
        assert await read(token) == Shopper(subject="customer:1228", customer_id="1228")
        assert token_of(answer(shop.url + path, shopper=None)) is None


def test_a_claim_of_the_documented_function_ends_within_a_day() -> None:
    ends = int(claim_of_python()("1228", SECRET).split(".")[2])
    assert 0 < ends - utc_now().timestamp() <= 24 * 3600
