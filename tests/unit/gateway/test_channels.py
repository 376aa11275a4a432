"""Rooms come and go without leaving anything behind."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from common.errors import TooMany
from gateway.chat.channels import Room, Rooms, Turn
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

    async def play(self, _room: Room, turn: Turn) -> None:
        await self.go.wait()
        self.played.append(turn.message_id)
        if turn.message_id == "m-bad":
            raise RuntimeError("a turn that fails")


@pytest.fixture
def player():
    return Player()


@pytest.fixture
def rooms(player):
    return Rooms(player.play, queue_limit=2, metrics=Metrics())


def turn(message_id: str) -> Turn:
    return Turn(message_id, f"client-{message_id}", "text", payload=None, sent_at=SENT_AT, received_at=0.0)


async def test_a_room_ends_with_its_last_tab_and_its_last_turn(rooms, player):
    tab = Tab()
    room = rooms.join(CONVERSATION, tab)
    rooms.enqueue(room, turn("m-1"))
    task = room.player
    rooms.leave(room, tab)
    assert len(rooms) == 1, "the turn is still being played"
    player.go.set()
    await task
    assert (len(rooms), room.player, player.played) == (0, None, ["m-1"])


async def test_a_room_without_turns_ends_with_its_last_tab(rooms):
    first, second = Tab(), Tab()
    room = rooms.join(CONVERSATION, first)
    assert rooms.join(CONVERSATION, second) is room
    rooms.leave(room, first)
    assert len(rooms) == 1
    rooms.leave(room, second)
    assert len(rooms) == 0


async def test_a_turn_that_fails_does_not_stop_the_next(rooms, player):
    room = rooms.join(CONVERSATION, Tab())
    player.go.set()
    rooms.enqueue(room, turn("m-bad"))
    rooms.enqueue(room, turn("m-2"))
    await room.player
    assert player.played == ["m-bad", "m-2"]


async def test_places_in_the_queue_are_limited_and_come_back(rooms, player):
    room = rooms.join(CONVERSATION, Tab())
    rooms.enqueue(room, turn("m-1"))
    rooms.reserve(room)
    with pytest.raises(TooMany):
        rooms.reserve(room)
    rooms.release(room)
    rooms.reserve(room)
    player.go.set()
    await room.player
    rooms.reserve(room)


async def test_closing_stops_turns_and_leaves_them_to_the_next_start(rooms, player):
    room = rooms.join(CONVERSATION, Tab())
    rooms.enqueue(room, turn("m-1"))
    await rooms.close()
    assert (player.played, len(rooms)) == ([], 0)
