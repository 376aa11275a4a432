"""Corrections, the inbox and examples, as the console asks for them."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.integration.gateway.admin_client import Person, said
from tests.integration.gateway.played_servers import BotServer, plain_reply
from tests.integration.gateway.running_gateway import Gateway


async def shopper_message(ada: Person, conversation_id: str) -> Any:
    _, shown = await ada.ask("GET", f"conversations/{conversation_id}")
    return next(row for row in shown["messages"] if row["from"] == "shopper")


async def test_a_corrected_message_is_shown_counted_exported_and_taken_back(gateway: Gateway, ada: Person) -> None:
    _, conversation_id = await said(gateway, "bring me two coffees")
    message = await shopper_message(ada, conversation_id)
    path = f"conversations/{conversation_id}/messages/{message['message_id']}/meaning"
    entities = [{"start": 13, "end": 20, "entity": "category", "value": "coffee"}]
    assert (await ada.ask("PUT", path, body={"intent": "thanks"}))[0] == 200
    assert (await ada.ask("PUT", path, body={"intent": "order", "entities": entities}))[0] == 200
    _, shown = await ada.ask("GET", f"conversations/{conversation_id}")
    (correction,) = shown["corrections"]
    assert (correction["guessed_intent"], correction["intent"]) == ("greet", "order")
    _, found = await ada.ask("GET", "language/confusions")
    assert found["corrections"] == [{"intent": "order", "guessed_intent": "greet", "count": 1}]
    _, text = await ada.ask("GET", "language/corrections.yml")
    (block,) = yaml.safe_load(text)["nlu"]
    assert block == {
        "intent": "order",
        "examples": '- bring me two [coffees]{"entity": "category", "value": "coffee"}\n',
    }
    _, text = await ada.ask("GET", f"conversations/{conversation_id}/story.yml")
    (story,) = yaml.safe_load(text)["stories"]
    assert story["steps"][0]["intent"] == "order"
    assert story["steps"][1] == {"action": "utter_greet"}
    assert (await ada.ask("DELETE", f"language/corrections/{correction['correction_id']}"))[0] == 200
    assert (await ada.ask("DELETE", f"language/corrections/{correction['correction_id']}"))[0] == 404
    assert yaml.safe_load((await ada.ask("GET", "language/corrections.yml"))[1])["nlu"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"intent": "no spaces"},
        {"intent": "x", "entities": [{"start": 2, "end": 2, "entity": "a"}]},
        {"intent": "x", "entities": [{"start": 0, "end": 99, "entity": "a"}]},
        {"intent": "x", "entities": [{"start": 0, "end": 3, "entity": "a"}, {"start": 2, "end": 4, "entity": "a"}]},
        {"intent": "x", "entities": [{"start": 0, "end": 3, "entity": "a b"}]},
    ],
)
async def test_a_meaning_that_cannot_be_is_refused_and_changes_nothing(
    gateway: Gateway, ada: Person, body: Any
) -> None:
    _, conversation_id = await said(gateway, "hello")
    message = await shopper_message(ada, conversation_id)
    path = f"conversations/{conversation_id}/messages/{message['message_id']}/meaning"
    assert (await ada.ask("PUT", path, body=body))[0] == 400
    assert (await ada.ask("GET", f"conversations/{conversation_id}"))[1]["corrections"] == []


async def test_the_inbox_has_unsure_texts_until_they_are_corrected(
    gateway: Gateway, ada: Person, bot: BotServer
) -> None:
    async def unsure(_turn: dict[str, Any]) -> tuple[int, Any]:
        return 200, plain_reply(parse={"intent": {"name": "greet", "confidence": 0.4}, "intent_ranking": []})

    bot.answer = unsure
    _, conversation_id = await said(gateway, "purple monkey dishwasher")
    _, found = await ada.ask("GET", "language/inbox?below=0.6")
    assert [row["text"] for row in found["messages"]] == ["purple monkey dishwasher"]
    assert (await ada.ask("GET", "language/inbox?below=0.3"))[1]["messages"] == []
    path = f"conversations/{conversation_id}/messages/{found['messages'][0]['message_id']}/meaning"
    await ada.ask("PUT", path, body={"intent": "chitchat"})
    assert (await ada.ask("GET", "language/inbox?below=0.6"))[1]["messages"] == []


async def test_examples_are_added_beside_those_of_the_files(gateway: Gateway, ada: Person) -> None:
    assert (await ada.ask("POST", "language/examples", body={"text": "gift wrap it", "intent": "gift_wrap"}))[0] == 201
    _, found = await ada.ask("GET", "language/intents")
    assert {"intent": "gift_wrap", "trained": 0, "added": 1} in found["intents"]
    assert len(found["intents"]) > 50, "those that the bot is trained on"
    _, found = await ada.ask("GET", "language/examples?intent=gift_wrap")
    assert [row["text"] for row in found["added"]] == ["gift wrap it"]
