"""Results by day, the funnel, answer times, and what the engine notes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from gateway.admin.inbox.engine_notes import EngineNotes
from gateway.conversations.read import conversation_counts
from gateway.keys import LOG
from tests.integration.gateway.admin_client import Person, said
from tests.integration.gateway.played_servers import BotServer, plain_reply
from tests.integration.gateway.running_gateway import Gateway


async def test_results_count_what_was_said_and_each_step_of_the_funnel(
    gateway: Gateway, ada: Person, bot: BotServer
) -> None:
    await said(gateway)

    async def hand_over(_turn: dict[str, Any]) -> tuple[int, Any]:
        return 200, plain_reply(actions=["action_hand_over"])

    bot.answer = hand_over
    await said(gateway)
    bot.answer = bot.echo
    _, taken_id = await said(gateway)
    await ada.ask("PUT", f"conversations/{taken_id}/takeover")
    status, found = await ada.ask("GET", "results?days=7")
    assert status == 200
    (day,) = found["days"]
    assert (day["conversations"], day["contained"], day["handed_over"], day["taken_over"]) == (3, 1, 1, 1)
    assert found["answers"][0]["turns"] == 3
    assert found["funnel"][0] == {"step": "conversations", "outcome": None, "conversations": 3}
    assert [step["step"] for step in found["funnel"][1:]] == ["proposed", "exposed", "accepted", "redeemed"]
    assert found["report"] is None, "the engine of these tests knows no report"
    assert [alarm["name"] for alarm in found["alarms"]] == ["engine"]


async def test_the_engines_notes_become_filters_once(gateway: Gateway, ada: Person) -> None:
    _, conversation_id = await said(gateway)
    cursors = []

    class Engine:
        async def decision_notes(self, *, after: Any) -> Any:
            cursors.append(after)
            note = {"decision_id": "d-1", "conversation_id": conversation_id, "policy_version": 12, "line": 7}
            unknown = note | {"decision_id": "d-2", "conversation_id": "c-of-another-gateway"}
            return {"decisions": [note, unknown] if after == "" else [], "more": False}

        async def redemption_notes(self, *, since: Any) -> Any:
            cursors.append(since)
            note = {"conversation_id": conversation_id, "redeemed_at": "2026-11-26T01:00:00Z"}
            return {"redemptions": [note], "more": False}

    notes = EngineNotes(engine=Engine(), log=gateway.app[LOG])
    for _ in range(2):
        await notes.take_in()
    assert cursors == ["", "1970-01-03T00:00:00Z", "d-2", "2026-11-26T01:00:00Z"]
    for query in ("policy=12", "policy_line=7", "outcome=redeemed", "policy=12&outcome=redeemed"):
        _, page = await ada.ask("GET", f"conversations?{query}")
        assert [row["conversation_id"] for row in page["conversations"]] == [conversation_id], query
    assert (await ada.ask("GET", "conversations?policy=13"))[1]["conversations"] == []


async def test_answer_times_keep_their_quantiles_within_a_bucket(gateway: Gateway) -> None:
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    took = [(at, number) for number in range(1, 1001)] + [(at - timedelta(days=1), 5)]
    await gateway.app[LOG].write(partial(conversation_counts.note_turn_times, took=took[:600]))
    await gateway.app[LOG].write(partial(conversation_counts.note_turn_times, took=took[600:]))
    before, day = await gateway.app[LOG].read(
        partial(conversation_counts.answer_times, since=at.date() - timedelta(days=1))
    )
    assert (before["turns"], day["turns"]) == (1, 1000)
    assert day["median_ms"] == pytest.approx(500, rel=0.12)
    assert day["p95_ms"] == pytest.approx(950, rel=0.12)
