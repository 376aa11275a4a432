"""One open WebSocket's outgoing side: frames leave in the order they were put, written by one task.

Putting never waits, so a slow connection holds up neither a turn nor the other tabs. A socket that falls too far
behind is disconnected; the widget comes back with `after_seq` and reads from the log what it missed.
"""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import WSCloseCode, web

FRAME_LIMIT = 256
"""Frames that may wait for a slow connection."""


class Outbox:
    """Holds frames until `open`: the welcome comes first, whatever the conversation does meanwhile."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket
        self._frames: asyncio.Queue[str] = asyncio.Queue(FRAME_LIMIT)
        self._held: list[tuple[int | None, str]] | None = None
        self._overflowed = False

    def hold(self) -> None:
        """Keep what is put from now on until `open`."""
        self._held = []

    def open(self, welcome: str, *, last_seq: int) -> None:
        """Send the welcome, then what was held, without the messages that the welcome's history has already."""
        held, self._held = self._held or [], None
        self.put(welcome)
        for seq, text in held:
            if seq is None or seq > last_seq:
                self.put(text)

    def drop_held(self) -> None:
        """Drop what was held: there is no welcome."""
        self._held = None

    def put(self, text: str, *, seq: int | None = None) -> None:
        """Send a frame; `seq` is a message's."""
        if self._held is not None:
            self._held.append((seq, text))
            return
        try:
            self._frames.put_nowait(text)
        except asyncio.QueueFull:
            self._overflowed = True

    async def write_out(self) -> None:
        """Write frames until the socket closes or falls too far behind."""
        with contextlib.suppress(ConnectionError):
            while not self._overflowed:
                await self._socket.send_str(await self._frames.get())
        if self._overflowed:
            await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow")
