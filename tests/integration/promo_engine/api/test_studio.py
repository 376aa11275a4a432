"""The strategy studio over HTTP: documents, jobs and plans as the console asks for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from promo_engine.api.http.keys import PLANS, SHOP, STUDIO
from promo_engine.ports.studio_ports import Job, JobState
from promo_engine.settings import Settings
from studio.jobs.declared_commands import DeclaredCommands
from studio.report.html_report import Report
from tests.support.api_client import ApiClient
from tests.support.fakes import Clock
from tests.support.small_shop import NOW
from tests.unit.promo_engine.services.test_plans import body


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        engine_database_url=database_url, model_dir=tmp_path, holdout_basis_points=0, reports_dir=tmp_path / "reports"
    )


async def ask(client: ApiClient, method: str, path: str, **more: Any) -> tuple[int, Any]:
    response = await client.request(method, f"/v1/strategy/{path}", **more)
    return response.status, await response.json()


class WrittenDown:
    """Starts nothing and keeps what it was asked for."""

    def __init__(self) -> None:
        self.params: Mapping[str, object] = {}
        self.newest: Job | None = None

    async def start(self, job: Job, params: Mapping[str, object]) -> Job:
        self.params, self.newest = params, job
        return job

    async def cancel(self) -> Job | None:
        return None


async def test_documents_are_listed_and_served_and_a_missing_one_names_its_command(
    client: ApiClient, tmp_path: Path
) -> None:
    status, listed = await ask(client, "GET", "documents")
    assert status == 200
    assert {document["name"]: document["made_at"] for document in listed["documents"]} == dict.fromkeys(
        DeclaredCommands().documents()
    )
    status, missing = await ask(client, "GET", "documents/optimisation")
    assert (status, missing["code"]) == (404, "no_document")
    assert "promobot strategy optimise" in str(missing["message"])

    shop = await client.app[SHOP]()
    report = Report(
        "A front", "Three goals.", stamp={"shop": shop.fingerprint, "currency": "EUR", "source": "9 orders"}
    )
    report.data = {"portfolios": [{"point": 1}]}
    report.write(tmp_path / "reports" / "optimisation.html")
    status, found = await ask(client, "GET", "documents/optimisation")
    assert (status, found["title"], found["data"]) == (200, "A front", {"portfolios": [{"point": 1}]})
    assert (found["currency"], found["source"]) == ("EUR", "9 orders")
    _, listed = await ask(client, "GET", "documents")
    assert [document["name"] for document in listed["documents"] if document["made_at"]] == ["optimisation"]


@pytest.mark.parametrize("stamp", [{"shop": "another", "currency": "EUR"}, {}])
async def test_a_document_of_another_shops_sales_is_not_shown(
    client: ApiClient, tmp_path: Path, stamp: dict[str, str]
) -> None:
    Report("Prices", "Of somebody else.", stamp=stamp).write(tmp_path / "reports" / "pricing.html")
    status, refused = await ask(client, "GET", "documents/pricing")
    assert (status, refused["code"]) == (404, "other_shop")
    assert "This makes it anew: promobot strategy price" in str(refused["message"])
    _, listed = await ask(client, "GET", "documents")
    assert not [document for document in listed["documents"] if document["made_at"]]


@pytest.mark.parametrize("name", ["..%2fsecrets", "%2fetc%2fpasswd", "optimisation.json", "run", "plan-1", "%00", "."])
async def test_no_other_file_can_be_asked_for(client: ApiClient, tmp_path: Path, name: str) -> None:
    (tmp_path / "secrets.json").write_text(json.dumps({"made_at": "2026-01-01T00:00:00Z", "title": "secret"}))
    status, answer = await ask(client, "GET", f"documents/{name}")
    assert status in {400, 404}
    assert "secret" not in json.dumps(answer).replace("..%2fsecrets", "").replace("../secrets", "")


async def test_a_broken_document_is_told_as_such(client: ApiClient, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "pricing.json").write_text('{"made_at"')
    status, answer = await ask(client, "GET", "documents/pricing")
    assert (status, answer["code"]) == (503, "broken_document")


@pytest.mark.parametrize("name", ["portfolio", "point"])  # the second is the older name
async def test_a_request_becomes_the_params_of_a_command(
    client: ApiClient, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    jobs = WrittenDown()
    monkeypatch.setattr(client.app[STUDIO], "jobs", jobs)
    order = {"command": "plan", "goal": "revenue", "budget_cents": 5000, "days": 28, name: 3}
    status, started = await ask(client, "POST", "job", json=order, headers={"X-Actor": "mia"})
    assert status == 200
    plan_id = f"plan-{NOW:%Y%m%d-%H%M%S}"
    assert (started["state"], started["started_by"], started["plan_id"]) == (JobState.RUNNING, "mia", plan_id)
    expected = {"goal": "revenue", "budget_cents": 5000, "days": 28, "portfolio": 3, "plan_id": plan_id}
    assert jobs.params == expected
    assert (await ask(client, "GET", "job"))[1]["job"]["command"] == "plan"


async def test_each_command_is_listed_with_the_schema_of_what_it_can_be_told(client: ApiClient) -> None:
    status, listed = await ask(client, "GET", "commands")
    assert status == 200
    by_name = {command["name"]: command for command in listed["commands"]}
    assert listed["currency"] == "USD", "the setting's, where no order says"
    assert by_name["plan"]["makes_plan"] is True
    days = by_name["plan"]["params"]["properties"]["days"]
    assert (days["type"], days["minimum"], days["maximum"], days["default"], days["unit"]) == (
        "integer",
        7,
        90,
        28,
        "days",
    )
    assert by_name["customers"]["documents"] == ["customers", "customer-cards"]
    assert "run" not in by_name, "it puts a plan live"


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"command": "run"}, "command"),
        ({"command": "--help"}, "command"),
        ({"command": "measure", "goal": "revenue"}, "goal"),
        ({"command": "plan", "source": "database"}, "source"),
        ({"command": "optimise", "point": 1}, "point"),
        ({"command": "plan", "goal": "fame"}, "goal"),
        ({"command": "plan", "budget_cents": 0}, "budget_cents"),
        ({"command": "plan", "days": 1}, "days"),
        ({"command": "plan", "days": "28"}, "days"),
        ({"command": "plan", "plan_id": "mine"}, "plan_id"),
        ({"command": "stock", "on_hand": "/etc/passwd"}, "on_hand"),
        ({"command": "measure", "reports": "/tmp"}, "reports"),
    ],
)
async def test_an_order_that_makes_no_sense_starts_nothing(
    client: ApiClient, order: dict[str, object], field: str
) -> None:
    status, answer = await ask(client, "POST", "job", json=order)
    assert (status, answer["field"]) == (400, field)
    assert await ask(client, "GET", "job") == (200, {"job": None})
    assert (await ask(client, "DELETE", "job"))[0] == 409


async def test_several_engine_processes_run_no_jobs(client: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client.app[STUDIO], "jobs", None)
    status, answer = await ask(client, "POST", "job", json={"command": "measure"})
    assert (status, answer["code"]) == (409, "no_jobs")
    assert "promobot strategy measure" in str(answer["message"])


async def test_a_plan_is_shown_approved_once_and_stopped(client: ApiClient, clock: Clock) -> None:
    plans = client.app[PLANS]
    holdout = {"share": 0.5, "customers": 1, "power": 0.1, "customer_ids": ["ben"]}  # as the studio writes it
    more = {"goal": "revenue", "expected": {"revenue_cents": 12.5}, "holdout": holdout}
    await plans.propose("p1", body() | more, actor="eve")
    status, listed = await ask(client, "GET", "plans")
    assert (status, [(plan["plan_id"], plan["state"], plan["customers"]) for plan in listed["plans"]]) == (
        200,
        [("p1", "proposed", 2)],
    )
    status, shown = await ask(client, "GET", "plans/p1")
    assert (status, shown["audiences"], shown["standing"]) == (200, {"p1-1": 2}, [])
    for customer in ('"anna"', '"ben"'):
        assert customer not in json.dumps(shown)

    status, approved = await ask(client, "POST", "plans/p1/approval", headers={"X-Actor": "mia"})
    assert (status, approved["state"], approved["decided_by"]) == (200, "approved", "mia")
    assert [(offer["offer_id"], offer["state"]) for offer in approved["standing"]] == [("p1-1-offer", "live")]
    status, refused = await ask(client, "POST", "plans/p1/approval", headers={"X-Actor": "bo"})
    assert (status, refused["code"]) == (409, "already_decided")
    assert await ask(client, "POST", "plans/p1/watch") == (200, {"stopped": []})

    clock.advance(timedelta(hours=1))
    status, stopped = await ask(client, "POST", "plans/p1/stop")
    assert (status, stopped["state"], stopped["standing"][0]["state"]) == (200, "stopped", "ended")
    assert (await ask(client, "POST", "plans/p1/stop"))[1]["code"] == "not_approved"
    assert (await ask(client, "GET", "plans/p2"))[0] == 404
