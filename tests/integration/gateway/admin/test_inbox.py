"""The console's conversations: tags, filters, taking over, the transcript, the CSV, saved views."""

from __future__ import annotations

import asyncio
import csv
import io
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.gateway.admin_client import Person, SignIn, add_admin, said
from tests.integration.gateway.played_servers import BotServer, plain_reply
from tests.integration.gateway.running_gateway import Gateway


async def test_tags_flags_and_notes_are_found_shown_and_audited(gateway: Gateway, person: SignIn) -> None:
    ada = await person("admin")
    _, conversation_id = await said(gateway)
    await said(gateway)
    path = f"conversations/{conversation_id}"
    await ada.ask("PUT", f"{path}/tags/VIP customer")
    await ada.ask("PUT", f"{path}/flag", body={"flagged": True})
    assert (await ada.ask("POST", f"{path}/notes", body={"text": "Call her back."}))[0] == 201
    _, shown = await ada.ask("GET", path)
    assert (shown["digest"]["facets"]["tag"], shown["digest"]["flagged"]) == (["VIP customer"], True)
    assert [(note["author"], note["text"]) for note in shown["notes"]] == [("admin", "Call her back.")]
    for query in ("tag=VIP+customer", "flagged=true"):
        _, page = await ada.ask("GET", f"conversations?{query}")
        assert [row["conversation_id"] for row in page["conversations"]] == [conversation_id]
    await ada.ask("DELETE", f"{path}/tags/VIP customer")
    assert (await ada.ask("GET", "facets"))[1]["tag"] == []
    _, audit = await ada.ask("GET", "audit")
    assert [entry["action"] for entry in audit["entries"]][:4] == ["remove_tag", "note", "flag", "add_tag"]


@pytest.mark.parametrize("tag", ["${x}", "{{x}}", "<b>", "100 %", "?#&", "退货"])
async def test_a_tag_may_have_any_character_but_comma_and_slash(gateway: Gateway, person: SignIn, tag: str) -> None:
    ada = await person("admin")
    _, conversation_id = await said(gateway)
    path = f"conversations/{conversation_id}/tags/{quote(tag, safe='')}"
    assert (await ada.ask("PUT", path))[0] == 200
    assert (await ada.ask("GET", "facets"))[1]["tag"] == [tag]
    assert (await ada.ask("DELETE", path))[0] == 200
    assert (await ada.ask("GET", "facets"))[1]["tag"] == []


@pytest.mark.parametrize("tag", [" x", "a,b", "x" * 41, "%00"])
async def test_a_bad_tag_is_refused(gateway: Gateway, person: SignIn, tag: str) -> None:
    ada = await person("admin")
    _, conversation_id = await said(gateway)
    status, body = await ada.ask("PUT", f"conversations/{conversation_id}/tags/{tag}")
    assert (status, body["code"]) == (400, "invalid_tag")


@pytest.mark.parametrize(
    "query", ["confidence_below=2", "started_from=yesterday", "fallback=perhaps", "who=me", "limit=1_0"]
)
async def test_a_bad_filter_is_refused(gateway: Gateway, person: SignIn, query: str) -> None:
    ada = await person("viewer")
    status, body = await ada.ask("GET", f"conversations?{query}")
    assert (status, body["code"], body["field"]) == (400, "invalid_request", query.partition("=")[0])


async def test_a_person_answers_instead_of_the_bot_and_hands_back(
    gateway: Gateway, person: SignIn, bot: BotServer
) -> None:
    ada = await person("agent")
    widget, conversation_id = await said(gateway)
    path = f"conversations/{conversation_id}"
    assert (await ada.ask("POST", f"{path}/messages", body={"text": "too early"}))[0] == 409
    assert await ada.ask("PUT", f"{path}/takeover") == (200, {"taken_by": "agent"})
    turns_before = len(bot.requests)
    frames = await widget.say("are you a person?")
    # The widget is told who answers, and no bot does.
    assert [frame["type"] for frame in frames if frame["type"] != "handover"] == ["ack", "turn_end"]
    assert len(bot.requests) == turns_before
    assert (await ada.ask("POST", f"{path}/messages", body={"text": "Yes, I am Ada."}))[0] == 201
    shown = (await widget.until("message"))[-1]
    assert (shown["from"], shown["text"], shown["seq"]) == ("agent", "Yes, I am Ada.", 4)

    eve = Person(gateway)
    await add_admin(gateway, "eve", "agent")
    await eve.sign_in("eve")
    assert (await eve.ask("PUT", f"{path}/takeover"))[0] == 409
    assert (await eve.ask("POST", f"{path}/messages", body={"text": "Me too."}))[0] == 409

    assert (await ada.ask("DELETE", f"{path}/takeover"))[0] == 200
    assert "You said: thanks" in [frame.get("text") for frame in await widget.say("thanks")]


async def test_a_taken_conversation_stays_so_over_a_restart(gateway: Gateway, person: SignIn, bot: BotServer) -> None:
    ada = await person("agent")
    _, conversation_id = await said(gateway)
    await ada.ask("PUT", f"conversations/{conversation_id}/takeover")
    await gateway.stop()
    await gateway.start()
    widget = await gateway.widget()
    await widget.hello(await gateway.token(), conversation_id)
    turns_before = len(bot.requests)
    await widget.say("still there?")
    assert len(bot.requests) == turns_before


async def test_what_the_bot_understood_and_did_can_be_filtered_by(
    gateway: Gateway, person: SignIn, bot: BotServer
) -> None:
    ada = await person("viewer")

    async def unsure(_turn: dict[str, Any]) -> tuple[int, Any]:
        parse = {
            "intent": {"name": "nlu_fallback", "confidence": 0.3},
            "sentiment": {"name": "angry", "confidence": 0.9},
        }
        return 200, plain_reply(parse=parse, actions=["action_hand_over"])

    _, sure_id = await said(gateway)
    bot.answer = unsure
    _, unsure_id = await said(gateway)
    for query in (
        "intent=nlu_fallback",
        "sentiment=angry",
        "fallback=true",
        "handed_over=true",
        "confidence_below=0.5",
    ):
        _, page = await ada.ask("GET", f"conversations?{query}")
        assert [row["conversation_id"] for row in page["conversations"]] == [unsure_id], query
    _, page = await ada.ask("GET", "conversations?fallback=false")
    assert [row["conversation_id"] for row in page["conversations"]] == [sure_id]


async def test_the_csv_has_every_fitting_conversation_and_no_formulas(gateway: Gateway, person: SignIn) -> None:
    ada = await person("admin")
    for text in ("=HYPERLINK(1)", "plain, with a comma"):
        await said(gateway, text)
    _, text = await ada.ask("GET", "export.csv?q=hyperlink")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["preview"], row["message_count"]) for row in rows] == [("'=HYPERLINK(1)", "2")]
    _, text = await ada.ask("GET", "export.csv")
    assert len(list(csv.DictReader(io.StringIO(text)))) == 2


async def test_a_long_conversation_comes_in_pieces_without_gaps(gateway: Gateway, person: SignIn) -> None:
    ada = await person("viewer")
    widget, conversation_id = await said(gateway)
    for number in range(9):
        await widget.say(f"line {number}")
    path = f"conversations/{conversation_id}"
    _, newest = await ada.ask("GET", f"{path}?limit=6")
    assert [row["seq"] for row in newest["messages"]] == list(range(15, 21))
    assert (newest["more_before"], newest["more_after"]) == (True, False)
    seqs: list[int] = []
    before = 15
    while before > 1:
        _, page = await ada.ask("GET", f"{path}?before_seq={before}&limit=6")
        seqs = [row["seq"] for row in page["messages"]] + seqs
        before = seqs[0]
    assert (seqs, page["more_before"]) == (list(range(1, 15)), False)
    _, middle = await ada.ask("GET", f"{path}?from_seq=8&limit=5")
    assert ([row["seq"] for row in middle["messages"]], middle["more_after"]) == (list(range(8, 13)), True)
    for query in ("limit=1001", "before_seq=0", "before_seq=3&from_seq=2", "from_seq=x"):
        assert (await ada.ask("GET", f"{path}?{query}"))[0] == 400
    _, found = await ada.ask("GET", "conversations?q=line+7")
    assert found["conversations"][0]["hit_seq"] in (17, 18)


async def test_concurrent_messages_are_all_in_the_digest(gateway: Gateway, person: SignIn) -> None:
    ada = await person("viewer")
    widgets = await asyncio.gather(*(said(gateway, f"order {number}") for number in range(8)))
    _, page = await ada.ask("GET", "conversations?q=order")
    assert {row["conversation_id"] for row in page["conversations"]} == {
        conversation_id for _, conversation_id in widgets
    }
    assert {row["message_count"] for row in page["conversations"]} == {2}


async def test_views_are_everybodys_own(gateway: Gateway, ada: Person) -> None:
    await ada.ask("PUT", "views", body={"name": "Angry", "query": "sentiment=angry"})
    await ada.ask("PUT", "views", body={"name": "Angry", "query": "sentiment=angry&flagged=true"})
    assert (await ada.ask("GET", "views"))[1]["views"] == [{"name": "Angry", "query": "sentiment=angry&flagged=true"}]
    await add_admin(gateway, "eve", "viewer")
    eve = Person(gateway)
    await eve.sign_in("eve")
    assert (await eve.ask("GET", "views"))[1]["views"] == []
    await eve.ask("DELETE", "views", body={"name": "Angry"})
    assert len((await ada.ask("GET", "views"))[1]["views"]) == 1
    await ada.ask("DELETE", "views", body={"name": "Angry"})
    assert (await ada.ask("GET", "views"))[1]["views"] == []


async def test_a_conversation_is_looked_after_by_one(gateway: Gateway, ada: Person) -> None:
    _, conversation_id = await said(gateway)
    path = f"conversations/{conversation_id}/assignee"
    assert (await ada.ask("PUT", path, body={"name": "nobody"}))[0] == 404
    await add_admin(gateway, "eve", "agent")
    for name in ("admin", "eve"):
        assert (await ada.ask("PUT", path, body={"name": name}))[0] == 200
    _, page = await ada.ask("GET", "conversations?assigned=eve")
    assert [row["facets"]["assigned"] for row in page["conversations"]] == [["eve"]]
    assert (await ada.ask("GET", "conversations?assigned=admin"))[1]["conversations"] == []
    await ada.ask("PUT", path, body={"name": None})
    assert (await ada.ask("GET", "facets"))[1]["assigned"] == []
