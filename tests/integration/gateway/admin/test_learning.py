"""Suggestions from unanswered messages, and trainings with those that were accepted, as the console asks for them."""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from pydantic import HttpUrl

from common.clock import utc_now
from gateway.conversations.erase import erasure
from gateway.keys import LEARNING, LOG
from gateway.settings import Settings
from tests.integration.gateway.admin_client import Person, SignIn, add_admin
from tests.integration.gateway.played_servers import BotServer, plain_reply
from tests.integration.gateway.running_gateway import Gateway
from tests.integration.gateway.widget_client import messages_of
from tests.support.waiting import PATIENCE_S

PACKING = (
    "can you wrap it as a present",
    "could you wrap this as a present please",
    "wrap it as a present for 4451234",
)
TRAINER = """
import argparse, json, pathlib, sys
parser = argparse.ArgumentParser()
for name in ("--examples", "--model", "--out", "--result", "--log"):
    parser.add_argument(name, type=pathlib.Path)
arguments = parser.parse_args()
result = json.loads(arguments.result.read_text())
if "failure" in result:
    sys.exit(result["failure"])
arguments.out.mkdir(parents=True)
model = arguments.out / "model.tar.gz"
model.write_bytes(b"a model")
learned = (arguments.examples / "nlu" / "learned.yml").read_text()
arguments.log.write_text(json.dumps({"learned": learned, "model": str(arguments.model)}))
print(json.dumps({"model": str(model), "checks": result["checks"]}))
"""
GOOD = {"checks": [{"name": "held_out", "before": 640, "after": 641, "of": 670}]}


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """What the training command of these tests will say; it may be written anew."""
    file = tmp_path / "result.json"
    file.write_text(json.dumps(GOOD))
    return file


@pytest.fixture
def settings(settings: Settings, tmp_path: Path, result: Path) -> Settings:
    script = tmp_path / "trainer.py"
    script.write_text(TRAINER)
    return settings.model_copy(
        update={
            "training_command": f"{sys.executable} {script} --result {result} --log {tmp_path / 'log.json'}",
            "learned_dir": tmp_path / "learned",
            "learning_quiet_s": 3600.0,  # only when a test asks for it
            "learning_hour": -1,
        }
    )


async def not_understood(turn: dict[str, Any]) -> tuple[int, Any]:
    """A bot that asks what was meant, with the gift question behind it."""
    if turn["text"].startswith("/"):
        return 200, plain_reply(parse={"intent": {"name": turn["text"][1:], "confidence": 1.0}, "intent_ranking": []})
    ranking = [{"name": "nlu_fallback", "confidence": 0.5}, {"name": "ask_for_bundle", "confidence": 0.3}]
    ranking.append({"name": "track_order", "confidence": 0.1})
    button = {"title": "Where is my order?", "payload": "/track_order"}
    return 200, plain_reply(
        parse={"intent": ranking[0], "intent_ranking": ranking, "entities": []},
        actions=["action_ask_meaning"],
        messages=[{"text": "Did you mean …?", "buttons": [button], "custom": None}],
    )


async def say(gateway: Gateway, *texts: str, tap: bool = False) -> str:
    """A shopper who says these; the conversation's id."""
    widget, welcome = await gateway.chat()
    for text in texts:
        shown = await widget.say(text)
        if tap:
            frame = next(message for message in messages_of(shown) if message["buttons"])
            await widget.press(frame["buttons"][0]["button_token"])
            await widget.until("turn_end")
    return str(welcome["conversation_id"])


@pytest.fixture
async def asked_for_packing(gateway: Gateway, bot: BotServer) -> list[str]:
    """Three shoppers who want the same and are not understood."""
    bot.answer = not_understood
    return [await say(gateway, text) for text in PACKING]


async def grouped(person: Person) -> list[dict[str, Any]]:
    assert (await person.ask("POST", "language/suggestions", body={}))[0] == 200
    return await listed(person)


async def listed(person: Person, state: str = "open") -> list[dict[str, Any]]:
    status, found = await person.ask("GET", f"language/suggestions?state={state}")
    assert status == 200, found
    suggestions: list[dict[str, Any]] = found["suggestions"]
    return suggestions


async def last_training(person: Person) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            _, found = await person.ask("GET", "language/trainings")
            if found["trainings"] and found["trainings"][0]["state"] != "running":
                training: dict[str, Any] = found["trainings"][0]
                return training
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("asked_for_packing")
async def test_unanswered_messages_are_grouped_without_their_numbers(ada: Person) -> None:
    (suggestion,) = await grouped(ada)
    assert suggestion["count"] == 3
    texts = {text["text"] for text in suggestion["texts"]}
    assert texts == {*PACKING[:2], "wrap it as a present for 0000000"}
    assert suggestion["proposed"] == {"meaning": "ask_for_bundle", "title": "Bundles"}
    again = await grouped(ada)
    assert [(row["count"], row["state"]) for row in again] == [(3, "open")], "grouping twice changes nothing"


async def test_what_shoppers_tap_is_proposed_and_a_single_tap_is_enough(
    gateway: Gateway, ada: Person, bot: BotServer
) -> None:
    bot.answer = not_understood
    await say(gateway, "my stuff, whereabouts", tap=True)
    await say(gateway, "qwertz")
    (suggestion,) = await grouped(ada)
    assert (suggestion["proposed"]["meaning"], suggestion["taps"], suggestion["count"]) == ("track_order", 1, 1)


@pytest.mark.usefixtures("asked_for_packing")
async def test_accepting_makes_examples_and_undoing_takes_them_out(ada: Person) -> None:
    (suggestion,) = await grouped(ada)
    path = f"language/suggestions/{suggestion['suggestion_id']}"
    assert (await ada.ask("PUT", f"{path}/acceptance", body={"meaning": "no_such_intent"}))[0] == 400
    assert (await ada.ask("DELETE", f"{path}/decision"))[0] == 409
    assert (await ada.ask("PUT", f"{path}/acceptance", body={"meaning": "gift_card"}))[0] == 200
    (accepted,) = await listed(ada, "accepted")
    assert accepted["decided_by"] == "admin"
    chosen = "gift_card"
    assert accepted["chosen"]["meaning"] == chosen
    _, found = await ada.ask("GET", f"language/examples?intent={chosen}")
    assert len(found["added"]) == 3
    assert (await ada.ask("PUT", f"{path}/dismissal"))[0] == 409
    assert await grouped(ada) == [], "what was accepted is not suggested again"
    assert (await ada.ask("DELETE", f"{path}/decision"))[0] == 200
    _, found = await ada.ask("GET", f"language/examples?intent={chosen}")
    assert found["added"] == []
    assert [row["count"] for row in await listed(ada)] == [3]
    assert (await ada.ask("PUT", "language/suggestions/999/dismissal"))[0] == 404


@pytest.mark.usefixtures("asked_for_packing")
async def test_what_is_like_a_dismissed_group_joins_it(gateway: Gateway, ada: Person) -> None:
    (suggestion,) = await grouped(ada)
    await ada.ask("PUT", f"language/suggestions/{suggestion['suggestion_id']}/dismissal")
    await say(gateway, "wrap it as a present")
    assert await grouped(ada) == []
    (dismissed,) = await listed(ada, "dismissed")
    assert dismissed["count"] == 4


async def test_roles(gateway: Gateway, person: SignIn) -> None:
    viewer, agent = await person("viewer"), await person("agent")
    assert (await viewer.ask("GET", "language/suggestions"))[0] == 200
    assert (await viewer.ask("POST", "language/suggestions", body={}))[0] == 403
    assert (await agent.ask("POST", "language/suggestions", body={}))[0] == 200
    assert (await agent.ask("POST", "language/trainings", body={}))[0] == 403
    assert (await agent.ask("PUT", "language/trainings/1/undo", body={}))[0] == 403


async def accept_all(ada: Person, meaning: str = "ask_for_bundle") -> None:
    for suggestion in await grouped(ada):
        path = f"language/suggestions/{suggestion['suggestion_id']}/acceptance"
        assert (await ada.ask("PUT", path, body={"meaning": meaning}))[0] == 200


@pytest.mark.usefixtures("asked_for_packing")
async def test_a_training_that_does_not_fall_serves_and_is_undone(
    gateway: Gateway, ada: Person, bot: BotServer, tmp_path: Path
) -> None:
    assert (await ada.ask("POST", "language/trainings", body={}))[0] == 409, "nothing was accepted"
    before = bot.model
    await accept_all(ada)
    assert (await ada.ask("POST", "language/trainings", body={}))[0] == 201
    training = await last_training(ada)
    assert (training["state"], training["message"], training["example_count"]) == ("live", "", 3)
    assert training["checks"] == GOOD["checks"]
    given = json.loads((tmp_path / "log.json").read_text())
    (block,) = yaml.safe_load(given["learned"])["nlu"]
    assert block["intent"] == "ask_for_bundle"
    assert "0000000" in block["examples"] and "4451234" not in block["examples"]
    assert given["model"] == before
    assert bot.model == str(tmp_path / "learned" / "models" / str(training["training_id"]) / "model.tar.gz")
    learned = tmp_path / "learned" / "nlu" / "learned.yml"
    assert yaml.safe_load(learned.read_text())["nlu"] == [block], "the next training by hand reads them"

    status, undone = await ada.ask("PUT", f"language/trainings/{training['training_id']}/undo", body={})
    assert status == 200 and len(undone["reopened"]) == 1
    assert bot.model == before
    assert yaml.safe_load(learned.read_text())["nlu"] == []
    assert (await last_training(ada))["state"] == "undone"
    assert len(await listed(ada)) == 1
    assert (await ada.ask("PUT", f"language/trainings/{training['training_id']}/undo", body={}))[0] == 409
    assert (await ada.ask("PUT", "language/trainings/77/undo", body={}))[0] == 404
    await gateway.app[LEARNING].look()
    assert (await last_training(ada))["state"] == "undone", "what was undone is not trained again"


@pytest.mark.usefixtures("asked_for_packing")
@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (
            {"checks": [*GOOD["checks"], {"name": "acceptance", "before": 30, "after": 29, "of": 31}]},
            ("refused", "acceptance: 29 of 31, before 30"),
        ),
        ({"failure": "no space left"}, ("failed", "no space left")),
        ({"checks": []}, ("failed", "no result")),
    ],
)
async def test_a_training_that_falls_or_fails_changes_nothing(
    ada: Person, bot: BotServer, tmp_path: Path, outcome: Any, expected: tuple[str, str]
) -> None:
    before = bot.model
    (tmp_path / "result.json").write_text(json.dumps(outcome))
    await accept_all(ada)
    await ada.ask("POST", "language/trainings", body={})
    training = await last_training(ada)
    assert training["state"] == expected[0]
    assert expected[1] in training["message"]
    assert bot.model == before
    assert (
        not list((tmp_path / "learned" / "nlu").glob("*.yml"))
        or "present" not in (tmp_path / "learned" / "nlu" / "learned.yml").read_text()
    )


@pytest.mark.usefixtures("asked_for_packing")
async def test_accepted_examples_are_trained_by_themselves_once(
    settings: Settings, gateway: Gateway, ada: Person
) -> None:
    await accept_all(ada)
    await gateway.app[LEARNING].look()
    assert (await ada.ask("GET", "language/trainings"))[1]["trainings"] == [], "the quiet while is not over"
    await gateway.stop()
    gateway.settings = settings.model_copy(update={"learning_quiet_s": 0.0})
    await gateway.start()
    await last_training(ada)
    await gateway.app[LEARNING].look()
    _, found = await ada.ask("GET", "language/trainings")
    assert [(row["state"], row["started_by"]) for row in found["trainings"]] == [("live", "nightly")]


async def test_a_bot_that_started_with_an_older_model_gets_the_learned(
    gateway: Gateway, ada: Person, bot: BotServer, asked_for_packing: list[str], tmp_path: Path
) -> None:
    await accept_all(ada)
    await ada.ask("POST", "language/trainings", body={})
    await last_training(ada)
    learned, bot.model = bot.model, "gone.tar.gz"
    await gateway.app[LEARNING].look()
    assert bot.model == learned
    newer = tmp_path / "newer.tar.gz"
    newer.write_bytes(b"trained by hand since")
    bot.model = str(newer)
    await gateway.app[LEARNING].look()
    assert bot.model == str(newer)


async def test_an_erased_conversation_takes_its_examples_along(
    gateway: Gateway, ada: Person, asked_for_packing: list[str], tmp_path: Path
) -> None:
    await accept_all(ada)
    await ada.ask("POST", "language/trainings", body={})
    await last_training(ada)
    erase = partial(erasure.forget_shopper, subject="customer:1228", at=utc_now())
    assert set(asked_for_packing) <= set(await gateway.app[LOG].write(erase))
    assert await listed(ada, "accepted") == []
    await gateway.app[LEARNING].look()
    assert yaml.safe_load((tmp_path / "learned" / "nlu" / "learned.yml").read_text())["nlu"] == []


async def test_a_gateway_without_a_training_command_says_so(settings: Settings, gateway: Gateway, ada: Person) -> None:
    await gateway.stop()
    gateway.settings = settings.model_copy(update={"training_command": ""})
    await gateway.start()
    _, found = await ada.ask("GET", "language/trainings")
    assert found == {"can_train": False, "trainings": []}
    status, refused = await ada.ask("POST", "language/trainings", body={})
    assert (status, refused["code"]) == (409, "no_training_command")


async def test_the_suggestions_stand_in_both_databases(settings: Settings, database_url: str, bot: BotServer) -> None:
    """The whole way once more, on each database."""
    async with aiohttp.ClientSession() as http:
        gateway = Gateway(
            settings.model_copy(update={"gateway_database_url": database_url, "rasa_url": HttpUrl(bot.url)}), http
        )
        await gateway.start()
        try:
            bot.answer = not_understood
            for text in PACKING:
                await say(gateway, text)
            await add_admin(gateway, "admin", "admin")
            ada = Person(gateway)
            assert (await ada.sign_in("admin"))[0] == 200
            await accept_all(ada)
            await ada.ask("POST", "language/trainings", body={})
            training = await last_training(ada)
            assert training["state"] == "live"
            status, _ = await ada.ask("PUT", f"language/trainings/{training['training_id']}/undo", body={})
            assert status == 200
            (open_again,) = await listed(ada)
            path = f"language/suggestions/{open_again['suggestion_id']}/dismissal"
            assert (await ada.ask("PUT", path))[0] == 200
            _, audit = await ada.ask("GET", "audit")
            actions = {entry["action"] for entry in audit["entries"]}
            assert {"suggest", "suggestion_accept", "training_undo", "suggestion_reopen"} <= actions
        finally:
            await gateway.stop()
