"""Frames and bodies have exactly the keys of tests/contract/widget.json, the bot gets those of bot.json."""

from __future__ import annotations

from typing import Any

from tests.integration.gateway.played_servers import BotServer, contract, plain_reply
from tests.integration.gateway.running_gateway import ADMIN_TOKEN, Gateway

WIDGET = contract("widget")


SERVER = WIDGET["server"]


BOT = contract("bot")


def assert_shape(frame: dict[str, Any], example: dict[str, Any]) -> None:
    assert set(frame) == set(example)
    for key, value in example.items():
        if isinstance(value, dict) and frame[key] is not None and value:
            assert_shape(frame[key], value)


async def test_every_server_frame_has_the_keys_of_the_contract(gateway: Gateway, bot: BotServer) -> None:
    async def answer(turn: dict[str, Any]) -> tuple[int, Any]:
        assert_shape(turn, BOT["turn"]["request"] | {"metadata": turn["metadata"]})
        assert set(turn["metadata"]) == set(BOT["turn"]["request"]["metadata"])
        if turn["text"] == "code":
            outcome = {
                "kind": "outcome",
                "decision_id": "d",
                "outcome": "accepted",
                "code": "K7",
                "code_expires_at": "2026-12-06T10:00:09Z",
            }
            return 200, plain_reply(messages=[{"text": "Yes.", "buttons": [], "custom": outcome}])
        if turn["text"] == "a person, please":
            return 200, plain_reply(actions=["action_hand_over"])
        return 200, BOT["turn"]["response"]

    bot.answer = answer
    widget, welcome = await gateway.chat()
    assert_shape(welcome, SERVER["welcome"])
    frames = await widget.say("where is order 31198570044") + await widget.say("code")
    await widget.send(type="ping")
    frames.append(await widget.receive())
    await widget.press("unknown")
    frames.append(await widget.receive())
    await widget.send(type="history", before_seq=2)
    frames.append(await widget.receive())
    await widget.send(type="transcript")
    frames.append(await widget.receive())
    await widget.say("a person, please")
    frames += await widget.until("handover")
    await widget.send(type="forget")
    frames += await widget.until("forgotten")  # the handover queue may notice first that the conversation is gone
    for frame in frames:
        assert_shape(frame, SERVER[frame["type"]])
    assert {frame["type"] for frame in frames} == set(SERVER) - {"welcome"}
    offers = [frame["offer"] for frame in frames if frame.get("offer")]
    assert [button.keys() for button in frames[3]["buttons"]] == [{"title", "button_token", "active"}] * 3
    (offer,) = offers
    assert offer["benefit"] == BOT["turn"]["response"]["messages"][1]["custom"]["offer"]["benefit"]


async def test_history_has_the_shape_of_live_messages(gateway: Gateway, bot: BotServer) -> None:
    async def answer(_turn: dict[str, Any]) -> tuple[int, Any]:
        return 200, BOT["turn"]["response"]

    bot.answer = answer
    widget, welcome = await gateway.chat()
    live = [frame for frame in await widget.say("hello") if frame["type"] == "message"]
    again = await gateway.widget()
    back = await again.hello(await gateway.token(), welcome["conversation_id"])
    assert back["history"][1:] == live


async def test_http_answers_have_the_keys_of_the_contract(gateway: Gateway) -> None:
    _, welcome = await gateway.chat()
    admin = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    http = WIDGET["http"]
    for name, request in http.items():
        path = request["path"].replace("{conversation_id}", welcome["conversation_id"])
        body = {"household_id": "1228"} if request["method"] == "POST" else None
        async with gateway.http.request(request["method"], gateway.url(path), json=body, headers=admin) as response:
            assert response.status == 200
            assert set(await response.json()) == set(request["response"]), name
