from typing import Any

import pytest

from actions import engine_client
from actions.offers import AcceptOffer, DeclineOffer, ExplainOffer, ProposeOffer, RecallOffer, TellCode
from actions.resume_promotions import ResumePromotions
from tests.unit.actions.scripted_engine import CONTRACT, DECISION_ID, ScriptedEngine, run

OPEN = {"open_decision_id": DECISION_ID, "offer_open": True}
WAITING_FOR_YES = {"confirming": "cancel", "confirming_since": 3}
OFFER = CONTRACT["decide"]["response"]["offer"]
NO_CODE = {"code": None, "code_expires_at": None}


def ran(action: str) -> dict[str, Any]:
    return {"event": "action", "name": action}


def said(kind: str) -> dict[str, Any]:
    return {"event": "bot", "text": "…", "data": {"custom": {"kind": kind}}}


async def test_proposes_what_the_engine_chose_with_buttons_and_a_card(engine: ScriptedEngine) -> None:
    proposal = await run(ProposeOffer())
    assert proposal.text == "By the way: 15 % off soft drinks. You buy soft drinks about every 9 days."
    assert [button["payload"] for button in proposal.messages[0]["buttons"]] == [
        "/accept_offer", "/decline_offer", "/ask_why_offer",
    ]  # fmt: skip
    assert proposal.custom == {
        "kind": "offer",
        "decision_id": DECISION_ID,
        "offer": OFFER,
        "explanation": "You buy soft drinks about every 9 days.",
        "currency": "USD",
        "products": CONTRACT["products_of_offer"]["response"]["products"],
    }
    assert engine.received("products_of_offer") == [{"offer_id": OFFER["offer_id"]}]
    assert proposal.slots == {**OPEN, "confirming": None, "confirming_since": None, "confirming_number": None}
    assert engine.received("exposure") == []  # the gateway reports it once the widget has shown the offer


@pytest.mark.parametrize(
    ("intent", "trigger"),
    [
        ("track_order", "after_service"),
        ("ask_for_offers", "asked_for_offers"),
        ("ask_for_discount", "asked_for_discount"),
        ("another_offer", "asked_for_offers"),
        ("haggle", "asked_for_discount"),
    ],
)
async def test_asks_for_a_decision_as_the_contract_says(engine: ScriptedEngine, intent: str, trigger: str) -> None:
    await run(ProposeOffer(), intent)
    (request,) = engine.received("decide")
    assert request == {
        "conversation_id": "c-2b1e",
        "request_id": "m-0007",
        "customer_id": "1228",
        "conversation_context": {
            "trigger": trigger,
            "intent": intent,
            "sentiment": None,
            "turn_count": 3,
            "basket_cents": None,
        },
    }
    explained = CONTRACT["decide_explained"]["request"]["conversation_context"]
    assert request["conversation_context"].keys() <= explained.keys()


async def test_a_decision_knows_where_the_customer_shops_and_prices_are_in_their_currency(
    engine: ScriptedEngine,
) -> None:
    line = {"variant_id": "tent-green", "quantity": 1, "unit_price_cents": 38_900}
    context: dict[str, Any] = {
        "currency": "GBP", "country": "GB", "channel": "app",
        "basket": [line],
    }  # fmt: skip
    await run(ProposeOffer(), "ask_for_offers", context=context)
    sent = engine.received("decide")[0]["conversation_context"]
    assert {name: sent[name] for name in context} == context
    assert engine.received("products_of_offer")[0]["currency"] == "GBP"
    explained = CONTRACT["decide_explained"]["request"]["conversation_context"]
    assert sent.keys() <= explained.keys()
    assert line.keys() == explained["basket"][0].keys()


@pytest.mark.parametrize(
    ("sentiment", "expected"), [("angry", "negative"), ("neutral", "neutral"), ("pleased", "positive"), (None, None)]
)
async def test_the_decision_knows_the_sentiment_in_the_engines_words(
    engine: ScriptedEngine, sentiment: str | None, expected: str | None
) -> None:
    await run(ProposeOffer(), "ask_for_offers", sentiment=sentiment)
    assert engine.received("decide")[0]["conversation_context"]["sentiment"] == expected


async def test_to_anger_nothing_is_proposed_and_the_engine_is_not_asked(engine: ScriptedEngine) -> None:
    served = [ran("action_track_order"), said("order")]
    assert (await run(ProposeOffer(), events=served, sentiment="angry")).messages == []
    assert engine.requests == []
    assert (await run(ProposeOffer(), events=served, sentiment="pleased")).custom["kind"] == "offer"


@pytest.mark.parametrize("intent", ["ask_for_offers", "ask_for_discount"])
async def test_an_angry_customer_who_asks_for_offers_gets_one(engine: ScriptedEngine, intent: str) -> None:
    assert (await run(ProposeOffer(), intent, sentiment="angry")).custom["kind"] == "offer"


async def test_at_the_keyboard_the_turns_are_counted_by_what_rasa_remembers(engine: ScriptedEngine) -> None:
    earlier = [{"event": "user", "text": "hi"}, {"event": "action", "name": "action_listen"}]
    await run(ProposeOffer(), events=earlier, sender_id="customer-1228", channel="cmdline")
    assert engine.received("decide")[0]["conversation_context"]["turn_count"] == 2


async def test_a_repeated_message_asks_for_the_same_decision(engine: ScriptedEngine) -> None:
    await run(ProposeOffer())
    await run(ProposeOffer())
    first, again = engine.received("decide")
    assert first == again


@pytest.mark.parametrize(("intent", "words"), [("track_order", None), ("ask_for_offers", "utter_no_offer_now")])
async def test_no_offer_is_reported_and_mentioned_only_when_an_offer_was_requested(
    engine: ScriptedEngine, intent: str, words: str | None
) -> None:
    engine.plan("decide", of="decide_silence")
    no_offer = await run(ProposeOffer(), intent)
    assert no_offer.response == words and no_offer.text is None
    assert no_offer.custom["kind"] == "silence"
    assert no_offer.custom["no_offer_reason"] == "policy_chose_silence"
    assert no_offer.slots == {}


@pytest.mark.parametrize("slots", [OPEN, {"offer_declined": True}, {"pending_task": "track"}, WAITING_FOR_YES])
async def test_proposes_nothing_on_its_own_while_a_question_or_an_offer_is_open_or_after_a_no(
    engine: ScriptedEngine, slots: dict[str, Any]
) -> None:
    assert (await run(ProposeOffer(), slots=slots)).messages == []
    assert engine.requests == []


async def test_proposes_after_an_order_was_found_but_not_after_it_was_not(engine: ScriptedEngine) -> None:
    found = await run(ProposeOffer(), events=[ran("action_track_order"), said("order")])
    missing = await run(ProposeOffer(), events=[ran("action_track_order"), {"event": "bot", "text": "…", "data": {}}])
    assert found.custom["kind"] == "offer"
    assert missing.messages == []


async def test_a_proactive_turn_makes_an_offer_or_none_and_reports_the_baskets_value(engine: ScriptedEngine) -> None:
    first = await run(ProposeOffer(), "ask_for_offers", proactive=True, basket_cents=4200)
    assert (first.text or "").startswith("By the way:")
    context = engine.received("decide")[0]["conversation_context"]
    assert (context["trigger"], context["basket_cents"]) == ("after_service", 4200)
    engine.plan("decide", of="decide_silence")
    no_offer = await run(ProposeOffer(), "ask_for_offers", proactive=True)
    assert (no_offer.text, no_offer.custom["kind"]) == (None, "silence")


async def test_an_offer_is_shown_without_products_when_they_do_not_come_in_time(engine: ScriptedEngine) -> None:
    engine.plan_to_hang("products_of_offer")
    card = (await run(ProposeOffer(), "ask_for_offers")).custom
    assert (card["kind"], card["currency"], card["products"]) == ("offer", None, [])


async def test_an_earlier_no_does_not_bind_a_customer_who_asks(engine: ScriptedEngine) -> None:
    reply = await run(ProposeOffer(), "ask_for_offers", slots={"offer_declined": True})
    assert reply.text == "15 % off soft drinks. You buy soft drinks about every 9 days."


async def test_asking_while_an_offer_is_open_shows_that_one_again(engine: ScriptedEngine) -> None:
    again = await run(ProposeOffer(), "ask_for_offers", slots=OPEN)
    assert again.custom["decision_id"] == DECISION_ID
    assert again.custom["offer"] == OFFER
    assert [name for name, _ in engine.requests] == ["decision_offer", "products_of_offer"]
    assert engine.received("decide") == []


def shown_before(turns: int = 1) -> list[dict[str, Any]]:
    """The offer's card, and so many turns of the bot until the message, the card's included."""
    custom = {"kind": "offer", "decision_id": DECISION_ID}
    card: list[dict[str, Any]] = [{"event": "user"}, {"event": "bot", "text": "…", "data": {"custom": custom}}]
    return card + [{"event": "user"}, {"event": "bot", "text": "…", "data": {}}] * (turns - 1)


@pytest.mark.parametrize(("turns", "again"), [(1, False), (3, False), (4, True)])
async def test_a_card_that_stands_in_the_chat_is_spoken_of_and_not_shown_again(
    engine: ScriptedEngine, turns: int, again: bool
) -> None:
    said = await run(ProposeOffer(), "ask_for_discount", slots=OPEN, earlier=shown_before(turns))
    assert (said.custom.get("kind") == "offer") is again
    if not again:
        assert said.text == (
            "15 % off soft drinks is the offer I have for you; it stands above, and I can't change it. "
            "Would you like it?"
        )
    assert {**OPEN, "confirming": None}.items() <= said.slots.items()  # a yes answers it


async def test_who_haggles_on_hears_other_words(engine: ScriptedEngine) -> None:
    said: list[str | None] = []
    earlier = shown_before()
    for _ in range(3):
        said.append((await run(ProposeOffer(), "ask_for_discount", slots=OPEN, earlier=earlier)).text)
        earlier = [*shown_before(), {"event": "user"}, {"event": "bot", "text": said[-1], "data": {}}]
    assert said[0] != said[1] != said[2]


async def test_a_yes_that_comes_late_is_asked_about_with_the_card(engine: ScriptedEngine) -> None:
    recalled = await run(RecallOffer(), "affirm", slots=OPEN, earlier=shown_before(2))
    assert (recalled.text or "").startswith("Do you mean this offer? 15 % off soft drinks.")
    assert recalled.custom["decision_id"] == DECISION_ID
    assert [button["title"] for button in recalled.messages[0]["buttons"]][:2] == ["Yes, please", "No, thanks"]
    assert engine.received("outcome") == []


async def test_an_offer_that_is_over_is_not_recalled(engine: ScriptedEngine) -> None:
    engine.plan("decision_offer", {"code": "offer_ended", "message": "…", "field": None}, status=409)
    recalled = await run(RecallOffer(), "affirm", slots=OPEN)
    assert (recalled.response, recalled.slots["offer_open"]) == ("utter_no_open_offer", False)


async def test_after_trouble_an_offer_has_to_be_asked_for(engine: ScriptedEngine) -> None:
    served = [ran("action_track_order"), said("order")]
    assert (await run(ProposeOffer(), slots={"quiet": True}, events=served)).messages == []
    assert (await run(ProposeOffer(), "ask_for_offers", slots={"quiet": True})).custom["kind"] == "offer"


@pytest.mark.parametrize(("turns_ago", "silent"), [(1, True), (2, False)])
async def test_anger_is_remembered_for_a_turn(engine: ScriptedEngine, turns_ago: int, silent: bool) -> None:
    angry = {"event": "user", "text": "…", "parse_data": {"sentiment": {"name": "angry"}}}
    calm = {"event": "user", "text": "…", "parse_data": {"sentiment": {"name": "neutral"}}}
    earlier = [angry, *[calm] * (turns_ago - 1)]
    assert ((await run(ProposeOffer(), earlier=earlier)).messages == []) is silent


async def test_a_confirmation_that_was_left_open_long_ago_does_not_stand_in_the_way(engine: ScriptedEngine) -> None:
    proposed = await run(ProposeOffer(), slots=WAITING_FOR_YES, turn_count=6)
    assert proposed.custom["kind"] == "offer"


@pytest.mark.parametrize("slots", [WAITING_FOR_YES, {**WAITING_FOR_YES, **OPEN}])
async def test_an_offer_on_the_table_takes_over_the_yes_from_an_order(
    engine: ScriptedEngine, slots: dict[str, Any]
) -> None:
    shown = await run(ProposeOffer(), "ask_for_offers", slots=slots)
    assert shown.custom["kind"] == "offer"
    assert (shown.slots["confirming"], shown.slots["confirming_since"]) == (None, None)


async def test_asking_when_the_open_offer_was_answered_elsewhere_decides_anew(engine: ScriptedEngine) -> None:
    engine.plan("decision_offer", outcome="accepted")
    assert (await run(ProposeOffer(), "ask_for_offers", slots=OPEN)).custom["kind"] == "offer"
    assert len(engine.received("decide")) == 1


async def test_a_slow_engine_costs_the_offer_after_one_try_within_its_budget(
    engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_client, "TRY_BUDGET_S", 3600.0)  # so that the decision's own budget ends the wait
    engine.plan_to_hang("decide")
    assert (await run(ProposeOffer())).messages == []
    assert len(engine.received("decide")) == 1
    assert engine_client.DECISION_BUDGET_S == 0.3


@pytest.mark.usefixtures("no_engine")
async def test_without_an_engine_nothing_is_said_unless_asked() -> None:
    assert (await run(ProposeOffer())).messages == []
    assert (await run(ProposeOffer(), "ask_for_offers")).response == "utter_no_offer_now"


@pytest.mark.parametrize("body", [{}, [], {"decision_id": "d", "offer": None}, "text"])
async def test_an_answer_that_is_not_of_the_contract_costs_the_offer_only(engine: ScriptedEngine, body: Any) -> None:
    engine.plan("decide", body)
    assert (await run(ProposeOffer())).messages == []


async def test_an_unknown_customer_gets_no_offer(engine: ScriptedEngine) -> None:
    engine.plan("decide", of="unknown_customer", status=404)
    assert (await run(ProposeOffer(), customer_id="nobody")).messages == []


async def test_at_the_keyboard_the_conversation_signs_in_and_the_exposure_is_reported_here(
    engine: ScriptedEngine,
) -> None:
    await run(ProposeOffer(), sender_id="customer-1228--monday", channel="cmdline")
    assert engine.received("decide")[0]["customer_id"] == "1228"
    assert engine.received("exposure") == [{"conversation_id": "customer-1228--monday"}]


async def test_through_the_gateway_no_name_signs_anyone_in(engine: ScriptedEngine) -> None:
    await run(ProposeOffer(), customer_id=None, sender_id="customer-1228")
    assert engine.received("decide")[0]["customer_id"] is None


async def test_accepting_hands_out_the_code(engine: ScriptedEngine) -> None:
    accepted = await run(AcceptOffer(), "accept_offer", slots=OPEN)
    assert accepted.text == (
        "Wonderful! Your code is K7QF-2M9T-XW4H-3BNC-D. It is valid until 6 December 2026. Enter it at checkout."
    )
    assert accepted.custom == {
        "kind": "outcome",
        "decision_id": DECISION_ID,
        "outcome": "accepted",
        "code": "K7QF-2M9T-XW4H-3BNC-D",
        "code_expires_at": "2026-12-06T10:00:09Z",
    }
    assert accepted.slots == {"open_decision_id": None, "offer_open": False, "code_last_day": "6 December 2026"}
    assert engine.received("outcome") == [CONTRACT["accept"]["request"]]


async def test_a_lost_answer_is_asked_for_once_more(engine: ScriptedEngine) -> None:
    engine.plan("outcome", {"code": "internal", "message": "…", "field": None}, status=503)
    engine.plan("outcome", of="accept")
    assert (await run(AcceptOffer(), "accept_offer", slots=OPEN)).custom["outcome"] == "accepted"
    assert len(engine.received("outcome")) == 2


async def test_a_code_that_the_shop_has_still_to_make_is_not_promised(engine: ScriptedEngine) -> None:
    engine.plan("outcome", CONTRACT["accept"]["response"] | NO_CODE | {"code_state": "pending"})
    engine.plan("outcome", of="accept")
    pending = await run(AcceptOffer(), "accept_offer", slots=OPEN)
    assert "couldn't create your code just now" in (pending.text or "")
    assert (pending.custom, pending.slots) == ({}, {}), "the offer stays open: the same yes asks again"
    assert [button["payload"] for button in pending.messages[0]["buttons"]] == ["/accept_offer"]
    assert (await run(AcceptOffer(), "accept_offer", slots=OPEN)).custom["code"] == "K7QF-2M9T-XW4H-3BNC-D"


NEWS = [{"entity": "decision_id", "value": DECISION_ID}]


@pytest.mark.parametrize(("open_decision_id", "open_after"), [(DECISION_ID, None), ("d-newer", "d-newer")])
async def test_a_code_that_came_late_is_told_and_another_offer_stays_open(
    engine: ScriptedEngine, open_decision_id: str, open_after: str | None
) -> None:
    engine.plan("outcome", of="accept")
    slots = {"open_decision_id": open_decision_id, "offer_open": True}
    late = await run(TellCode(), "code_settled", slots=slots, entities=NEWS, proactive=True)
    assert (late.text or "").startswith("Good news: your code is K7QF-2M9T-XW4H-3BNC-D.")
    assert late.custom["decision_id"] == DECISION_ID
    assert late.slots.get("open_decision_id", open_decision_id) == open_after
    assert late.slots["code_last_day"] == "6 December 2026"
    assert engine.received("outcome") == [CONTRACT["accept"]["request"]]


async def test_news_of_a_code_that_was_never_made_closes_the_offer(engine: ScriptedEngine) -> None:
    engine.plan("outcome", CONTRACT["accept"]["response"] | NO_CODE | {"code_state": "failed"})
    late = await run(TellCode(), "code_settled", slots=OPEN, entities=NEWS, proactive=True)
    assert "this offer can't be used" in (late.text or "")
    assert late.slots == {"open_decision_id": None, "offer_open": False}


async def test_nothing_is_told_of_a_code_that_is_still_to_come_or_that_a_customer_types(engine: ScriptedEngine) -> None:
    engine.plan("outcome", CONTRACT["accept"]["response"] | NO_CODE | {"code_state": "pending"})
    still = await run(TellCode(), "code_settled", slots=OPEN, entities=NEWS, proactive=True)
    typed = await run(TellCode(), "code_settled", slots=OPEN, entities=NEWS)
    assert (still.messages, typed.messages, len(engine.received("outcome"))) == ([], [], 1)


async def test_a_code_that_the_shop_did_not_make_closes_the_offer(engine: ScriptedEngine) -> None:
    engine.plan("outcome", CONTRACT["accept"]["response"] | NO_CODE | {"code_state": "failed"})
    failed = await run(AcceptOffer(), "accept_offer", slots=OPEN)
    assert "this offer can't be used" in (failed.text or "")
    assert (failed.custom, failed.slots) == ({}, {"open_decision_id": None, "offer_open": False})


@pytest.mark.usefixtures("no_engine")
async def test_an_acceptance_that_cannot_be_recorded_leaves_the_offer_open() -> None:
    failed = await run(AcceptOffer(), "accept_offer", slots=OPEN)
    assert "once more" in (failed.text or "")
    assert failed.slots == {}


@pytest.mark.parametrize(("code", "status"), [("outcome_conflict", 409), ("decision_of_another_conversation", 403)])
async def test_a_refused_acceptance_closes_the_offer_politely(engine: ScriptedEngine, code: str, status: int) -> None:
    engine.plan("outcome", {"code": code, "message": "…", "field": None}, status=status)
    refused = await run(AcceptOffer(), "accept_offer", slots=OPEN)
    assert refused.text == "I'm sorry, this offer can't be used any more."
    assert refused.slots == {"open_decision_id": None, "offer_open": False}
    assert len(engine.received("outcome")) == 1  # a refusal is an answer


@pytest.mark.parametrize("action", [AcceptOffer(), ExplainOffer()])
async def test_with_nothing_open_it_says_so(engine: ScriptedEngine, action: Any) -> None:
    assert (await run(action, "accept_offer")).response == "utter_no_open_offer"
    assert engine.requests == []


@pytest.mark.parametrize(("intent", "response"), [("decline_offer", "utter_offer_declined"), ("stop_promotions", None)])
async def test_declining_reports_it_and_remembers_the_no(
    engine: ScriptedEngine, intent: str, response: str | None
) -> None:
    declined = await run(DeclineOffer(), intent, slots=OPEN)
    assert declined.response == response
    assert declined.custom["outcome"] == "declined"
    stopped = {"offers_stopped": True} if intent == "stop_promotions" else {}
    assert declined.slots == {"open_decision_id": None, "offer_open": False, "offer_declined": True, **stopped}
    assert engine.received("outcome") == [CONTRACT["decline"]["request"]]


@pytest.mark.parametrize(
    ("customer_id", "called", "where"),
    [
        ("1228", "stop_promotions", "in this chat or any other while you are signed in"),
        (None, "stop_promotions_here", "in this chat"),
    ],
)
async def test_no_more_promotions_is_told_to_the_engine_and_the_customer_hears_how_far_it_goes(
    engine: ScriptedEngine, customer_id: str | None, called: str, where: str
) -> None:
    stopped = await run(DeclineOffer(), "stop_promotions", customer_id=customer_id)
    await run(DeclineOffer(), "decline_offer", customer_id=customer_id)
    assert engine.received(called) == [{"allowed": False}]
    assert (stopped.text or "").startswith(
        f"Understood, I won't show you offers {where}. If you change your mind, tell me that you want offers again."
    )


@pytest.mark.parametrize(
    ("customer_id", "called", "where"),
    [("1228", "stop_promotions", "in your chats"), (None, "stop_promotions_here", "in this chat")],
)
async def test_an_opt_out_is_taken_back_where_it_was_made(
    engine: ScriptedEngine, customer_id: str | None, called: str, where: str
) -> None:
    stopped = {"offer_declined": True, "offers_stopped": True, "quiet": True}
    resumed = await run(ResumePromotions(), slots=stopped, customer_id=customer_id)
    assert resumed.text == (f"Done: from now on I may show you offers {where} again. Ask me for one whenever you like.")
    assert resumed.slots == dict.fromkeys(stopped, False)
    assert engine.received(called) == [{"allowed": True}]


async def test_who_wants_an_offer_after_an_opt_out_is_asked_first(engine: ScriptedEngine) -> None:
    reply = await run(ProposeOffer(), "ask_for_offers", slots={"offers_stopped": True})
    assert reply.response == "utter_offers_stopped"
    assert engine.requests == []


@pytest.mark.usefixtures("no_engine")
async def test_what_the_engine_did_not_note_is_not_said_to_be_noted() -> None:
    assert "still get no offers" in ((await run(ResumePromotions())).text or "")
    assert "couldn't note it" in ((await run(DeclineOffer(), "stop_promotions")).text or "")


@pytest.mark.usefixtures("no_engine")
async def test_a_no_counts_even_if_it_cannot_be_recorded() -> None:
    declined = await run(DeclineOffer(), "decline_offer", slots=OPEN)
    assert declined.response == "utter_offer_declined"
    assert declined.slots["offer_declined"] is True


@pytest.mark.parametrize(
    ("intent", "part"), [("ask_why_offer", "about every 9 days"), ("offer_terms", "From 10.00 in your basket")]
)
async def test_explains_from_the_stored_decision(engine: ScriptedEngine, intent: str, part: str) -> None:
    explained = await run(ExplainOffer(), intent, slots=OPEN)
    assert part in (explained.text or "")
    assert explained.slots == {}


async def test_an_offer_that_has_ended_is_not_explained_but_closed(engine: ScriptedEngine) -> None:
    engine.plan("decision_offer", {"code": "offer_ended", "message": "…", "field": None}, status=409)
    assert (await run(ExplainOffer(), "ask_why_offer", slots=OPEN)).slots["offer_open"] is False


async def test_another_offer_is_one_that_is_not_open_already(engine: ScriptedEngine) -> None:
    other = {**OFFER, "offer_id": "tea-1", "title": "10 % off tea"}
    engine.plan("decide")
    engine.plan("decide", decision_id="d-other", offer=other)
    proposal = await run(ProposeOffer(), "another_offer", slots=OPEN)
    assert proposal.custom["offer"]["offer_id"] == "tea-1"
    assert proposal.slots["open_decision_id"] == "d-other"
    assert [request["request_id"] for request in engine.received("decide")] == ["m-0007-0", "m-0007-1"]
    assert engine.received("outcome") == []  # nobody said no to the first one


async def test_where_no_other_offer_comes_up_the_open_one_stays(engine: ScriptedEngine) -> None:
    answer = await run(ProposeOffer(), "another_offer", slots=OPEN)
    assert answer.response == "utter_no_other_offer"
    assert answer.slots["open_decision_id"] == DECISION_ID
    assert len(engine.received("decide")) == 3


async def test_another_offer_than_one_that_was_answered_is_simply_an_offer(engine: ScriptedEngine) -> None:
    engine.plan("decision_offer", outcome="accepted")
    proposal = await run(ProposeOffer(), "another_offer", slots=OPEN)
    assert proposal.custom["kind"] == "offer"


@pytest.mark.parametrize("intent", ["offer_terms", "code_validity", "save_how_much", "basket_below_minimum"])
async def test_questions_about_an_open_offer_get_its_terms(engine: ScriptedEngine, intent: str) -> None:
    answer = await run(ExplainOffer(), intent, slots=OPEN)
    offer = CONTRACT["decision_offer"]["response"]["offer"]
    assert answer.text is not None and offer["terms"] in answer.text


TEA = {"entity": "category", "value": "tea", "category": "TEAS", "start": 13, "end": 16}
DRINKS = {"entity": "category", "value": "soft drinks", "category": "SOFT DRINKS", "start": 13, "end": 24}


async def test_an_offer_on_something_else_is_not_passed_off_as_one_on_what_was_named(engine: ScriptedEngine) -> None:
    said = await run(ProposeOffer(), "ask_for_discount", text="a coupon for tea?", entities=[TEA])
    assert said.messages[0]["text"] == "I have no offer on tea right now, but this one:"
    assert said.slots["open_decision_id"] == DECISION_ID


async def test_an_offer_on_what_was_named_is_drawn_for(engine: ScriptedEngine) -> None:
    engine.plan("decide")
    engine.plan("decide", decision_id="d-tea", offer={**OFFER, "offer_id": "tea-1", "title": "10 % off tea"})
    said = await run(ProposeOffer(), "ask_for_discount", text="a coupon for tea?", entities=[TEA])
    assert said.slots["open_decision_id"] == "d-tea"


async def test_an_open_offer_on_what_was_named_is_shown_again_and_on_something_else_stays(
    engine: ScriptedEngine,
) -> None:
    text = "a coupon for soft drinks?"
    again = await run(ProposeOffer(), "ask_for_discount", text=text, entities=[DRINKS], slots=OPEN)
    assert again.custom["decision_id"] == DECISION_ID
    other = await run(ProposeOffer(), "ask_for_discount", text="a coupon for tea?", entities=[TEA], slots=OPEN)
    assert other.text == "I have no offer on tea right now. This one is still open: 15 % off soft drinks."


async def test_a_proactive_card_is_shown_again_to_who_asks(engine: ScriptedEngine) -> None:
    earlier = shown_before()
    earlier[0] = {"event": "user", "parse_data": {"intent": {"name": "track_order"}}}
    said = await run(ProposeOffer(), "ask_for_discount", slots=OPEN, earlier=earlier)
    assert said.custom["kind"] == "offer"
