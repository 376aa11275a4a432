"""Where Shopify's Admin API is, and which of its versions is spoken.

Shopify brings a version a quarter and keeps each for a year (https://shopify.dev/docs/api/usage/versioning); a request
to one that is gone is answered by the oldest that is left.
"""

from __future__ import annotations

API_VERSION = "2026-10"
"""What this was written for: the stable version of October 2026, kept until October 2027."""


def admin_api(base_url: str, version: str) -> str:
    """The address of a shop's Admin API; an empty version is `API_VERSION`."""
    return f"{base_url.rstrip('/')}/admin/api/{version or API_VERSION}"
