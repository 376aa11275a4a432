"""The engine gets intents and sentiments, and a chat never waits for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.gateway.played_servers import BotServer, EngineServer, contract, plain_reply
from tests.integration.gateway.running_gateway import Gateway
from tests.integration.gateway.widget_client import messages_of


async def test_turns_are_reported_without_words_and_names(
    gateway: Gateway, bot: BotServer, engine: EngineServer
) -> None:
    sentiments = iter(["angry", "pleased", None])

    async def answer(turn: dict[str, Any]) -> tuple[int, Any]:
        sentiment = next(sentiments)
        parse = {"intent": {"name": "complaint"}, "text": turn["text"], "sentiment": sentiment and {"name": sentiment}}
        return 200, plain_reply(parse=parse)

    bot.answer = answer
    widget, _ = await gateway.chat()
    for text in ("this is a mess", "thanks", "/button"):
        await widget.say(text)
    while len(engine.turns) < 3:
        await engine.reported.wait()
        engine.reported.clear()
    assert engine.turns == [
        {"intent": "complaint", "sentiment": "negative"},
        {"intent": "complaint", "sentiment": "positive"},
        {"intent": "complaint", "sentiment": None},
    ]
    assert engine.turns[0].keys() == contract("engine")["turns"]["request"]["turns"][0].keys()


async def test_an_engine_that_takes_no_reports_costs_no_turn(
    gateway: Gateway, bot: BotServer, engine: EngineServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_self: Any, _turns: Any) -> None:
        raise AssertionError("nobody should wait for this")

    monkeypatch.setattr("gateway.clients.engine_client.EngineClient.report_turns", refuse)
    widget, _ = await gateway.chat()
    assert messages_of(await widget.say("hello"))
