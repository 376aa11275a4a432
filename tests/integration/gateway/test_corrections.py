"""Corrections, exports for Rasa, saved views, results and people, as the console asks for them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import yaml

from common.errors import Unavailable
from gateway.admin.inbox.engine_notes import EngineNotes
from gateway.admin.language import phrase_clusters, rasa_yaml
from gateway.admin.language.training_files import TrainingFiles, last_evaluation
from gateway.admin.monitoring.results_handlers import rising_alarms
from gateway.conversations.read import conversation_counts
from gateway.keys import LOG
from tests.integration.gateway.conftest import plain_reply
from tests.integration.gateway.test_admin import Person, add_admin, person, said  # noqa: F401  # person is a fixture


@pytest.fixture
async def ada(gateway, person):  # noqa: F811
    return await person("admin")


async def shopper_message(ada, conversation_id):
    _, shown = await ada.ask("GET", f"conversations/{conversation_id}")
    return next(one for one in shown["messages"] if one["from"] == "shopper")


async def test_a_corrected_message_is_shown_counted_exported_and_taken_back(gateway, ada):
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
async def test_a_meaning_that_cannot_be_is_refused_and_changes_nothing(gateway, ada, body):
    _, conversation_id = await said(gateway, "hello")
    message = await shopper_message(ada, conversation_id)
    path = f"conversations/{conversation_id}/messages/{message['message_id']}/meaning"
    assert (await ada.ask("PUT", path, body=body))[0] == 400
    assert (await ada.ask("GET", f"conversations/{conversation_id}"))[1]["corrections"] == []


def test_no_text_becomes_markup_or_breaks_the_yaml():
    texts = ["[a](b)", '[a]{"entity": "b"}', "- x\n- y", "a: b # c", "\u2028 \x85 \x00", "  ", "'\"", "{{x}} &a *b |"]
    corrections = [{"text": text, "intent": "odd", "entities": []} for text in texts]
    (block,) = yaml.safe_load(rasa_yaml.training_data(corrections))["nlu"]
    lines = block["examples"].splitlines()
    assert len(lines) == len(texts) - 2  # what has no words is no example
    assert all(line.startswith("- ") and "[" not in line for line in lines)


async def test_the_inbox_has_unsure_texts_until_they_are_corrected(gateway, ada, bot):
    async def unsure(_turn):
        return 200, plain_reply(parse={"intent": {"name": "greet", "confidence": 0.4}, "intent_ranking": []})

    bot.answer = unsure
    _, conversation_id = await said(gateway, "purple monkey dishwasher")
    _, found = await ada.ask("GET", "language/inbox?below=0.6")
    assert [one["text"] for one in found["messages"]] == ["purple monkey dishwasher"]
    assert (await ada.ask("GET", "language/inbox?below=0.3"))[1]["messages"] == []
    path = f"conversations/{conversation_id}/messages/{found['messages'][0]['message_id']}/meaning"
    await ada.ask("PUT", path, body={"intent": "chitchat"})
    assert (await ada.ask("GET", "language/inbox?below=0.6"))[1]["messages"] == []


def test_phrases_that_say_the_same_come_together():
    texts = [
        "do you gift wrap orders",
        "can you gift wrap my order please",
        "gift wraping for an order?",
        "how do i become a supplier of yours",
        "i would like to become a supplier",
        "????",
    ]
    groups = phrase_clusters.clusters(texts)
    assert [sorted(group) for group in groups] == [[0, 1, 2], [3, 4]]
    assert phrase_clusters.clusters(["?", "!"]) == []
    assert phrase_clusters.clusters([]) == []


def test_training_files_are_read_again_when_they_change(tmp_path):
    (tmp_path / "a.yml").write_text("nlu:\n- intent: greet\n  examples: |\n    - hi\n    - [x](y) there\n")
    files = TrainingFiles(tmp_path)
    assert files.examples() == {"greet": ["hi", "[x](y) there"]}
    (tmp_path / "b.yml").write_text("nlu:\n- intent: bye\n  examples: |\n    - so long\n")
    assert set(files.examples()) == {"greet", "bye"}
    (tmp_path / "b.yml").write_text("nlu: [")
    with pytest.raises(Unavailable, match=r"b\.yml"):
        files.examples()


def test_the_last_evaluation_gives_its_confusions(tmp_path):
    assert last_evaluation(tmp_path) is None
    report = {
        "greet": {"recall": 0.75, "support": 4, "confused_with": {"bye": 1}},
        "accuracy": 0.75,
        "macro avg": {"recall": 0.7, "support": 4},
    }
    (tmp_path / "intent_report.json").write_text(json.dumps(report))
    found = last_evaluation(tmp_path)
    assert found["confusions"] == [
        {"intent": "greet", "guessed_intent": "greet", "count": 3},
        {"intent": "greet", "guessed_intent": "bye", "count": 1},
    ]
    (tmp_path / "intent_report.json").write_text("{")
    with pytest.raises(Unavailable):
        last_evaluation(tmp_path)


async def test_examples_are_added_beside_those_of_the_files(gateway, ada):
    assert (await ada.ask("POST", "language/examples", body={"text": "gift wrap it", "intent": "gift_wrap"}))[0] == 201
    _, found = await ada.ask("GET", "language/intents")
    assert {"intent": "gift_wrap", "trained": 0, "added": 1} in found["intents"]
    assert len(found["intents"]) > 50, "those that the bot is trained on"
    _, found = await ada.ask("GET", "language/examples?intent=gift_wrap")
    assert [one["text"] for one in found["added"]] == ["gift wrap it"]


async def test_views_are_everybodys_own(gateway, ada):
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


async def test_a_conversation_is_looked_after_by_one(gateway, ada):
    _, conversation_id = await said(gateway)
    path = f"conversations/{conversation_id}/assignee"
    assert (await ada.ask("PUT", path, body={"name": "nobody"}))[0] == 404
    await add_admin(gateway, "eve", "agent")
    for name in ("admin", "eve"):
        assert (await ada.ask("PUT", path, body={"name": name}))[0] == 200
    _, page = await ada.ask("GET", "conversations?assigned=eve")
    assert [one["facets"]["assigned"] for one in page["conversations"]] == [["eve"]]
    assert (await ada.ask("GET", "conversations?assigned=admin"))[1]["conversations"] == []
    await ada.ask("PUT", path, body={"name": None})
    assert (await ada.ask("GET", "facets"))[1]["assigned"] == []


async def test_people_are_added_changed_and_shut_out_but_not_oneself(gateway, ada):
    new = {"name": "eve", "role": "agent", "password": "correct-horse-battery"}
    assert (await ada.ask("POST", "people", body=new))[0] == 201
    assert (await ada.ask("POST", "people", body=new))[0] == 409
    assert (await ada.ask("POST", "people", body=new | {"name": "a", "password": "short"}))[0] == 400
    eve = Person(gateway)
    assert (await eve.sign_in("eve"))[0] == 200
    assert (await ada.ask("PUT", "people/eve", body={"role": "viewer"}))[0] == 200
    assert (await eve.ask("GET", "conversations"))[0] == 401, "signed out at once"
    assert (await ada.ask("PUT", "people/eve", body={"disabled": True}))[0] == 200
    assert (await eve.sign_in("eve"))[0] == 401
    assert (await ada.ask("PUT", "people/nobody", body={"disabled": True}))[0] == 404
    for body in ({"role": "viewer"}, {"disabled": True}):
        status, refused = await ada.ask("PUT", "people/admin", body=body)
        assert (status, refused["code"]) == (409, "yourself")
    _, shown = await ada.ask("GET", "people")
    assert [(one["name"], one["role"], one["disabled_at"] is None) for one in shown["people"]] == [
        ("admin", "admin", True),
        ("eve", "viewer", False),
    ]
    entries = (await ada.ask("GET", "audit"))[1]["entries"]
    assert "correct-horse" not in json.dumps(entries)


async def test_results_count_what_was_said_and_each_step_of_the_funnel(gateway, ada, bot):
    await said(gateway)

    async def hand_over(_turn):
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


async def test_the_engines_notes_become_filters_once(gateway, ada):
    _, conversation_id = await said(gateway)
    asked = []

    class Engine:
        async def decision_notes(self, *, after):
            asked.append(after)
            note = {"decision_id": "d-1", "conversation_id": conversation_id, "policy_version": 12, "line": 7}
            unknown = note | {"decision_id": "d-2", "conversation_id": "c-of-another-gateway"}
            return {"decisions": [note, unknown] if after == "" else [], "more": False}

        async def redemption_notes(self, *, since):
            asked.append(since)
            note = {"conversation_id": conversation_id, "redeemed_at": "2026-11-26T01:00:00Z"}
            return {"redemptions": [note], "more": False}

    notes = EngineNotes(engine=Engine(), log=gateway.app[LOG])
    for _ in range(2):
        await notes.take_in()
    assert asked == ["", "1970-01-03T00:00:00Z", "d-2", "2026-11-26T01:00:00Z"]
    for query in ("policy=12", "policy_line=7", "outcome=redeemed", "policy=12&outcome=redeemed"):
        _, page = await ada.ask("GET", f"conversations?{query}")
        assert [one["conversation_id"] for one in page["conversations"]] == [conversation_id], query
    assert (await ada.ask("GET", "conversations?policy=13"))[1]["conversations"] == []


async def test_answer_times_keep_their_quantiles_within_a_bucket(gateway):
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


def test_an_alarm_needs_more_than_chance():
    def days(*counts):
        return [{"conversations": 50, "not_understood": count, "handed_over": 5} for count in counts]

    assert rising_alarms(days(*[5] * 14)) == []
    assert rising_alarms(days(*[5] * 7, *[7] * 7)) == []
    (alarm,) = rising_alarms(days(*[5] * 7, *[15] * 7))
    assert alarm["name"] == "fallbacks_rose"
    assert rising_alarms(days(40)) == []
