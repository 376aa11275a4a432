"""A Shopify theme's rendering: Liquid with the filters that Shopify adds and the snippet uses."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from liquid import Environment

from tests.stack.snippets.documented_code import snippets


def _hmac_sha256(text: object, secret: object) -> str:
    """As https://shopify.dev/docs/api/liquid/filters/hmac_sha256 has it: lower-case hexadecimal."""
    return hmac.new(str(secret).encode(), str(text).encode(), sha256).hexdigest()


def render_theme(objects: Mapping[str, Any]) -> str:
    """The snippet of docs/connect/shopify.md, rendered with Shopify's objects (`shop`, `cart`, `customer` …)."""
    [snippet] = snippets("shopify", "liquid")
    environment = Environment()
    environment.add_filter("hmac_sha256", _hmac_sha256)
    environment.add_filter("json", json.dumps)
    return environment.from_string(snippet).render(**objects)
