"""The channel over real HTTP, in front of a real Rasa model: tiny, trained here in a few seconds."""

import json
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from rasa.core.agent import Agent
from rasa.core.channels.channel import register
from rasa.model_training import train
from rasa.shared.core.domain import SessionConfig
from rasa.shared.core.events import UserUttered
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig
from sanic import Sanic
from sanic.touchup import TouchUp

from bot.gateway_channel import GatewayInput

CONTRACT = json.loads(Path("tests/contract/bot.json").read_text())
TURN = CONTRACT["turn"]
SECRET = "a secret of the tests"

DOMAIN = """
version: "3.1"
intents: [track_order, thank, loop_forever]
entities:
  - order_number: {influence_conversation: false}
  - date: {influence_conversation: false}
slots:
  order_number:
    type: text
    influence_conversation: false
    mappings: [{type: from_entity, entity: order_number}]
  open_decision_id: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  return_days: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  request: {type: any, mappings: [{type: custom}]}
  offer_open: {type: bool, initial_value: false, influence_conversation: false, mappings: [{type: custom}]}
actions: [action_track_order, action_propose_offer]
responses:
  utter_welcome: [{text: "You're welcome!"}]
"""
NLU = """
version: "3.1"
nlu:
  - regex: order_number
    examples: |
      - \\d{5,12}
  - intent: track_order
    examples: |
      - where is order [31198570044](order_number)
      - where is my order
  - intent: thank
    examples: |
      - thank you
      - thank
  - intent: loop_forever
    examples: |
      - banana
      - unbelievable banana
rules:
  - rule: track
    steps: [{intent: track_order}, {action: action_track_order}, {action: action_propose_offer}]
  - rule: thank
    steps: [{intent: thank}, {action: utter_welcome}]
  - rule: loop
    steps: [{intent: loop_forever}, {action: action_propose_offer}]
"""


def config(bert: Path) -> dict[str, Any]:
    featurizer = {"name": "bot.encoder.bert_featurizer.BertFeaturizer", "model": str(bert), "device": "cpu"}
    return {
        "recipe": "default.v1",
        "assistant_id": "tiny",
        "language": "en",
        "pipeline": [
            {"name": "WhitespaceTokenizer"},
            featurizer,
            {"name": "bot.intents.intent_classifier.LinearIntentClassifier", "C": 1000},
            {"name": "RegexEntityExtractor", "use_lookup_tables": False},
            {"name": "bot.entities.dates.DateExtractor"},
        ],
        "policies": [{"name": "RulePolicy"}],
    }


@dataclass(frozen=True)
class Models:
    """Two models of the same data: whole, and as `rasa train` makes it when no domain is found."""

    whole: str
    nlu_only: str


@pytest.fixture(scope="session")
def models(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Models:
    folder = tmp_path_factory.mktemp("tiny_bot")
    (folder / "config.yml").write_text(yaml.safe_dump(config(tiny_bert)))
    (folder / "domain.yml").write_text(DOMAIN)
    (folder / "empty.yml").write_text('version: "3.1"\n')
    (folder / "data.yml").write_text(NLU)
    here = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RASA_TELEMETRY_ENABLED", "false")
        os.chdir(folder)  # Rasa keeps its training cache in the folder it runs in
        try:
            paths = [
                train(
                    str(folder / domain), str(folder / "config.yml"), [str(folder / "data.yml")], str(folder / name)
                ).model
                for domain, name in (("domain.yml", "whole"), ("empty.yml", "nlu"))
            ]
        finally:
            os.chdir(here)
    assert all(paths)
    return Models(whole=str(paths[0]), nlu_only=str(paths[1]))


@dataclass
class ScriptedActions:
    """An action server over real HTTP; `answers` maps an action's name to what it answers, or to a status."""

    answers: dict[str, Any] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)

    async def webhook(self, request: web.Request) -> web.Response:
        call = await request.json()
        self.calls.append(call)
        answer = self.answers.get(call["next_action"], {"events": [], "responses": []})
        if isinstance(answer, int):
            return web.json_response({"error": "broken"}, status=answer)
        return web.json_response(answer)

    def ran(self) -> list[str]:
        return [call["next_action"] for call in self.calls]


@dataclass
class Channel:
    """The channel's two routes on a free port."""

    http: aiohttp.ClientSession
    url: str
    actions: ScriptedActions
    agent: Any

    async def turn(self, secret: str = SECRET, **changes: Any) -> tuple[int, Any]:
        body = {**TURN["request"], **changes}
        return await self.post(json.dumps(body), secret)

    async def post(self, raw: str, secret: str = SECRET) -> tuple[int, Any]:
        headers = {"X-Promobot-Secret": secret, "Content-Type": "application/json"}
        async with self.http.post(f"{self.url}/turn", data=raw, headers=headers) as answer:
            return answer.status, await answer.json()

    async def model(self, wanted: Any = None, secret: str = SECRET) -> tuple[int, Any]:
        """Ask which model serves, or let another one serve."""
        body = None if wanted is None else {"model": wanted}
        method, headers = "GET" if wanted is None else "PUT", {"X-Promobot-Secret": secret}
        async with self.http.request(method, f"{self.url}/model", json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def ready(self) -> tuple[int, Any]:
        async with self.http.get(f"{self.url}/ready") as answer:
            return answer.status, await answer.json()


@pytest.fixture(scope="session", autouse=True)
def several_apps() -> Iterator[None]:
    """Sanic's start rewrites methods of its own classes; a second app in the process would rewrite the rewritten."""
    rewrite: Any = TouchUp.run
    rewritten: list[Sanic] = []

    def rewrite_once(app: Sanic) -> None:
        if not rewritten:
            rewrite(app)
            rewritten.append(app)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TouchUp, "run", rewrite_once)
        yield


_apps = iter(range(1_000_000))


@asynccontextmanager
async def channel_with(model: str | None) -> AsyncIterator[Channel]:
    actions = ScriptedActions()
    action_app = web.Application()
    action_app.router.add_post("/webhook", actions.webhook)
    async with TestServer(action_app, host="127.0.0.1") as action_server, aiohttp.ClientSession() as http:
        agent = Agent(action_endpoint=EndpointConfig(url=str(action_server.make_url("/webhook"))))
        if model:
            agent.load_model(model)
        app = Sanic(f"channel_{next(_apps)}", configure_logging=False)
        register([GatewayInput(SECRET)], app, route="/webhooks/")
        app.ctx.agent = agent
        free = socket.create_server(("127.0.0.1", 0))  # Sanic takes port 0 for its own default
        server = await app.create_server(sock=free, return_asyncio_server=True, access_log=False)
        assert server is not None
        await server.startup()
        await server.start_serving()
        port = free.getsockname()[1]
        try:
            yield Channel(http, f"http://127.0.0.1:{port}/webhooks/gateway", actions, agent)
        finally:
            server.close()
            await server.wait_closed()


@pytest.fixture
async def channel(models: Models) -> AsyncIterator[Channel]:
    async with channel_with(models.whole) as running:
        running.actions.answers = {"action_track_order": ORDER_FOUND, "action_propose_offer": OFFER_MADE}
        yield running


ORDER, OFFER = TURN["response"]["messages"]
ORDER_FOUND = {"events": [], "responses": [{"text": ORDER["text"], "buttons": [], "custom": ORDER["custom"]}]}
OFFER_MADE = {
    "events": [
        {"event": "slot", "name": "open_decision_id", "value": OFFER["custom"]["decision_id"], "timestamp": None}
    ],
    "responses": [OFFER],
}


async def test_a_turn_is_answered_as_the_contract_says(channel: Channel) -> None:
    status, reply = await channel.turn()
    wanted = TURN["response"]
    assert status == 200
    assert reply.keys() == wanted.keys()
    for part in ("messages", "actions", "slots"):
        assert reply[part] == wanted[part]
    assert reply["parse"].keys() == wanted["parse"].keys()
    assert reply["parse"]["intent"]["name"] == "track_order"
    assert reply["parse"]["entities"] == wanted["parse"]["entities"]
    assert len(reply["parse"]["intent_ranking"]) == 3


async def test_the_actions_learn_who_is_signed_in_and_which_message_it_is(channel: Channel) -> None:
    await channel.turn()
    message = channel.actions.calls[0]["tracker"]["latest_message"]
    assert message["metadata"] == {**TURN["request"]["metadata"], "message_id": "m-0007"}
    assert message["message_id"] == "m-0007"


async def test_tomorrow_counts_from_when_the_customer_sent_it(channel: Channel) -> None:
    metadata = {**TURN["request"]["metadata"], "sent_at": "2026-12-31T23:59:00.000Z"}
    _, reply = await channel.turn(text="where is my order tomorrow", metadata=metadata)
    assert reply["parse"]["entities"] == [{"entity": "date", "value": "2027-01-01"}]


async def test_a_plain_answer_has_neither_buttons_nor_a_card(channel: Channel) -> None:
    _, reply = await channel.turn(text="thank you")
    assert reply["messages"] == [{"text": "You're welcome!", "buttons": [], "custom": None}]
    assert reply["actions"] == ["utter_welcome"]


async def test_a_buttons_intent_needs_no_language_model(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the language models ran")

    monkeypatch.setattr(channel.agent.processor, "parse_message", refuse)
    status, reply = await channel.turn(text='/track_order{"order_number": "4711"}')
    assert status == 200
    assert reply["parse"]["intent"] == {"name": "track_order", "confidence": 1.0}
    assert reply["slots"]["order_number"] == "4711"


async def test_an_unknown_buttons_intent_fails(channel: Channel) -> None:
    assert (await channel.turn(text="/no_such_intent"))[0] == 500


async def test_slots_are_carried_into_a_new_conversation_only(channel: Channel) -> None:
    metadata: dict[str, Any] = {
        "conversation_id": "c",
        "carried_slots": {"order_number": "1", "no_such_slot": 2, "requested_slot": "x", "request": {"text": "x"}},
    }
    _, first = await channel.turn(text="thank you", message_id="m-1", metadata=metadata)
    metadata["carried_slots"]["order_number"] = "2"
    _, second = await channel.turn(text="thank you", message_id="m-2", metadata=metadata)
    assert first["slots"] == second["slots"] == {"order_number": "1"}


async def test_the_shops_facts_come_with_every_turn_and_are_not_carried(channel: Channel) -> None:
    tracker: Any = None
    for message_id, days in (("m-1", "14 days"), ("m-2", "30 days"), ("m-3", None)):
        metadata = {"conversation_id": "c", "shop_words": {"return_days": days, "no_such_fact": "x"}}
        _, reply = await channel.turn(text="thank you", message_id=message_id, metadata=metadata)
        tracker = await channel.agent.tracker_store.retrieve(TURN["request"]["sender_id"])
        assert tracker.get_slot("return_days") == days
        assert "return_days" not in reply["slots"]


async def test_a_new_session_after_a_long_silence_keeps_the_slots(channel: Channel) -> None:
    a_moment = 1e-9  # in minutes
    domain = channel.agent.processor.domain
    domain.session_config = SessionConfig(
        session_expiration_time=a_moment, carry_over_slots=domain.session_config.carry_over_slots
    )
    _, first = await channel.turn(message_id="m-1")
    older = {"carried_slots": {"order_number": "1"}, "shop_words": {"return_days": None}}
    _, second = await channel.turn(text="thank you", message_id="m-2", metadata=older)
    session = await channel.agent.tracker_store.retrieve(TURN["request"]["sender_id"])
    assert [event.text for event in session.events if isinstance(event, UserUttered)] == ["thank you"]
    assert second["slots"] == first["slots"] == TURN["response"]["slots"]


async def test_the_same_message_again_gets_the_same_reply_and_runs_nothing(channel: Channel) -> None:
    _, first = await channel.turn()
    status, again = await channel.turn()
    assert (status, again) == (200, first)
    assert channel.actions.ran() == ["action_track_order", "action_propose_offer"]


@pytest.mark.parametrize("status", [500, 404])
async def test_a_failing_action_is_a_failed_turn_that_can_be_tried_again(channel: Channel, status: int) -> None:
    channel.actions.answers["action_propose_offer"] = status
    assert await channel.turn() == (500, CONTRACT["failure"]["response"])
    channel.actions.answers["action_propose_offer"] = OFFER_MADE
    answered, reply = await channel.turn()
    assert answered == 200
    assert reply["messages"] == TURN["response"]["messages"]  # and nothing of the failed try


async def test_an_answer_of_the_action_server_that_breaks_its_schema_is_a_failed_turn(channel: Channel) -> None:
    channel.actions.answers["action_track_order"] = {"events": "none", "responses": []}
    assert (await channel.turn())[0] == 500


async def test_an_action_server_that_is_down_is_a_failed_turn(channel: Channel, unused_tcp_port: int) -> None:
    channel.agent.processor.action_endpoint.url = f"http://127.0.0.1:{unused_tcp_port}/webhook"
    assert await channel.turn() == (500, CONTRACT["failure"]["response"])


async def test_actions_that_never_come_to_an_end_are_a_failed_turn(channel: Channel) -> None:
    again = {"event": "followup", "name": "action_propose_offer", "timestamp": None}
    channel.actions.answers["action_propose_offer"] = {"events": [again], "responses": []}
    assert await channel.turn(text="/loop_forever") == (500, CONTRACT["failure"]["response"])
    assert len(channel.actions.calls) == 10


async def test_language_models_that_fail_are_a_failed_turn(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("no memory left")

    monkeypatch.setattr(channel.agent.processor.graph_runner, "run", fail)
    assert await channel.turn() == (500, CONTRACT["failure"]["response"])


@pytest.mark.parametrize("secret", ["", "wrong", SECRET + "x", "gehe\u00efm"])
async def test_a_wrong_secret_is_401_and_nothing_runs(channel: Channel, secret: str) -> None:
    wanted = CONTRACT["wrong_secret"]
    assert await channel.turn(secret=secret) == (wanted["status"], wanted["response"])
    assert channel.actions.calls == []


async def test_an_empty_text_is_the_contracts_400(channel: Channel) -> None:
    wanted = CONTRACT["bad_body"]
    assert await channel.turn(text=" ") == (wanted["status"], wanted["response"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sender_id": None}, "sender_id"),
        ({"message_id": 7}, "message_id"),
        ({"metadata": []}, "metadata"),
        ({"metadata": {"carried_slots": "x"}}, "metadata.carried_slots"),
        ({"metadata": {"shop_words": "x"}}, "metadata.shop_words"),
        ({"metadata": {"turn_count": 0}}, "metadata.turn_count"),
        ({"metadata": {"turn_count": "3"}}, "metadata.turn_count"),
        ({"metadata": {"sent_at": None}}, "metadata.sent_at"),
        ({"metadata": {"sent_at": "yesterday"}}, "metadata.sent_at"),
        ({"metadata": {"sent_at": "2026-11-27T09:30:00"}}, "metadata.sent_at"),
    ],
)
async def test_a_body_that_breaks_the_contract_is_400_and_names_the_field(
    channel: Channel, changes: dict[str, Any], field: str
) -> None:
    status, error = await channel.turn(**changes)
    assert (status, error["code"], error["field"]) == (400, "invalid_request", field)
    assert error["message"].startswith(f"{field}: ")


@pytest.mark.parametrize("raw", ["", "{", "[]", "null", '"text"'])
async def test_a_body_that_is_no_json_object_is_400(channel: Channel, raw: str) -> None:
    status, error = await channel.post(raw)
    assert (status, error["code"], error["field"]) == (400, "invalid_request", None)


async def test_another_model_serves_and_the_conversation_goes_on(
    channel: Channel, models: Models, tmp_path: Path
) -> None:
    assert await channel.model() == (200, {"model": models.whole})
    await channel.turn()
    other = tmp_path / "other.tar.gz"
    shutil.copy(models.whole, other)
    assert await channel.model(str(other)) == (200, {"model": str(other)})
    assert await channel.model() == (200, {"model": str(other)})
    status, reply = await channel.turn(message_id="m-0008", text="thank you")
    assert (status, reply["actions"]) == (200, ["utter_welcome"])
    assert reply["messages"][0]["text"] == "You're welcome!"
    assert reply["slots"]["order_number"] == "31198570044", "its memory is the same"


async def test_a_model_that_cannot_serve_is_refused_and_the_one_before_goes_on(
    channel: Channel, models: Models, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.tar.gz"
    broken.write_bytes(b"no archive")
    for wanted, status, code in (
        (str(broken), 409, "model_refused"),
        (models.nlu_only, 409, "model_refused"),
        (str(tmp_path / "missing.tar.gz"), 400, "invalid_request"),
        ("bot/config.yml", 400, "invalid_request"),
        (7, 400, "invalid_request"),
    ):
        found, refused = await channel.model(wanted)
        assert (found, refused["code"], refused["field"]) == (status, code, "model"), wanted
    for name in (None, models.whole):
        found, refused = await channel.model(name, secret="wrong")
        assert (found, refused["code"]) == (401, "wrong_secret")
    assert await channel.model() == (200, {"model": models.whole})
    assert (await channel.turn())[0] == 200


async def test_is_ready_with_a_whole_model(channel: Channel) -> None:
    status, answer = await channel.ready()
    assert status == 200
    assert answer == {"status": "ready", "model_id": channel.agent.model_id}


async def test_is_not_ready_without_a_model() -> None:
    async with channel_with(None) as running:
        for status, answer in (await running.ready(), await running.turn()):
            assert (status, answer["code"]) == (503, "not_ready")
            assert "rasa train" in answer["message"]


async def test_is_not_ready_with_a_model_that_was_trained_without_a_domain(models: Models) -> None:
    async with channel_with(models.nlu_only) as running:
        for status, answer in (await running.ready(), await running.turn()):
            assert (status, answer["code"]) == (503, "not_ready")
            assert "--domain bot/domain" in answer["message"]


@pytest.mark.parametrize("credentials", [None, {}, {"secret": ""}, {"secret": "  "}])
def test_without_a_secret_there_is_no_channel(credentials: dict[str, str] | None) -> None:
    with pytest.raises(RasaException, match="PROMOBOT_CHANNEL_SECRET"):
        GatewayInput.from_credentials(credentials)
