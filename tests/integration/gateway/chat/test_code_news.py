"""A shopper who was told to wait for a code is told when it is there, also one who has left meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import Any

from common.clock import utc_now
from gateway.conversations.write import handover_rows
from gateway.keys import CHANNELS, CODE_NEWS, LOG
from tests.integration.gateway.played_servers import BotServer, EngineServer, plain_reply
from tests.integration.gateway.running_gateway import Gateway

CODE_READY = plain_reply(
    messages=[
        {
            "text": "Good news: Your code is K7QF-2M9T.",
            "buttons": [],
            "custom": {
                "kind": "outcome",
                "decision_id": "d-1",
                "outcome": "accepted",
                "code": "K7QF-2M9T",
                "code_expires_at": "2026-12-06T10:00:00Z",
            },
        }
    ]
)


async def _reply(body: Any) -> tuple[int, Any]:
    return 200, body


async def test_the_bot_tells_of_a_code_and_nobody_had_to_ask(
    gateway: Gateway, bot: BotServer, engine: EngineServer
) -> None:
    widget, welcome = await gateway.chat()
    await widget.say("yes")
    bot.answer = lambda _turn: _reply(CODE_READY)
    engine.news = [{"decision_id": "d-1", "conversation_id": welcome["conversation_id"]}]
    shown = (await widget.until("message"))[-1]
    assert shown["outcome"]["code"] == "K7QF-2M9T"
    assert (bot.requests[-1]["text"], bot.requests[-1]["metadata"]["unasked"]) == (
        '/code_settled{"decision_id": "d-1"}',
        True,
    )
    assert shown["from"] == "bot"


async def test_who_has_left_finds_the_news_on_coming_back(
    gateway: Gateway, bot: BotServer, engine: EngineServer
) -> None:
    widget, welcome = await gateway.chat()
    await widget.say("yes")
    await widget.socket.close()
    played = asyncio.Event()

    async def ready(_turn: Any) -> tuple[int, Any]:
        played.set()
        return 200, CODE_READY

    bot.answer = ready
    engine.news = [{"decision_id": "d-1", "conversation_id": welcome["conversation_id"]}]
    await played.wait()
    back = await gateway.widget()
    history = (await back.hello(await gateway.token(), welcome["conversation_id"]))["history"]
    news = history[-1] if history[-1]["outcome"] else (await back.until("message"))[-1]  # as soon as it is in the log
    assert news["outcome"]["code"] == "K7QF-2M9T"


async def test_news_of_a_deleted_conversation_is_dropped(gateway: Gateway, engine: EngineServer) -> None:
    engine.news = [{"decision_id": "d-9", "conversation_id": "c-gone"}]
    assert await engine.dropped_news.get() == "d-9"


async def test_nobody_who_waits_for_a_person_is_told(gateway: Gateway, bot: BotServer, engine: EngineServer) -> None:
    widget, welcome = await gateway.chat()
    await widget.say("a person, please")
    conversation_id = welcome["conversation_id"]
    await gateway.app[LOG].write(partial(handover_rows.join_queue, conversation_id=conversation_id, since=utc_now()))
    engine.news = [{"decision_id": "d-1", "conversation_id": conversation_id}]
    await gateway.app[CODE_NEWS].tell()
    assert gateway.app[CHANNELS].find(conversation_id).waiting == deque()  # type: ignore[union-attr]
    assert [turn["text"] for turn in bot.requests] == ["a person, please"]
