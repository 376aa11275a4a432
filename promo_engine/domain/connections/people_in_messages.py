"""Whether a shop's message speaks of a person: so that what still waits of them is forgotten with them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from promo_engine.domain.customers.email_hash import email_hash

_ADDRESS = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+")


def speaks_of(topic: str, body: bytes, *, email_hashes: Collection[str], names: Collection[str]) -> bool:
    """Whether a message holds an e-mail address with one of the hashes, or calls a customer by one of the names.

    A number counts as a name only where the message names a customer, since it may be anything elsewhere.
    """
    try:
        content = json.loads(body)
    except ValueError:
        return True  # nobody can read it, so nobody can say that it does not
    return any(
        (is_name and text in names) or any(email_hash(found) in email_hashes for found in _ADDRESS.findall(text))
        for text, is_name in _texts(content, whole="customer" in topic)
    )


def _texts(value: Any, *, whole: bool) -> Iterator[tuple[str, bool]]:
    """Every text and number of a value, and whether it stands where a customer is named."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            named = key in {"customer_id", "customer_ids"} or (whole and key == "id")
            yield from (
                (text, named or is_name) for text, is_name in _texts(part, whole=key in {"customer", "customers"})
            )
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, whole=whole)
    elif value is not None and not isinstance(value, bool):
        yield str(value), False
