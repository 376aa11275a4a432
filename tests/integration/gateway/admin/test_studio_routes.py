"""The studio's pages reach the engine with the name of who asks, and leave an entry in the audit log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from gateway.settings import Settings
from studio.jobs.declared_commands import DeclaredCommands
from tests.integration.gateway.admin_client import Person, add_admin
from tests.integration.gateway.running_gateway import Gateway

COMMANDS = list(DeclaredCommands().startable().values())


class StrategyServer:
    """Plays the engine's /v1/strategy and keeps what it was asked, but for the list of commands."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, str | None, str]] = []
        self.approved = False
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        if request.path.endswith("/commands"):
            return web.json_response(
                {"commands": [asdict(command) | {"params": command.schema} for command in COMMANDS]}
            )
        self.requests.append((request.method, request.raw_path, request.headers.get("X-Actor"), await request.text()))
        if request.path.endswith("/approval"):
            if self.approved:
                refused = {"code": "already_decided", "message": "The plan p-1 is approved already.", "field": None}
                return web.json_response(refused, status=409)
            self.approved = True
        return web.json_response({"plan_id": "p-1", "state": "approved", "command": "measure", "stopped": []})


@pytest.fixture
async def strategy() -> Any:
    server_side = StrategyServer()
    app = web.Application()
    app.router.add_route("*", "/v1/strategy/{rest:.*}", server_side.answer)
    server = TestServer(app)
    await server.start_server()
    server_side.url = str(server.make_url("/"))
    yield server_side
    await server.close()


@pytest.fixture
def settings(settings: Settings, strategy: StrategyServer) -> Any:
    return settings.model_copy(update={"engine_url": strategy.url})


@pytest.fixture
async def marketer(gateway: Gateway) -> Any:
    await add_admin(gateway, "mia", "marketer")
    mia = Person(gateway)
    assert (await mia.sign_in("mia"))[0] == 200
    return mia


async def test_approving_is_done_in_the_name_of_who_asks_and_refused_the_second_time(
    gateway: Gateway, strategy: StrategyServer, marketer: Person
) -> None:
    assert (await marketer.ask("POST", "strategy/plans/p-1/approval", body={}))[0] == 200
    status, refused = await marketer.ask("POST", "strategy/plans/p-1/approval", body={})
    assert (status, refused["code"]) == (409, "already_decided")
    assert [row[:3] for row in strategy.requests] == [("POST", "/v1/strategy/plans/p-1/approval", "mia")] * 2
    await add_admin(gateway, "ada", "admin")
    ada = Person(gateway)
    await ada.sign_in("ada")
    _, audit = await ada.ask("GET", "audit")
    entries = [
        (row["action"], row["subject"], row["name"])
        for row in audit["entries"]
        if row["name"] == "mia" and row["action"] != "sign_in"
    ]
    assert entries == [("plan_approve", "p-1", "mia")], "what was refused was not done"


async def test_a_command_is_passed_on_as_it_was_asked(strategy: StrategyServer, marketer: Person) -> None:
    order = {"command": "plan", "goal": "revenue", "budget_cents": 100, "days": 28, "point": 3}
    assert (await marketer.ask("POST", "strategy/job", body=order))[0] == 201
    method, path, actor, text = strategy.requests[-1]
    assert (method, path, actor) == ("POST", "/v1/strategy/job", "mia")
    assert '"point": 3' in text
    assert (await marketer.ask("POST", "strategy/job", body=order | {"reports": "/etc"}))[0] == 400
    assert len(strategy.requests) == 1


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"command": "plan", "goal": "fame"}, "goal"),
        ({"command": "plan", "budget_cents": 0}, "budget_cents"),
        ({"command": "plan", "budget_cents": "100"}, "budget_cents"),
        ({"command": "plan", "point": -1}, "portfolio"),
        ({"command": "plan", "plan_id": "p-1"}, "plan_id"),
        ({"command": "optimise", "portfolio": 1}, "portfolio"),
        ({"command": "stock", "service": 1.5}, "service"),
    ],
)
async def test_what_a_command_does_not_take_is_refused_before_the_engine_is_asked(
    strategy: StrategyServer, marketer: Person, order: dict[str, Any], field: str
) -> None:
    status, refused = await marketer.ask("POST", "strategy/job", body=order)
    assert (status, refused["field"]) == (400, field)
    assert strategy.requests == []


async def test_the_commands_are_those_that_the_engine_lists(strategy: StrategyServer, marketer: Person) -> None:
    status, listed = await marketer.ask("GET", "strategy/commands")
    assert status == 200
    assert [command["name"] for command in listed["commands"]] == [command.name for command in COMMANDS]


@pytest.mark.parametrize("name", ["..%2F..%2Fpolicy", "%2e%2e", "a%2Fb"])
async def test_a_name_stays_one_segment_of_the_engines_path(
    strategy: StrategyServer, marketer: Person, name: str
) -> None:
    assert (await marketer.ask("GET", f"strategy/documents/{name}"))[0] == 404
    assert strategy.requests == []
