"""A WebSocket client that speaks as the widget does."""

from __future__ import annotations

import uuid
from typing import Any

import aiohttp

from tests.support.waiting import PATIENCE_S


class Widget:
    """A WebSocket client that speaks as the widget does."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, **frame: Any) -> None:
        await self.socket.send_json(frame)

    async def receive(self) -> dict[str, Any]:
        frame: dict[str, Any] = await self.socket.receive_json(timeout=PATIENCE_S)
        return frame

    async def until(self, kind: str) -> list[dict[str, Any]]:
        """Frames up to and including the next one of this type."""
        frames = [await self.receive()]
        while frames[-1]["type"] != kind:
            frames.append(await self.receive())
        return frames

    async def hello(self, token: str, conversation_id: str | None = None, after_seq: int = 0) -> dict[str, Any]:
        await self.send(type="hello", token=token, conversation_id=conversation_id, after_seq=after_seq)
        return await self.receive()

    async def say(self, text: str, client_message_id: str | None = None) -> list[dict[str, Any]]:
        """One whole turn."""
        await self.send(type="message", client_message_id=client_message_id or str(uuid.uuid4()), text=text)
        return await self.until("turn_end")

    async def press(self, button_token: str, client_message_id: str | None = None) -> None:
        await self.send(
            type="button", client_message_id=client_message_id or str(uuid.uuid4()), button_token=button_token
        )


def messages_of(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [frame for frame in frames if frame["type"] == "message"]
