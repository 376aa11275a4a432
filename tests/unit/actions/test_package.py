import ast
import json
import sys
from pathlib import Path

import yaml
from rasa_sdk.executor import ActionExecutor

from actions.hand_over import HandOver
from actions.offers import ProposeOffer
from actions.orders.track_orders import TrackOrder
from tests.unit.actions.scripted_engine import CONTRACT, ScriptedEngine, run

OWN_CONTRACT = json.loads(Path("tests/contract/bot.json").read_text())


def test_the_action_server_finds_every_action_of_the_domain() -> None:
    executor = ActionExecutor()
    executor.register_package("actions")
    wanted = set(yaml.safe_load(Path("bot/domain/actions.yml").read_text())["actions"])
    assert wanted <= set(executor.actions)


def test_the_actions_use_nothing_but_the_sdk_http_money_and_spelling() -> None:
    allowed = {"actions", "rasa_sdk", "aiohttp", "aiohttp_retry", "babel", "common", "rapidfuzz"} | set(
        sys.stdlib_module_names
    )
    for path in Path("actions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert {name.split(".")[0] for name in names} <= allowed, path


def test_the_responses_that_actions_name_are_in_the_domain() -> None:
    responses = {
        name
        for path in Path("bot/domain").glob("*.yml")
        for name in yaml.safe_load(path.read_text()).get("responses", {})
    }
    named = {
        node.value
        for path in Path("actions").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith("utter_")
    }
    assert named and named <= responses


async def test_a_hand_over_is_said_with_its_reason_and_drops_open_questions() -> None:
    handed = await run(HandOver(), "complaint")
    assert handed.custom == {"kind": "handover", "reason": "complaint"}
    assert handed.slots == {
        "pending_task": None,
        "confirming": None,
        "confirming_since": None,
        "confirming_number": None,
        "handing_over": None,
    }


async def test_the_contract_of_the_bot_shows_what_the_actions_make_of_the_engines_contract(
    engine: ScriptedEngine,
) -> None:
    order, offer = OWN_CONTRACT["turn"]["response"]["messages"]
    slots = {"order_number": CONTRACT["order"]["response"]["order_id"]}
    for action, message in ((TrackOrder(), order), (ProposeOffer(), offer)):
        (reply,) = (await run(action, slots=slots)).messages
        assert {field: reply[field] for field in message} == message


def test_the_contract_knows_every_kind_of_card() -> None:
    kinds = {"offer", "silence", "outcome", "order", "handover", "companions", "products", "help", "proof"}
    assert kinds == set(OWN_CONTRACT["custom_kinds"])
    assert CONTRACT["accept"]["response"].keys() >= {"outcome", "code", "code_expires_at"}
