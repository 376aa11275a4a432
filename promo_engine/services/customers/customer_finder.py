"""Finds a customer who is not signed in, where the shop allows it: by e-mail address, or by name and postcode."""

from __future__ import annotations

from enum import StrEnum

from common.access.failure_brake import FailureBrake
from promo_engine.domain.customers.email_hash import email_hash, name_hash
from promo_engine.domain.errors import Forbidden, InvalidRequest, NotFound, TooMany
from promo_engine.ports.unit_of_work import Storage

WRONG_TRIES = 5
WRONG_TRIES_PERIOD_S = 900.0


class FoundBy(StrEnum):
    """What a shop takes for enough."""

    EMAIL = "email"
    NAME_AND_POSTCODE = "name_and_postcode"


class CustomerFinder:
    """Looks customers up by what only they and the shop are likely to know together."""

    def __init__(self, storage: Storage, *, found_by: frozenset[FoundBy]) -> None:
        self._storage = storage
        self._found_by = found_by
        self._brake = FailureBrake(limit=WRONG_TRIES, period_s=WRONG_TRIES_PERIOD_S)

    async def find(self, *, email: str, name: str, postcode: str, conversation_id: str) -> str:
        """Return the customer's id.

        Raises Forbidden `sign_in_needed` where the shop wants its customers signed in, InvalidRequest `says_too_little`
        where neither is there whole, NotFound `unknown_customer` for nobody and for several of one name and postcode,
        and TooMany `too_many_attempts` after five wrong tries in one conversation.
        """
        if not self._found_by:
            raise Forbidden("sign_in_needed", "This shop's customers sign in.")
        by_email = email_hash(email) if FoundBy.EMAIL in self._found_by else ""
        by_name = name_hash(name, postcode) if FoundBy.NAME_AND_POSTCODE in self._found_by else ""
        if not by_email and not by_name:
            ways = " or ".join(sorted(way.replace("_", " ") for way in self._found_by))
            raise InvalidRequest("says_too_little", f"Customers of this shop are found by {ways}.", field="email")
        if self._brake.holds(conversation_id):
            raise TooMany("too_many_attempts", "Too many wrong tries. Wait a quarter of an hour.", field="email")
        async with self._storage.read() as unit:
            found = await unit.customers.with_hashes(email_hash=by_email, name_hash=by_name)
        if len(found) != 1:
            self._brake.failed(conversation_id)
            raise NotFound("unknown_customer", "Nobody is known by that.", field="email")
        return found[0]
