"""Whole conversations as shoppers hold them; all of the set, and how many pass, by `make bench-conversations`."""

from __future__ import annotations

from collections.abc import Sequence

from tools.acceptance.acceptance_set import Conversation
from tools.acceptance.player import GOODS, PlayedTurn, play_set
from tools.acceptance.short_form import short_form
from tools.demo_shops import LARDER
from tools.stack import Stack


async def test_conversations_that_have_to_go_right(stack: Stack) -> None:
    wrong: list[str] = []

    def note(talk: Conversation, played: Sequence[PlayedTurn]) -> None:
        wrong.extend(f"{talk.id}: {turn.said!r} -> {turn.replies}: {turn.faults}" for turn in played if turn.faults)

    await play_set(stack, short_form(LARDER), goods=GOODS["larder"], seed=1, note=note)
    assert wrong == []
