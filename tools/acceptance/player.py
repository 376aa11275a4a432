"""Plays acceptance conversations against a running bot."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aiohttp

from tools.acceptance.acceptance_set import AcceptanceSet, Conversation, Expectation, Step, filled
from tools.acceptance.observed_turn import Observed, faults, words_of
from tools.acceptance.shop_world import ShopWorld
from tools.stack import Stack
from tools.testbed.chat_client import ChatError, Shopper, Turn

GOODS = {
    "larder": ("milk", "egg", "bread", "lemonade", "cheese", "butter", "banana", "potato"),
    "trail": ("tent", "jacket", "boot", "backpack", "stove", "lantern", "bottle", "sock"),
}
"""The words by which a demo shop's goods are bought and known again."""
LINE_PATIENCE_S = 5.0
"""How long the place in the line may take to be told after the turn."""
CONVERSATIONS_AT_ONCE = 2


@dataclass
class PlayedTurn:
    """What was said, what came back, and what is wrong with it."""

    said: str
    replies: list[str]
    faults: list[str]
    checked: bool


@dataclass
class Tally:
    """Checked turns, and those that passed, by kind."""

    turns: dict[str, int] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, played: Sequence[PlayedTurn]) -> None:
        """Count the turns of a conversation."""
        checked = [turn for turn in played if turn.checked]
        self.turns[kind] = self.turns.get(kind, 0) + len(checked)
        self.passed[kind] = self.passed.get(kind, 0) + sum(not turn.faults for turn in checked)

    def figures(self) -> dict[str, Any]:
        """As they are written down."""
        kinds = {kind: {"turns": self.turns[kind], "passed": self.passed[kind]} for kind in sorted(self.turns)}
        return {"turns": sum(self.turns.values()), "passed": sum(self.passed.values()), "kinds": kinds}


async def play(
    http: aiohttp.ClientSession, gateway_url: str, world: ShopWorld, talk: Conversation, of: AcceptanceSet
) -> list[PlayedTurn]:
    """All turns of one conversation; one that breaks counts as failed."""
    facts: dict[str, str] = {}
    customer_id = await world.customer(talk.customer, facts)
    played: list[PlayedTurn] = []
    before = ""
    async with await Shopper.enter(http, gateway_url, customer_id) as shopper:
        for step in talk.turns:
            if step.do == "buy":
                await world.buy(str(customer_id), timedelta(0), ["new", "latest"], facts)
                continue
            turn, found = await _turn(shopper, step, _Circumstances(world, of, facts, before))
            before = words_of(turn.replies)
            shown = [_shown(reply) for reply in turn.replies]
            played.append(PlayedTurn(turn.text, shown, found, step.expect is not None))
    return played


@dataclass(frozen=True)
class _Circumstances:
    world: ShopWorld
    of: AcceptanceSet
    facts: Mapping[str, str]
    before: str
    """The words of the turn before."""


async def _turn(shopper: Shopper, step: Step, here: _Circumstances) -> tuple[Turn, list[str]]:
    text = filled(step.say or step.typed or "", here.facts, {})
    expectation = step.expect or Expectation(outcome="any", lost="any", max_chars=10_000)
    try:
        turn = None if step.press is None else await shopper.press_matching(step.press)
        turn = turn or await shopper.say(text)
        wanted = next((way.handover for way in expectation.ways() if way.handover is not None), None)
        if wanted is not None:
            await shopper.wait_for_line(waits=wanted == "yes", patience_s=LINE_PATIENCE_S)
        names = {way.order_state["order"] for way in expectation.ways() if way.order_state is not None}
        states = {name: await here.world.state_of(here.facts[f"order.{name}"]) for name in names}
        observed = Observed(turn.replies, shopper.waits, here.before, states)
        return turn, faults(expectation, observed, here.of, here.facts)
    except (ChatError, TimeoutError) as error:
        return Turn(text, ""), [str(error) or "no answer in time"]


def _shown(reply: Mapping[str, Any]) -> str:
    marks = "".join(f" [{part}]" for part in ("offer", "outcome") if reply.get(part))
    buttons = "".join(f" <{button['title']}>" for button in reply.get("buttons") or [])
    return f"{reply.get('text') or ''}{marks}{buttons}"


Note = Callable[[Conversation, Sequence[PlayedTurn]], None]
"""Hears of every conversation that was played."""


async def play_set(stack: Stack, of: AcceptanceSet, *, goods: Sequence[str], seed: int, note: Note) -> None:
    """Play all conversations against a running stack, two at a time."""
    at_once = asyncio.Semaphore(CONVERSATIONS_AT_ONCE)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, connect=30)) as http:
        world = ShopWorld(http, stack.url("engine"), goods, seed)
        await world.prepare()

        async def play_one(talk: Conversation) -> None:
            async with at_once:
                played = await play(http, stack.url("gateway"), world, talk, of)
            note(talk, played)

        await asyncio.gather(*(play_one(talk) for talk in of.conversations))
