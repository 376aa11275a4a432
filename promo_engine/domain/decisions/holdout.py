"""The fixed group of customers who never see an offer, against whom uplift is measured."""

from __future__ import annotations

import hashlib

_SALT = b"promobot holdout 1:"
"""Changing it draws a new holdout, which ends every running uplift measurement."""


def in_holdout(customer_id: str, *, basis_points: int) -> bool:
    """Say whether a customer is held out: the same answer for ever, for `basis_points` of 10,000 customers.

    A larger share keeps everyone of a smaller one, so that the group can grow.
    """
    digest = hashlib.sha256(_SALT + customer_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") % 10_000 < basis_points
