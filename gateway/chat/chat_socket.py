"""GET /ws: the WebSocket, its limits and its end."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web
from aiolimiter import AsyncLimiter

from common.errors import InvalidRequest, ServiceError, TooMany
from gateway import keys
from gateway.chat import frames
from gateway.chat.chat_session import ChatSession
from gateway.chat.outbox import Outbox
from gateway.conversations.write.trigger_rules import ProactiveCaps

CLOSE_PATIENCE_S = 1.0
"""How long a closing socket waits for the other side to agree; a widget that is gone must not hold up the shutdown."""


async def chat_socket(request: web.Request) -> web.WebSocketResponse:
    """Serve one connection until it closes."""
    settings = request.app[keys.SETTINGS]
    socket = web.WebSocketResponse(
        max_msg_size=settings.frame_size_limit, heartbeat=settings.heartbeat_s, timeout=CLOSE_PATIENCE_S
    )
    await socket.prepare(request)
    outbox = Outbox(socket)
    session = ChatSession(
        outbox,
        identity=request.app[keys.IDENTITY],
        engine=request.app[keys.ENGINE],
        log=request.app[keys.LOG],
        channels=request.app[keys.CHANNELS],
        exposures=request.app[keys.EXPOSURES],
        handover_queue=request.app[keys.HANDOVER_QUEUE],
        proactive_caps=ProactiveCaps(settings.proactive_per_day, timedelta(seconds=settings.proactive_pause_s)),
        history_limit=settings.history_limit,
        message_length_limit=settings.message_length_limit,
    )
    limiter = AsyncLimiter(settings.rate_limit_frames, settings.rate_limit_period_s)
    writer = asyncio.create_task(outbox.write_out(), name="socket writer")
    sockets = request.app[keys.SOCKETS]
    sockets.add(socket)
    request.app[keys.METRICS].open_sockets.inc()
    try:
        await _serve(socket, session, outbox, limiter, hello_timeout_s=settings.hello_timeout_s)
    finally:
        request.app[keys.METRICS].open_sockets.dec()
        sockets.discard(socket)
        session.leave()
        writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writer
    return socket


async def _serve(
    socket: web.WebSocketResponse,
    session: ChatSession,
    outbox: Outbox,
    limiter: AsyncLimiter,
    *,
    hello_timeout_s: float,
) -> None:
    try:
        async with asyncio.timeout(hello_timeout_s):
            while not session.welcomed:
                if not await _serve_one(await socket.receive(), session, outbox, limiter):
                    return
    except TimeoutError:
        await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"no hello")
        return
    while await _serve_one(await socket.receive(), session, outbox, limiter):
        pass


async def _serve_one(received: WSMessage, session: ChatSession, outbox: Outbox, limiter: AsyncLimiter) -> bool:
    """Handle one frame; False if the connection is over. A refused frame is answered with an error frame."""
    if received.type not in {WSMsgType.TEXT, WSMsgType.BINARY}:
        return False
    text = received.data if received.type is WSMsgType.TEXT else ""
    try:
        if not limiter.has_capacity():
            raise TooMany("rate_limited", "That was too fast. Please wait a moment.")
        await limiter.acquire()
        if received.type is WSMsgType.BINARY:
            raise InvalidRequest("invalid_frame", "Frames have to be text.")
        await session.handle(frames.read_frame(text))
    except ServiceError as refusal:
        client_message_id = frames.client_message_id_of(text)
        outbox.put(frames.to_text(frames.error(refusal, client_message_id=client_message_id)))
    return True


async def close_sockets(app: web.Application) -> None:
    """Close every socket with "going away"; the widgets reconnect by themselves."""
    await asyncio.gather(
        *(socket.close(code=WSCloseCode.GOING_AWAY, message=b"restarting") for socket in app[keys.SOCKETS].copy())
    )
