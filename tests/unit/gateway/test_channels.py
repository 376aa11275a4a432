"""Channels come and go without leaving anything behind."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from common.errors import TooMany
from gateway.chat.channels import Channels, ConversationChannel, Turn
from gateway.conversations.records import Conversation
from gateway.metrics import Metrics

SENT_AT = datetime(2026, 1, 1, tzinfo=UTC)
CONVERSATION = Conversation("c-1", "stranger:x", None, SENT_AT)


class Tab:
    """Stands where an outbox stands."""

    def put(self, text: str, *, seq: int | None = None) -> None:
        """Nobody looks."""


class Player:
    """Plays a turn when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.played: list[str] = []

    async def play(self, _channel: ConversationChannel, turn: Turn) -> None:
        await self.go.wait()
        self.played.append(turn.message_id)
        if turn.message_id == "m-bad":
            raise RuntimeError("a turn that fails")


@pytest.fixture
def player() -> Any:
    return Player()


@pytest.fixture
def channels(player: Player) -> Any:
    return Channels(player.play, queue_limit=2, metrics=Metrics())


def turn(message_id: str) -> Turn:
    return Turn(message_id, f"client-{message_id}", "text", payload=None, sent_at=SENT_AT, received_at=0.0)


async def played(channel: ConversationChannel) -> None:
    """Wait until all its turns are played."""
    assert channel.player is not None
    await channel.player


async def test_a_channel_ends_with_its_last_tab_and_its_last_turn(channels: Channels, player: Player) -> None:
    tab = Tab()
    channel = channels.join(CONVERSATION, tab)
    channels.enqueue(channel, turn("m-1"))
    task = channel.player
    assert task is not None
    channels.leave(channel, tab)
    assert len(channels) == 1, "the turn is still being played"
    player.go.set()
    await task
    assert (len(channels), channel.player, player.played) == (0, None, ["m-1"])


async def test_a_channel_without_turns_ends_with_its_last_tab(channels: Channels) -> None:
    first, second = Tab(), Tab()
    channel = channels.join(CONVERSATION, first)
    assert channels.join(CONVERSATION, second) is channel
    channels.leave(channel, first)
    assert len(channels) == 1
    channels.leave(channel, second)
    assert len(channels) == 0


async def test_a_turn_that_fails_does_not_stop_the_next(channels: Channels, player: Player) -> None:
    channel = channels.join(CONVERSATION, Tab())
    player.go.set()
    channels.enqueue(channel, turn("m-bad"))
    channels.enqueue(channel, turn("m-2"))
    await played(channel)
    assert player.played == ["m-bad", "m-2"]


async def test_places_in_the_queue_are_limited_and_come_back(channels: Channels, player: Player) -> None:
    channel = channels.join(CONVERSATION, Tab())
    channels.enqueue(channel, turn("m-1"))
    channels.reserve(channel)
    with pytest.raises(TooMany):
        channels.reserve(channel)
    channels.release(channel)
    channels.reserve(channel)
    player.go.set()
    await played(channel)
    channels.reserve(channel)


async def test_closing_stops_turns_and_leaves_them_to_the_next_start(channels: Channels, player: Player) -> None:
    channel = channels.join(CONVERSATION, Tab())
    channels.enqueue(channel, turn("m-1"))
    await channels.close()
    assert (player.played, len(channels)) == ([], 0)
