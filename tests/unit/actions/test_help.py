import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.help import MISSES, OUTCOME_SLOT, PLACEHOLDER, AnswerFromHelp, fill_in

FOUND = [
    {"article_id": "returns", "title": "Returning goods", "answer": "Within 30 days.", "similarity": 0.71},
    {"article_id": "refunds", "title": "Refunds", "answer": "Five working days.", "similarity": 0.52},
]
OF_THE_CONTRACT = {
    field.strip()
    for field in json.loads(Path("tests/contract/bot.json").read_text())["custom_kinds"]["help"]
    .partition(":")[2]
    .split(",")
}


def action(name: str) -> dict[str, Any]:
    return {"event": "action", "name": name}


async def answer(
    intent: str, *, found: list[dict[str, Any]] | None, before: tuple[str, ...] = ()
) -> tuple[list[dict[str, Any]], Any]:
    """Run the action after a turn that ended with the actions `before`; its utterances and the outcome."""
    message: dict[str, Any] = {
        "event": "user",
        "text": "…",
        "intent": {"name": intent, "confidence": 0.4},
        "metadata": {},
    }
    if found is not None:
        message["help"] = found
    earlier = [{"event": "user"}, *(action(name) for name in (*before, "action_listen"))]
    tracker = Tracker("c-1", {}, message, [*earlier, message], False, None, {}, None)
    dispatcher = CollectingDispatcher()
    domain: Any = {}  # the action never reads it
    (event,) = await AnswerFromHelp().run(dispatcher, tracker, domain)
    assert event["name"] == OUTCOME_SLOT
    return dispatcher.messages, event["value"]


@pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope"])
async def test_quotes_the_nearest_passage_and_names_its_article(intent: str) -> None:
    (said,), outcome = await answer(intent, found=FOUND)
    assert outcome == "answered"
    assert said["response"] == "utter_help_passage"
    assert (said["help_passage"], said["help_title"]) == ("Within 30 days.", "Returning goods")
    card = {"kind": "help", "article_id": "returns", "title": "Returning goods", "similarity": 0.71}
    assert said["custom"] == card
    assert set(card) - {"kind"} == OF_THE_CONTRACT


def test_a_passage_is_quoted_with_the_shops_facts() -> None:
    assert fill_in("People answer {service_hours}.", {"service_hours": "at noon"}) == "People answer at noon."


async def test_a_passage_with_a_fact_that_the_shop_did_not_name_is_passed_over() -> None:
    unknown = {**FOUND[0], "answer": "Within {return_days}."}
    (said,), outcome = await answer("nlu_fallback", found=[unknown, FOUND[1]])
    assert (said["help_title"], outcome) == ("Refunds", "answered")


async def test_it_says_so_where_the_shop_named_no_fact_of_any_passage() -> None:
    (said,), outcome = await answer("nlu_fallback", found=[{**FOUND[0], "answer": "Within {return_days}."}])
    assert (said["response"], outcome) == ("utter_fact_not_known", "answered")


def test_the_articles_name_only_facts_that_the_bot_has_slots_for() -> None:
    slots = yaml.safe_load(Path("bot/domain/shop_facts.yml").read_text())["slots"]
    named = {
        match["name"] for file in Path("data/help").glob("*.md") for match in PLACEHOLDER.finditer(file.read_text())
    }
    assert named
    assert named <= set(slots)


@pytest.mark.parametrize("found", [[], None])
@pytest.mark.parametrize(("intent", "outcome"), [("nlu_fallback", "not_understood"), ("out_of_scope", "out_of_scope")])
async def test_without_a_passage_it_says_nothing_itself(intent: str, outcome: str, found: Any) -> None:
    assert await answer(intent, found=found, before=("utter_greet",)) == ([], outcome)


@pytest.mark.parametrize("missed", MISSES.values())
@pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope"])
async def test_the_second_miss_in_a_row_is_told_apart(intent: str, missed: str) -> None:
    before = ("action_answer_from_help", missed)
    assert await answer(intent, found=[], before=before) == ([], "missed_again")


async def test_a_miss_longer_ago_does_not_count() -> None:
    before = ("action_answer_from_help", "utter_out_of_scope", "action_listen", "action_track_order")
    assert await answer("nlu_fallback", found=[], before=before) == ([], "not_understood")


async def test_after_the_person_was_offered_counting_begins_anew() -> None:
    before = ("action_answer_from_help", "utter_suggest_person")
    assert await answer("nlu_fallback", found=[], before=before) == ([], "not_understood")


async def test_a_question_answered_after_a_miss_is_an_answer() -> None:
    _, outcome = await answer("nlu_fallback", found=FOUND, before=("action_answer_from_help", "utter_ask_rephrase"))
    assert outcome == "answered"


def test_every_outcome_has_its_branch() -> None:
    outcomes = yaml.safe_load(Path("bot/domain/help.yml").read_text())["slots"][OUTCOME_SLOT]["values"]
    flows = yaml.safe_load(Path("data/flows/talk.yml").read_text())["flows"]
    branches = [step["if"][OUTCOME_SLOT] for step in flows["nlu_fallback"]["steps"] if isinstance(step, dict)]
    assert sorted([*branches, "answered"]) == sorted(outcomes)
