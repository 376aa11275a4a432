"""Hands codes out: one that a hosted shop has to know is handed out once the shop has it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from promo_engine.domain.codes.hosted_codes import HostedCode, HostedCodeState
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.checkout.hosted_code_sender import HostedCodeSender

WAIT_S = 2.0
"""How long a shopper who accepts waits for the shop."""


class HandOut(StrEnum):
    """Whether a shopper may have a code."""

    READY = "ready"
    """It works at the checkout."""
    PENDING = "pending"
    """The shop has not made it yet; it is asked again."""
    FAILED = "failed"
    """The shop did not make it, and nothing is held for it any more."""


@dataclass(frozen=True)
class HandedCode:
    """What is said to a shopper of a code."""

    state: HandOut
    code: str | None
    """Only where it is ready."""


class HostedCodeService:
    """Knows which codes wait for a shop."""

    def __init__(self, storage: Storage, *, sender: HostedCodeSender) -> None:
        self._storage = storage
        self._sender = sender

    async def hand_out(self, code: str) -> HandedCode:
        """Return a code that works, having asked the shop for it where it does not know it yet."""
        hosted = await self._read(code)
        if hosted is not None and hosted.state is HostedCodeState.WANTED:
            await self._sender.send_now(code, within_s=WAIT_S)
            hosted = await self._read(code)
        return _handed(hosted, code)

    async def known(self, code: str) -> HandedCode:
        """Say whether a code may be given to a shopper now; nobody is asked for it."""
        return _handed(await self._read(code), code)

    async def _read(self, code: str) -> HostedCode | None:
        async with self._storage.read() as unit:
            return await unit.hosted_codes.get(code)


def _handed(hosted: HostedCode | None, code: str) -> HandedCode:
    if hosted is None or hosted.created_at is not None:
        return HandedCode(HandOut.READY, code)
    waits = hosted.state is HostedCodeState.WANTED
    return HandedCode(HandOut.PENDING if waits else HandOut.FAILED, None)
