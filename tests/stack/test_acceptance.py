"""Whole conversations as shoppers hold them; all of the set, and how many pass, by `make bench-conversations`."""

from __future__ import annotations

from collections.abc import Sequence

from tools.acceptance.acceptance_set import AcceptanceSet, Conversation, read_set
from tools.acceptance.player import GOODS, PlayedTurn, play_set
from tools.once import ROOT
from tools.stack import Stack

SHORT = (
    "number-alone",
    "mind-changed-cancel",
    "negated-cancel",
    "two-payment-delivery",
    "somebody-elses",
    "binding-confirm",
    "everyday-basics",
    "hand-over-wait",
    "complaint-late",
    "injection",
)


async def test_conversations_that_have_to_go_right(stack: Stack) -> None:
    whole = read_set(ROOT / "tests" / "conversations" / "acceptance" / "larder")
    chosen = AcceptanceSet([talk for talk in whole.conversations if talk.id in SHORT], whole.patterns)
    assert len(chosen.conversations) == len(SHORT)
    wrong: list[str] = []

    def note(talk: Conversation, played: Sequence[PlayedTurn]) -> None:
        wrong.extend(f"{talk.id}: {turn.said!r} -> {turn.replies}: {turn.faults}" for turn in played if turn.faults)

    await play_set(stack, chosen, goods=GOODS["larder"], seed=1, note=note)
    assert wrong == []
