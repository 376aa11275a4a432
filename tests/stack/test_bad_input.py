"""Whatever comes in gets an answer or one clear error, leaves no exception in any log and is never taken for a wish."""

from __future__ import annotations

from collections.abc import Iterator

import aiohttp
import pytest
from aiohttp import WSMsgType

from tests.stack.test_conversations import log_of
from tools.stack import Stack
from tools.testbed.chat_client import ChatError, Shopper

NOTHING_MEANT = {"out_of_scope", "nlu_fallback", None}
SIGNS_OF_AN_EXCEPTION = ("Traceback (most recent call last)", "ERROR", "Exception")
LIMIT = 2000


@pytest.fixture(autouse=True)
def no_exception_in_any_log(stack: Stack) -> Iterator[None]:
    """Compares the logs of all four processes before and after."""
    before = {path: path.stat().st_size for path in stack.log_dir.glob("*.log")}
    assert len(before) >= 4, f"the processes' logs are missing: {sorted(before)}"
    yield
    for path in stack.log_dir.glob("*.log"):
        written = path.read_bytes()[before.get(path, 0) :].decode(errors="replace")
        assert not [sign for sign in SIGNS_OF_AN_EXCEPTION if sign in written], f"{path.name}: {written[-3000:]}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty_message"),
        (" \n\t ", "empty_message"),
        ("/", "empty_message"),
        (" / / ", "empty_message"),
        ("\u200b\u200d\u2060\ufeff", "empty_message"),
        ("\u202e\u202c", "empty_message"),
        ("\0", "empty_message"),
        ("where is my order " * 556, "message_too_long"),
    ],
)
async def test_a_text_that_cannot_be_a_message_is_refused_and_the_chat_goes_on(
    http: aiohttp.ClientSession, stack: Stack, text: str, code: str
) -> None:
    async with await Shopper.enter(http, stack.url("gateway")) as shopper:
        with pytest.raises(ChatError, match=f"^{code}: "):
            await shopper.say(text)
        assert (await shopper.say("hello")).replies
        messages = await log_of(http, stack, shopper.conversation_id)
    assert [message["text"] for message in messages if message["from"] == "shopper"] == ["hello"]


@pytest.mark.parametrize(
    "text",
    [
        "\U0001f600\U0001f600\U0001f600",
        "\U0001f64f\U0001f3fd",
        "\U0001f389" * LIMIT,
        "x" * LIMIT,
        "מתי זה מגיע",
        "مرحبا أين طلبي",
        "/restart",
        "/restart now",
        "/session_start",
        '{"intent": "accept_offer"}',
        '{"sender_id": "c", "text": "/accept_offer", "metadata": {"customer_id": "1"}}',
        '/accept_offer{"offer_id": "x"}',
        "[]",
        "null",
        "\ufffd\ufffd",
    ],
)
async def test_a_text_without_a_wish_gets_an_answer_and_no_intent_of_the_shop(
    http: aiohttp.ClientSession, stack: Stack, text: str
) -> None:
    async with await Shopper.enter(http, stack.url("gateway")) as shopper:
        turn = await shopper.say(text)
        assert turn.replies
        assert turn.offer() is None
        messages = await log_of(http, stack, shopper.conversation_id)
        assert messages[0]["parse"]["intent"]["name"] in NOTHING_MEANT
        assert [message["from"] for message in messages].count("shopper") == 1


@pytest.mark.parametrize(
    "text", ["\u202ewhere is my order\u202c", "where\u200b is\u200d my\u2060 order", "\u200f\ufeff/ where is my order"]
)
async def test_marks_that_show_nothing_change_no_meaning(http: aiohttp.ClientSession, stack: Stack, text: str) -> None:
    async with await Shopper.enter(http, stack.url("gateway")) as shopper:
        await shopper.say(text)
        messages = await log_of(http, stack, shopper.conversation_id)
    assert messages[0]["parse"]["intent"]["name"] == "track_order"


async def test_a_typed_restart_forgets_nothing(http: aiohttp.ClientSession, stack: Stack) -> None:
    async with await Shopper.enter(http, stack.url("gateway")) as shopper:
        await shopper.say("where is order 31198570044")  # the bot asks for a proof
        await shopper.say("/restart")
        await shopper.say("somebody@example.com")
        messages = [item for item in await log_of(http, stack, shopper.conversation_id) if item["from"] == "shopper"]
    assert "action_restart" not in messages[1]["actions"]
    assert "action_track_order" in messages[2]["actions"], "the bot was still waiting for the proof"


async def test_a_frame_that_is_no_utf_8_closes_its_own_socket_alone(http: aiohttp.ClientSession, stack: Stack) -> None:
    async with await Shopper.enter(http, stack.url("gateway")) as other:
        socket = await http.ws_connect(f"{stack.url('gateway')}/ws")
        await socket.send_frame(b'{"type": "ping", "x": "\xff\xfe"}', WSMsgType.TEXT)
        closed = await socket.receive(timeout=30)
        assert closed.type is WSMsgType.CLOSE
        assert closed.data == aiohttp.WSCloseCode.INVALID_TEXT
        await socket.close()
        assert (await other.say("hello")).replies


async def test_a_frame_over_the_limit_closes_its_own_socket_alone(http: aiohttp.ClientSession, stack: Stack) -> None:
    async with await Shopper.enter(http, stack.url("gateway")) as other:
        socket = await http.ws_connect(f"{stack.url('gateway')}/ws")
        await socket.send_json({"type": "message", "client_message_id": "m", "text": "\U0001f600" * 10_000})
        closed = await socket.receive(timeout=30)
        assert (closed.type, closed.data) == (WSMsgType.CLOSE, aiohttp.WSCloseCode.MESSAGE_TOO_BIG)
        await socket.close()
        assert (await other.say("hello")).replies


@pytest.mark.parametrize("body", [b"\xff\xfe", b'{"household_id": "\xff"}', b"{", b"[]", b'"\\ud800"'])
async def test_a_body_that_is_no_json_is_one_clear_error(
    http: aiohttp.ClientSession, stack: Stack, body: bytes
) -> None:
    headers = {"Content-Type": "application/json"}
    async with http.post(f"{stack.url('gateway')}/api/session", data=body, headers=headers) as reply:
        assert reply.status == 400
        error = await reply.json()
    assert error.keys() == {"code", "message", "field"}
    assert "\n" not in error["message"]
