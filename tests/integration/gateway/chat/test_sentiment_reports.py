"""The engine gets intents and sentiments, and a chat never waits for it."""

from __future__ import annotations

import asyncio

from tests.integration.gateway.played_servers import contract, plain_reply
from tests.integration.gateway.widget_client import messages_of


async def test_turns_are_reported_together_without_words_and_names(gateway, bot, engine):
    sentiments = iter(["angry", "pleased", None])

    async def answer(turn):
        sentiment = next(sentiments)
        parse = {"intent": {"name": "complaint"}, "text": turn["text"], "sentiment": sentiment and {"name": sentiment}}
        return 200, plain_reply(parse=parse)

    bot.answer = answer
    widget, _ = await gateway.chat()
    for text in ("this is a mess", "thanks", "/button"):
        await widget.say(text)
    async with asyncio.timeout(5):
        await engine.told.wait()
    assert engine.turns == [
        {"intent": "complaint", "sentiment": "negative"},
        {"intent": "complaint", "sentiment": "positive"},
        {"intent": "complaint", "sentiment": None},
    ]
    assert engine.turns[0].keys() == contract("engine")["turns"]["request"]["turns"][0].keys()


async def test_an_engine_that_does_not_hear_costs_no_turn(gateway, bot, engine, monkeypatch):
    async def refuse(_self, _turns):
        raise AssertionError("nobody should wait for this")

    monkeypatch.setattr("gateway.clients.engine_client.EngineClient.report_turns", refuse)
    widget, _ = await gateway.chat()
    assert messages_of(await widget.say("hello"))
