"""A shopper without a browser: speaks the widget's WebSocket protocol (tests/contract/widget.json)."""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from dataclasses import dataclass, field
from typing import Any

import aiohttp

TURN_TIMEOUT_S = 30


class ChatError(Exception):
    """The gateway answered a turn with an error frame, or not at all."""


@dataclass
class Turn:
    """What one message of the shopper brought about."""

    text: str
    message_id: str
    replies: list[dict[str, Any]] = field(default_factory=list)

    def offer(self) -> dict[str, Any] | None:
        """The offer block shown in this turn."""
        return next((reply["offer"] for reply in self.replies if reply.get("offer")), None)

    def outcome(self) -> dict[str, Any] | None:
        """The outcome block shown in this turn."""
        return next((reply["outcome"] for reply in self.replies if reply.get("outcome")), None)

    def buttons(self) -> list[dict[str, Any]]:
        """The buttons shown in this turn."""
        return [button for reply in self.replies for button in reply.get("buttons") or []]


class Shopper:
    """One conversation over one WebSocket. Use as `async with Shopper.enter(http, url, household_id) as shopper`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, conversation_id: str, customer_id: str | None) -> None:
        self._socket = socket
        self.conversation_id = conversation_id
        self.customer_id = customer_id
        self.turns: list[Turn] = []
        self.waits = False
        """For a person, or has one."""

    @classmethod
    async def enter(
        cls, http: aiohttp.ClientSession, url: str, household_id: str | None = None, *, token: str | None = None
    ) -> Shopper:
        """Open the socket and a new conversation with a token: the shop's own, else one that the gateway gives."""
        if token is None:
            async with http.post(f"{url}/api/session", json={"household_id": household_id}) as reply:
                body = await reply.json()
                if reply.status != 200:
                    raise ChatError(f"POST /api/session: {reply.status} {body}")
            token = str(body["token"])
        socket = await http.ws_connect(f"{url}/ws")
        await socket.send_json({"type": "hello", "token": token, "conversation_id": None, "after_seq": 0})
        welcome = await socket.receive_json(timeout=TURN_TIMEOUT_S)
        if welcome["type"] != "welcome":
            raise ChatError(f"instead of a welcome: {welcome}")
        return cls(socket, welcome["conversation_id"], welcome["customer_id"])

    async def __aenter__(self) -> Shopper:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()

    async def say(self, text: str) -> Turn:
        """Type a message and wait for the end of the turn."""
        return await self._turn({"type": "message", "text": text}, text)

    async def press(self, title: str) -> Turn:
        """Press the newest active button with this title."""
        buttons = [button for turn in self.turns for reply in turn.replies for button in reply.get("buttons", [])]
        for button in reversed(buttons):
            if button["title"] == title and button["active"]:
                return await self._turn({"type": "button", "button_token": button["button_token"]}, f"[{title}]")
        raise ChatError(f"no button {title!r} to press")

    async def press_matching(self, pattern: str) -> Turn | None:
        """Press a button of the newest turn that has any, by a pattern of its title; None if there is none."""
        newest = next((turn for turn in reversed(self.turns) if turn.buttons()), None)
        for button in [] if newest is None else newest.buttons():
            if re.search(pattern, button["title"], re.IGNORECASE):
                frame = {"type": "button", "button_token": button["button_token"]}
                return await self._turn(frame, f"[{button['title']}]")
        return None

    async def next_message(self, *, patience_s: float) -> dict[str, Any]:
        """The next message of the bot or a person, without saying anything. Raises TimeoutError."""
        async with asyncio.timeout(patience_s):
            while True:
                frame: dict[str, Any] = await self._socket.receive_json()
                self._note(frame)
                if frame["type"] == "message" and frame["from"] != "shopper":
                    return frame

    async def wait_for_line(self, *, waits: bool, patience_s: float) -> None:
        """Return once the shopper waits for a person, or no longer does; after `patience_s` in any case."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while self.waits != waits:
                    self._note(await self._socket.receive_json())

    def _note(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "handover":
            self.waits = frame["state"] != "none"

    async def _turn(self, frame: dict[str, Any], text: str) -> Turn:
        client_message_id = str(uuid.uuid4())
        await self._socket.send_json({**frame, "client_message_id": client_message_id})
        turn = Turn(text=text, message_id="")
        async with asyncio.timeout(TURN_TIMEOUT_S):
            while True:
                reply = await self._socket.receive_json()
                self._note(reply)
                match reply["type"]:
                    case "ack":
                        turn.message_id = reply["message_id"]
                    case "message" if reply["from"] != "shopper":
                        turn.replies.append(reply)
                        if reply.get("offer"):
                            await self._socket.send_json({"type": "exposed", "message_id": reply["message_id"]})
                    case "error":
                        raise ChatError(f"{reply['code']}: {reply['message']}")
                    case "turn_end" if reply["client_message_id"] == client_message_id:
                        self.turns.append(turn)
                        return turn
