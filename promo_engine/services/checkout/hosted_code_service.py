"""Hands codes out: one that a hosted shop has to know is handed out once the shop has it.

Who was told to wait for a code is told what became of it: the gateway asks for such news and lets the bot speak. News
comes again until the code has been asked for, which is how the bot tells of it, or until there is nobody to tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
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


@dataclass(frozen=True)
class CodeNews:
    """Somebody was told to wait for a code, and it is there, or will never be."""

    decision_id: str
    conversation_id: str


class HostedCodeService:
    """Knows which codes wait for a shop, and who waits for them."""

    def __init__(self, storage: Storage, *, sender: HostedCodeSender, clock: Callable[[], datetime]) -> None:
        self._storage = storage
        self._sender = sender
        self._clock = clock

    async def hand_out(self, code: str) -> HandedCode:
        """Return a code that works, having asked the shop for it where it does not know it yet."""
        hosted = await self._read(code)
        if hosted is not None and hosted.state is HostedCodeState.WANTED:
            await self._sender.send_now(code, within_s=WAIT_S)
            hosted = await self._read(code)
        waits = hosted is not None and hosted.state is HostedCodeState.WANTED
        if hosted is not None and waits is (hosted.news_due_at is None):
            await self._note(code, waits=waits)
        return _handed(hosted, code)

    async def claim_news(self, *, limit: int) -> list[CodeNews]:
        """Return whom to tell of a code; the same again after a minute, unless the code was asked for meanwhile."""
        now = self._clock()
        async with self._storage.read() as unit:
            if not await unit.hosted_codes.news(at=now, limit=1):
                return []  # without taking the writers' turn
        claimed = []
        async with self._storage.write() as unit:
            # In the order of the codes, as a checkout that has several of them locks them.
            for code in sorted(await unit.hosted_codes.news(at=now, limit=limit)):
                held = await unit.codes.get(code, lock=True)
                hosted = await unit.hosted_codes.get(code, lock=True)
                if held is None or hosted is None or hosted.news_due_at is None or hosted.news_due_at > now:
                    continue
                decision = await unit.decisions.get(held.decision_id)
                assert decision is not None, "a decision with a code is never deleted"
                await unit.hosted_codes.save(hosted.announced(now))
                claimed.append(CodeNews(decision.decision_id, decision.conversation_id))
        return claimed

    async def drop_news(self, decision_id: str) -> None:
        """Tell nobody of a decision's code any more: the conversation is gone."""
        async with self._storage.read() as unit:
            outcome = await unit.outcomes.get(decision_id)
        if outcome is not None and outcome.code is not None:
            await self._note(outcome.code, waits=False)

    async def _note(self, code: str, *, waits: bool) -> None:
        async with self._storage.write() as unit:
            # The code first, as everybody locks them.
            await unit.codes.get(code, lock=True)
            hosted = await unit.hosted_codes.get(code, lock=True)
            if hosted is not None:
                await unit.hosted_codes.save(hosted.awaited(self._clock()) if waits else hosted.known_to_customer())

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
