"""Passwords, and what the roles differ in."""

from __future__ import annotations

from gateway.admin.access.passwords import Passwords
from gateway.admin.access.permissions import ROLES, Permission

PASSWORD = "correct-horse-battery"


async def test_another_hash_of_the_same_password_still_fits() -> None:
    today, stronger = Passwords(memory_kib=64), Passwords(memory_kib=128)
    hashed = await today.hash(PASSWORD)
    assert await stronger.matches(PASSWORD, hashed)
    assert not await stronger.matches(PASSWORD + "!", hashed)
    assert stronger.is_outdated(hashed)
    assert not await stronger.matches(PASSWORD, "no hash at all")


def test_a_marketer_moves_offers_and_an_agent_does_not() -> None:
    assert Permission.CHANGE_OFFERS in ROLES["marketer"]
    assert Permission.CHANGE_OFFERS not in ROLES["agent"]
