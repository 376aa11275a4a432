"""How tests wait: for the event itself, and with so much patience that only a fault uses it up."""

from __future__ import annotations

import asyncio

PATIENCE_S = 120.0
"""How long something that has to come may take on a busy machine. No test passes because it is over."""


async def let_others_go_on() -> None:
    """Give every task that can go on its turn, as a call of a database does."""
    await asyncio.sleep(0)
