"""Passwords of admins, kept as Argon2id hashes."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
"""Characters; length is what makes a password hard to guess (NIST SP 800-63B)."""
LONGEST = 256
CHECKS_AT_ONCE = 2
"""Each takes a core and tens of megabytes for some tens of milliseconds: more at once would slow the chats."""


class Passwords:
    """Hashes and checks in threads, a few at a time."""

    def __init__(self, *, memory_kib: int) -> None:
        self._hasher = PasswordHasher(time_cost=3, memory_cost=memory_kib, parallelism=2)
        self._places = asyncio.Semaphore(CHECKS_AT_ONCE)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        """A new hash under a new salt."""
        async with self._places:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password: str, hashed: str | None) -> bool:
        """Whether the password is the one. None stands for nobody's and takes as long, so that names stay secret."""
        if hashed is None:
            if self._nobodys is None:
                self._nobodys = await self.hash("nobody's password")
            hashed, wanted = self._nobodys, False
        else:
            wanted = True
        async with self._places:
            return await asyncio.to_thread(self._verify, hashed, password) and wanted

    def is_outdated(self, hashed: str) -> bool:
        """Whether the hash was made with other parameters."""
        return self._hasher.check_needs_rehash(hashed)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False
