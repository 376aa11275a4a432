"""Versions over HTTP: what the console's buttons ask for, and the report."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from promo_engine.api.http.keys import POLICIES
from promo_engine.settings import Settings
from tests.support.api_client import ApiClient
from tests.support.fakes import AveragingPolicy, Clock


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """A gate that a few decisions can pass."""
    return Settings(engine_database_url=database_url, model_dir=tmp_path, holdout_basis_points=0, gate_margin=0.5)


async def ask(client: ApiClient, method: str, path: str, **more: Any) -> tuple[int, Any]:
    response = await client.request(method, path, **more)
    return response.status, await response.json()


async def test_a_candidate_is_listed_judged_and_refused_with_its_numbers(client: ApiClient) -> None:
    candidate = await client.app[POLICIES].propose(AveragingPolicy(no_offer_share=0.5), actor="eve")
    status, listed = await ask(client, "GET", "/v1/policies")
    assert status == 200
    assert [(version["version"], version["status"]) for version in listed["versions"]] == [
        (2, "candidate"),
        (1, "live"),
    ]
    assert [(change["action"], change["actor"]) for change in listed["changes"]] == [("proposed", "eve")]
    status, verdict = await ask(client, "GET", f"/v1/policies/{candidate.version}/verdict")
    assert (status, verdict["passed"]) == (200, False)
    path = f"/v1/policies/{candidate.version}/promotion"
    status, promoted = await ask(client, "POST", path, headers={"X-Actor": "ada"})
    assert (status, promoted["moved"], promoted["verdict"]["passed"]) == (200, None, False)
    assert "log is empty" in promoted["verdict"]["reason"]
    _, listed = await ask(client, "GET", "/v1/policies")
    assert (listed["changes"][0]["action"], listed["changes"][0]["actor"]) == ("refused", "ada")


async def test_one_that_passes_comes_into_force_and_goes_again(client: ApiClient, clock: Clock) -> None:
    candidate = await client.app[POLICIES].propose(AveragingPolicy(no_offer_share=0.0), actor="eve")
    for number in range(30):
        clock.advance(timedelta(seconds=1))
        body = {
            "conversation_id": f"c-{number}",
            "request_id": "m-1",
            "conversation_context": {"trigger": "asked_for_offers"},
        }
        _, decision = await ask(client, "POST", "/v1/decisions", json=body)
        path = f"/v1/decisions/{decision['decision_id']}"
        here = {"conversation_id": f"c-{number}"}
        await ask(client, "POST", f"{path}/exposure", json=here)
        await ask(client, "POST", f"{path}/outcome", json=here | {"outcome": "accepted"})
    clock.advance(timedelta(hours=2))
    status, promoted = await ask(client, "POST", f"/v1/policies/{candidate.version}/promotion")
    assert status == 200
    assert promoted["moved"]["version"] == candidate.version, promoted["verdict"]
    status, back = await ask(client, "POST", "/v1/policy-rollbacks", json={})
    assert status == 200
    assert back["before_version"] >= candidate.version > 0, "the learner may have learned on from it"
    status, again = await ask(client, "POST", "/v1/policy-rollbacks", json={})
    assert (status, again["code"]) == (409, "nothing_to_roll_back")

    status, report = await ask(client, "GET", "/v1/report?days=7")
    assert status == 200
    assert sum(day["accepted"] for day in report["days"]) == 30
    status, notes = await ask(client, "GET", "/v1/decision-notes")
    assert (status, len(notes["decisions"]), notes["more"]) == (200, 30, False)


async def test_what_is_no_version_is_refused(client: ApiClient) -> None:
    for text in ("0", "x", "1_0", "-1", "99999999999", "4294967296"):
        status, body = await ask(client, "GET", f"/v1/policies/{text}/verdict")
        assert (status, body["field"]) == (400, "version"), text
    assert (await ask(client, "GET", "/v1/policies/77/verdict"))[0] == 404
    assert (await ask(client, "GET", "/v1/report?days=0"))[0] == 400
    assert (await ask(client, "GET", "/v1/redemption-notes?since=yesterday"))[0] == 400


async def test_user_models_are_listed_and_an_unknown_one_does_not_serve(client: ApiClient) -> None:
    status, listed = await ask(client, "GET", "/v1/user-models")
    assert (status, listed) == (200, {"running_version": "counting-1", "models": []})
    status, body = await ask(client, "POST", "/v1/user-models/nobody/promotion")
    assert (status, body["code"], body["field"]) == (404, "unknown_model", "model_version")
    status, body = await ask(client, "POST", "/v1/user-model-rollbacks", json={})
    assert (status, body["code"]) == (409, "nothing_to_roll_back")
    gone = {"serving_version": "3f2a9c1d0b7e"}
    status, body = await ask(client, "POST", "/v1/user-model-rollbacks", json=gone)
    assert (status, body["code"], body["field"]) == (409, "serves_no_more", "serving_version")
