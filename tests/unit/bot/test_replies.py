"""Replies say only what the shop named."""

from typing import Any

import pytest
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import read_endpoint_config

from bot.replies import MISSING, KnownFactsReplies

DOMAIN = Domain.load("bot/domain")


def reply(name: str, **slots: Any) -> dict[str, Any] | None:
    replies = KnownFactsReplies(None, DOMAIN)
    nothing_known = {slot.name: None for slot in DOMAIN.slots}
    return replies.generate_from_slots(name, {**nothing_known, **slots}, "gateway")


def said(name: str, **slots: Any) -> dict[str, Any]:
    found = reply(name, **slots)
    assert found is not None
    return found


def test_a_fact_that_the_shop_did_not_name_is_never_made_up() -> None:
    found = said("utter_refund_policy")
    assert found[MISSING] == ["return_days"]
    assert "None" not in found["text"] and "{" not in found["text"]
    assert found["buttons"][0]["payload"] == "/contact_human_agent"


def test_the_variation_that_says_most_is_chosen() -> None:
    for _ in range(20):  # the choice among equals is random
        text = said("utter_refund_policy", return_days="14 days", return_exceptions="used ropes")["text"]
        assert text == (
            "You can return unused goods within 14 days after delivery. "
            "Not used ropes, unless something was wrong with it."
        )
        assert MISSING not in said("utter_refund_policy", return_days="14 days")


def test_replies_without_facts_are_rasas() -> None:
    assert said("utter_review")["text"]
    assert reply("utter_nothing_of_the_kind") is None


def test_every_reply_can_be_said_by_a_shop_that_named_nothing() -> None:
    for name in DOMAIN.responses:
        if name == "utter_help_passage":  # its text comes with the action
            continue
        text = said(name)["text"]
        assert "None" not in text and "{" not in text, name


def test_rasa_finds_them_by_the_endpoints_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMOBOT_ACTIONS_URL", "http://127.0.0.1:5055")
    endpoint = read_endpoint_config("bot/endpoints.yml", endpoint_type="nlg")
    assert isinstance(NaturalLanguageGenerator.create(endpoint, DOMAIN), KnownFactsReplies)
