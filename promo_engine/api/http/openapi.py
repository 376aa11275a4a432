"""The engine's OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from common import openapi
from common.endpoint import Endpoint

_PHRASES = {403: "it belongs to somebody else", 503: "the engine cannot answer now"}


def openapi_document(endpoints: Iterable[Endpoint], *, version: str) -> dict[str, Any]:
    """Describe the endpoints."""
    return openapi.openapi_document(endpoints, title="Promobot promo engine", version=version, phrases=_PHRASES)
