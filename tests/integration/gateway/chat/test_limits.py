"""What the WebSocket refuses."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import WSMsgType

from tests.integration.gateway.played_servers import BotServer
from tests.integration.gateway.running_gateway import Gateway
from tests.support.waiting import PATIENCE_S


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        "{}",
        '{"type": "shout"}',
        '{"type": "message", "text": "x"}',
        '{"type": "message", "client_message_id": "", "text": "x"}',
        '{"type": "message", "client_message_id": "a b", "text": "x"}',
        '{"type": "message", "client_message_id": "a", "text": 7}',
        '{"type": "message", "client_message_id": "a", "text": "\\ud800"}',
        '{"type": "button", "client_message_id": "a"}',
        '{"type": "hello", "token": "x", "after_seq": -1}',
        '{"type": "hello", "token": "x", "conversation_id": {}}',
        '{"type": "exposed", "message_id": 1}',
        '{"type": "shout", "client_message_id": "\\ud800"}',
        '{"type": "message", "client_message_id": "\\ud800", "text": "x"}',
        "[" * 20_000,
        '{"type": ' * 3_000,
    ],
)
async def test_a_bad_frame_is_refused_and_the_connection_stays(gateway: Gateway, text: str) -> None:
    widget, _ = await gateway.chat()
    await widget.socket.send_str(text)
    refused = await widget.receive()
    assert (refused["type"], refused["code"]) == ("error", "invalid_frame")
    assert (await widget.say("hello"))[-1]["type"] == "turn_end"


async def test_binary_frames_are_refused(gateway: Gateway) -> None:
    widget, _ = await gateway.chat()
    await widget.socket.send_bytes(json.dumps({"type": "ping"}).encode())
    assert (await widget.receive())["code"] == "invalid_frame"


async def test_nothing_works_before_hello(gateway: Gateway) -> None:
    widget = await gateway.widget()
    for frame in (
        {"type": "message", "client_message_id": "a", "text": "x"},
        {"type": "button", "client_message_id": "a", "button_token": "x"},
        {"type": "exposed", "message_id": "m"},
    ):
        await widget.send(**frame)
        assert (await widget.receive())["code"] == "hello_first"


async def test_hello_is_said_once(gateway: Gateway) -> None:
    widget, _ = await gateway.chat()
    assert (await widget.hello(await gateway.token()))["code"] == "already_welcome"


async def test_who_says_no_hello_is_disconnected(gateway: Gateway) -> None:
    gateway.settings.hello_timeout_s = 0.05
    widget = await gateway.widget()
    assert (await widget.socket.receive(timeout=PATIENCE_S)).type is WSMsgType.CLOSE
    assert widget.socket.close_code == 1008


async def test_an_unknown_conversation_is_refused(gateway: Gateway) -> None:
    widget = await gateway.widget()
    assert (await widget.hello(await gateway.token(), "c-none"))["code"] == "unknown_conversation"


@pytest.mark.parametrize(("text", "code"), [("x" * 2001, "message_too_long"), (" /\u200b/ ", "empty_message")])
async def test_bad_texts_are_refused_and_not_logged(gateway: Gateway, bot: BotServer, text: str, code: str) -> None:
    widget, welcome = await gateway.chat()
    await widget.send(type="message", client_message_id="id-1", text=text)
    refused = await widget.receive()
    assert (refused["code"], refused["field"], refused["client_message_id"]) == (code, "text", "id-1")
    assert bot.requests == []
    assert (await gateway.conversation(welcome["conversation_id"]))["messages"] == []


async def test_a_flood_is_slowed_down(gateway: Gateway, bot: BotServer) -> None:
    gateway.settings.rate_limit_frames = 3
    gateway.settings.rate_limit_period_s = 3600.0  # so that no place gets free meanwhile
    widget, _ = await gateway.chat()
    for _ in range(2):
        await widget.say("hello")
    await widget.send(type="message", client_message_id="id-9", text="hello")
    refused = await widget.receive()
    assert (refused["code"], refused["client_message_id"]) == ("rate_limited", "id-9")
    assert len(bot.requests) == 2


async def test_a_frame_that_is_too_large_ends_the_connection(gateway: Gateway) -> None:
    widget, _ = await gateway.chat()
    await widget.socket.send_str("x" * (gateway.settings.frame_size_limit + 1))
    assert (await widget.socket.receive(timeout=PATIENCE_S)).type in {WSMsgType.CLOSE, WSMsgType.CLOSED}
    assert widget.socket.close_code == 1009


async def test_widgets_are_told_when_the_server_goes_away(gateway: Gateway) -> None:
    widget, _ = await gateway.chat()
    last, _ = await asyncio.gather(widget.socket.receive(timeout=PATIENCE_S), gateway.stop())
    assert last.type is WSMsgType.CLOSE
    assert widget.socket.close_code == 1001
