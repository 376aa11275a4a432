"""What the bot does next, with the real flows and the real domain; what the actions would write is written here."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies.policy import PolicyPrediction
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from bot.dialogue.flow_policy import RASAS_OWN, FlowPolicy
from bot.dialogue.flows import FlowError, check_flows, flows_of, follow_ups_of, load_flows, progress, without

OFFER = {"open_decision_id": "d-1", "offer_open": True}
NO_OFFER = {"open_decision_id": None, "offer_open": False}


Effects = Mapping[str, Mapping[str, Any]]
"""The slots that each action writes."""


def confirming(change: str | None) -> dict[str, Any]:
    return {"pending_task": None, "confirming": change}


@pytest.fixture(scope="session")
def domain() -> Domain:
    return Domain.load("bot/domain")


@pytest.fixture(scope="session")
def policy(domain: Domain, tmp_path_factory: pytest.TempPathFactory) -> FlowPolicy:
    """Trained, kept and loaded again, as a model does it."""
    storage = LocalModelStorage.create(tmp_path_factory.mktemp("model"))
    context, resource = ExecutionContext(GraphSchema({})), Resource("flows")
    config = FlowPolicy.get_default_config()
    FlowPolicy.create(config, storage, resource, context).train([], domain)
    return FlowPolicy.load(config, storage, resource, context)


class Talk:
    """A conversation whose actions write what they are told to."""

    def __init__(self, policy: FlowPolicy, domain: Domain) -> None:
        self._policy, self._domain = policy, domain
        self.tracker = DialogueStateTracker.from_events("talk", [], slots=domain.slots)

    def says(self, intent: str, text: str = "", effects: Effects | None = None, **parse: Any) -> list[str]:
        """One turn; the names of the steps that follow."""
        parsed: Any = {"text": text, "intent": {"name": intent, "confidence": 0.9}, "entities": [], **parse}
        message = UserUttered(text, parsed["intent"], parsed["entities"], parsed, metadata=parsed.pop("metadata", None))
        self.tracker.update(message, self._domain)
        steps: list[str] = []
        while (step := self._predict()) != "action_listen":
            assert len(steps) < 9, f"no end: {steps}"
            steps.append(step)
            for name, value in (effects or {}).get(step, {}).items():
                self.tracker.update(SlotSet(name, value), self._domain)
        self.tracker.update(ActionExecuted("action_listen"), self._domain)
        return steps

    def _predict(self) -> str:
        prediction: PolicyPrediction = self._policy.predict_action_probabilities(self.tracker, self._domain)
        name = self._domain.action_names_or_texts[prediction.probabilities.index(1.0)]
        for event in prediction.events if name != "action_listen" else []:
            self.tracker.update(event, self._domain)
        if name != "action_listen":
            self.tracker.update(ActionExecuted(name), self._domain)
        return str(name)

    def slot(self, name: str) -> Any:
        return self.tracker.get_slot(name)


@pytest.fixture
def talk(policy: FlowPolicy, domain: Domain) -> Talk:
    return Talk(policy, domain)


def test_a_task_runs_its_steps_and_listens(talk: Talk) -> None:
    assert talk.says("track_order", "where is it") == ["action_track_order", "action_propose_offer"]
    assert talk.says("thank", "thanks") == ["utter_welcome"]


def test_a_branch_is_chosen_by_what_the_action_wrote(talk: Talk) -> None:
    effects: Effects = {"action_track_order": {"handing_over": True}, "action_hand_over": {"handing_over": None}}
    assert talk.says("track_order", "where is it", effects) == ["action_track_order", "action_hand_over"]


def test_yes_takes_the_offer_that_was_made_last(talk: Talk) -> None:
    talk.says("ask_for_offers", "offers?", {"action_propose_offer": OFFER})
    assert talk.says("affirm", "yes") == ["action_accept_offer"]


def test_yes_belongs_to_the_number_that_was_asked_for_and_not_to_the_offer_before(talk: Talk) -> None:
    talk.says("ask_for_offers", "offers?", {"action_propose_offer": OFFER})
    talk.says("cancel_order", "cancel an order", {"action_cancel_order": {"pending_task": "cancel"}})
    assert talk.says("affirm", "yes") == ["action_cancel_order", "action_propose_offer"]
    assert talk.says("deny", "no wait, leave it") == ["action_drop_task"]


def test_yes_long_after_an_offer_is_asked_back(talk: Talk) -> None:
    talk.says("ask_for_offers", "offers?", {"action_propose_offer": OFFER})
    talk.says("delivery_period", "how long does it take")
    assert talk.says("affirm", "yes") == ["action_recall_offer"]
    assert talk.says("affirm", "yes") == ["action_accept_offer"]


def test_yes_to_nothing_and_no_to_nothing(talk: Talk) -> None:
    assert talk.says("affirm", "yes") == ["utter_yes_to_what"]
    assert talk.says("deny", "no") == ["utter_no_to_what"]


def test_no_two_turns_after_an_offer_declines_nothing(talk: Talk) -> None:
    talk.says("ask_for_offers", "offers?", {"action_propose_offer": OFFER})
    talk.says("greet", "hello")
    assert talk.says("deny", "no") == ["utter_no_to_what"]


def test_never_mind_about_a_change_declines_no_offer(talk: Talk) -> None:
    talk.says("ask_for_offers", "offers?", {"action_propose_offer": OFFER})
    talk.says("cancel_order", "cancel 1001", {"action_cancel_order": confirming("cancel")})
    assert talk.says("decline_offer", "no thank you, forget it") == ["action_drop_task"]


@pytest.mark.parametrize("text", ["I take the offer", "give me the code"])
def test_an_offer_that_is_named_is_taken_whatever_is_open(talk: Talk, text: str) -> None:
    talk.says("ask_for_offers", "offers?", {"action_propose_offer": OFFER})
    talk.says("cancel_order", "cancel 1001", {"action_cancel_order": confirming("cancel")})
    assert talk.says("accept_offer", text) == ["action_accept_offer"]


def test_a_change_is_confirmed_by_yes_and_by_yes_with_its_verb(talk: Talk) -> None:
    for answer in (("affirm", "yes"), ("cancel_order", "yes, cancel it"), ("accept_offer", "ok I'll take it")):
        talk.says("cancel_order", "cancel 1001", {"action_cancel_order": confirming("cancel")})
        assert talk.says(*answer)[0] == "action_cancel_order"
        assert talk.slot("request")["intent"] == "affirm"
        talk.says("deny", "no", {"action_drop_task": confirming(None)})


def test_another_verb_or_another_number_confirms_nothing(talk: Talk) -> None:
    talk.says("cancel_order", "cancel 1001", {"action_cancel_order": confirming("cancel")})
    assert talk.says("return_order", "yes return it")[0] == "action_return_order"
    assert talk.slot("request")["intent"] == "return_order"
    number = [{"entity": "order_number", "value": "2002", "start": 11, "end": 15}]
    talk.says("cancel_order", "yes cancel 2002", entities=number)
    assert talk.slot("request")["intent"] == "cancel_order"


def test_who_comes_back_to_a_change_is_asked_again(talk: Talk) -> None:
    talk.says("return_order", "return it, but is delivery free?", {"action_return_order": confirming("return")})
    assert talk.says("return_order", "ok now the return please")[0] == "action_return_order"
    assert talk.slot("request")["intent"] == "return_order"


def test_a_question_in_between_is_answered_and_the_change_taken_up_again(talk: Talk) -> None:
    talk.says("cancel_order", "cancel 1001", {"action_cancel_order": confirming("cancel")})
    steps = talk.says("delivery_period", "how long does it take?", {"action_cancel_order": confirming("cancel")})
    assert steps == ["utter_delivery_period", "action_propose_offer", "action_cancel_order"]
    assert talk.slot("request")["intent"] == "delivery_period", "nothing is confirmed"
    assert talk.says("affirm", "yes")[0] == "action_cancel_order"


def test_a_yes_three_turns_after_the_question_changes_nothing(talk: Talk) -> None:
    talk.says("cancel_order", "cancel 1001", {"action_cancel_order": confirming("cancel")})
    for _ in range(2):
        talk.says("thank", "thanks")
    assert talk.says("affirm", "yes") == ["utter_yes_to_what"]


DENIED = [
    ("cancel_order", "I don't want to cancel anything"),
    ("cancel_order", "please do not cancel my order"),
    ("cancel_order", "no need to cancel it"),
    ("return_order", "I'm not sending it back"),
    ("contact_human_agent", "no human please"),
    ("contact_human_agent", "I did not ask for a person"),
    ("ask_for_discount", "I don't need a discount"),
    ("delete_account", "don't delete my account"),
    ("stop_promotions", "never stop sending me offers"),
]


@pytest.mark.parametrize(("intent", "text"), DENIED)
def test_what_a_message_says_no_to_is_not_done(talk: Talk, intent: str, text: str) -> None:
    assert talk.says(intent, text) == ["utter_denied"]


def test_the_next_guess_is_taken_where_the_first_is_denied(talk: Talk) -> None:
    ranking = [{"name": "cancel_order", "confidence": 0.6}, {"name": "track_order", "confidence": 0.3}]
    steps = talk.says("cancel_order", "I don't want to cancel it, just where is it", intent_ranking=ranking)
    assert steps[0] == "action_track_order"


@pytest.mark.parametrize("text", ["cancel my order", "why don't you cancel it", "could you not cancel it for me?"])
def test_a_wish_is_no_denial(talk: Talk, text: str) -> None:
    assert talk.says("cancel_order", text)[0] == "action_cancel_order"


def test_no_to_the_same_change_drops_it(talk: Talk) -> None:
    talk.says("cancel_order", "cancel 1001", {"action_cancel_order": confirming("cancel")})
    assert talk.says("cancel_order", "no wait, don't cancel it") == ["action_drop_task"]


def clause(text: str, intent: str, confidence: float = 0.9) -> dict[str, Any]:
    return {"text": text, "intent_ranking": [{"name": intent, "confidence": confidence}]}


def test_a_yes_to_more_than_is_offered_takes_nothing(talk: Talk) -> None:
    talk.says("ask_for_offers", effects={"action_propose_offer": OFFER})
    clauses = [clause("make it 30 percent", "haggle"), clause("i'll take it", "accept_offer")]
    assert talk.says("accept_offer", "make it 30 percent and i'll take it", clauses=clauses) == ["utter_offer_is_final"]
    assert talk.says("affirm", "yes") == ["action_accept_offer"]


def test_two_requests_get_both_answers_and_one_offer(talk: Talk) -> None:
    clauses = [
        clause("what can I pay with", "check_payment_methods"),
        clause("how long does it take", "delivery_period"),
    ]
    text = "what can I pay with and how long does it take"
    steps = talk.says("delivery_period", text, clauses=clauses)
    assert steps == ["utter_payment_methods", "utter_delivery_period", "action_propose_offer"]


def test_each_action_reads_its_own_request(policy: FlowPolicy, domain: Domain) -> None:
    clauses = [clause("where is 1001", "track_order"), clause("cancel 2002", "cancel_order")]
    text = "where is 1001 and cancel 2002"
    entities = [
        {"entity": "order_number", "value": "1001", "start": 9, "end": 13},
        {"entity": "order_number", "value": "2002", "start": 25, "end": 29},
    ]
    talk = Talk(policy, domain)
    assert talk.says("cancel_order", text, clauses=clauses, entities=entities)[:2] == [
        "action_track_order",
        "action_cancel_order",
    ]
    assert [entity["value"] for entity in talk.slot("request")["entities"]] == ["2002"]


def test_the_denied_half_of_a_message_is_left_out(talk: Talk) -> None:
    clauses = [clause("I don't want to cancel my order", "cancel_order"), clause("where is it", "track_order")]
    steps = talk.says("track_order", "I don't want to cancel my order, where is it", clauses=clauses)
    assert steps == ["action_track_order", "action_propose_offer"]


def test_what_is_not_understood_is_asked_back(talk: Talk) -> None:
    ranking = [
        {"name": "nlu_fallback", "confidence": 0.7},
        {"name": "track_order", "confidence": 0.3},
        {"name": "greet", "confidence": 0.2},
        {"name": "cancel_order", "confidence": 0.12},
        {"name": "review", "confidence": 0.05},
    ]
    assert talk.says("nlu_fallback", "ordr??", intent_ranking=ranking) == ["action_ask_meaning"]
    assert [meaning["intent"] for meaning in talk.slot("meanings")] == ["track_order", "cancel_order"]
    assert talk.says("deny", "no") == ["utter_ask_rephrase"]
    assert talk.slot("meanings") is None


def test_nothing_likely_is_looked_for_in_the_help_articles(talk: Talk) -> None:
    effects = {"action_answer_from_help": {"help_outcome": "not_understood"}}
    assert talk.says("nlu_fallback", "blah", effects) == ["action_answer_from_help", "utter_ask_rephrase"]


def test_trouble_keeps_offers_away_for_the_rest_of_the_conversation(talk: Talk) -> None:
    assert not talk.slot("quiet")
    talk.says("complaint", "that was awful")
    assert talk.slot("quiet") is True
    talk.says("delivery_period", "how long does it take")
    assert talk.slot("quiet") is True


def test_asked_for_a_person_yes_means_that(talk: Talk) -> None:
    talk.says("ask_for_offers", "offers?", {"action_propose_offer": OFFER})
    talk.says("contact_customer_service", "is there a phone number")
    assert talk.says("affirm", "yes") == ["action_hand_over"]


WAITING = {"waiting_for_person": True}


@pytest.mark.parametrize(
    ("intent", "text", "step"),
    [
        ("greet", "hello??", "utter_still_waiting"),
        ("delivery_period", "how long does it take", "utter_still_waiting"),
        ("contact_human_agent", "a human please", "utter_still_waiting"),
        ("nlu_fallback", "the bot is fine, go on", "utter_leave_queue"),
        ("contact_human_agent", "I don't need a person any more", "utter_leave_queue"),
        ("deny", "never mind", "utter_leave_queue"),
        ("track_order", "/track_order", "action_track_order"),
    ],
)
def test_who_waits_for_a_person_hears_that_until_they_leave_the_line(
    talk: Talk, intent: str, text: str, step: str
) -> None:
    assert talk.says(intent, text, metadata=WAITING)[0] == step


def test_a_number_goes_to_the_task_that_waits_for_it(talk: Talk) -> None:
    assert talk.says("inform_order_number", "1001")[0] == "action_track_order"
    talk.says("return_order", "I want to return something", {"action_return_order": {"pending_task": "return"}})
    assert talk.says("inform_order_number", "1001")[0] == "action_return_order"


WHICH = {"action_return_order": {"pending_task": "return", "shown_orders": ["1002", "1001"]}}


@pytest.mark.parametrize(
    "text",
    [
        "the second one",
        "2",
        "the newest please",
        "hm, the one with the tent",
        "i mean the older one",
        "the green tent one",
    ],
)
def test_words_that_choose_one_of_the_listed_orders_answer_the_question(talk: Talk, text: str) -> None:
    talk.says("return_order", "i want to send something back", WHICH)
    assert talk.says("nlu_fallback", text) == ["action_return_order", "action_propose_offer"]
    assert talk.slot("request")["intent"] == "inform_order_number"


@pytest.mark.parametrize(
    ("text", "effects"),
    [
        ("where is the other one", WHICH),
        ("do you have opening hours", WHICH),
        ("the second one", {"action_return_order": {"pending_task": "return"}}),
        ("the second one", {}),
    ],
)
def test_other_words_choose_none(talk: Talk, text: str, effects: Effects) -> None:
    talk.says("return_order", "i want to send something back", effects)
    assert "action_return_order" not in talk.says("thank", text)


def test_number_and_proof_in_one_message_answer_the_question_for_the_number(talk: Talk) -> None:
    text = "With e-mail anna@example.com, where is order 1001"
    number = [{"entity": "order_number", "value": "1001", "start": 45, "end": 49}]
    assert talk.says("inform_order_proof", text, entities=number) == ["utter_unasked_proof"]
    talk.says("track_order", "where is it", {"action_track_order": {"pending_task": "track"}})
    assert talk.says("inform_order_proof", "anna@example.com") == ["utter_unasked_proof"]
    assert talk.says("inform_order_proof", text, entities=number)[0] == "action_track_order"


def test_who_has_no_number_is_helped_on(talk: Talk) -> None:
    talk.says("track_order", "where is it", {"action_track_order": {"pending_task": "track"}})
    assert talk.says("deny", "I don't have the number") == ["utter_no_order_number"]


def test_the_flows_fit_the_domain(domain: Domain) -> None:
    flows = load_flows(Path("data/flows"))
    check_flows(flows, intents=set(domain.intents) - RASAS_OWN, actions=domain.action_names_or_texts)
    assert set(flows) <= set(domain.intents)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flows: [", "f.yml: while parsing a flow node"),
        ("rules: {}", "f.yml: flows is missing"),
        ("flows: {greet: {title: Hi}}", "f.yml: the flow greet has no steps"),
        ("flows: {greet: {steps: [a], stpes: [b]}}", "f.yml: the flow greet has an unknown key stpes"),
        ("flows: {greet: {steps: [{when: x}]}}", "f.yml: the flow greet: a step is a name, or has if, then"),
        ("flows: {greet: {steps: [a], changes: '('}}", "f.yml: changes of the flow greet is no regular expression"),
    ],
)
def test_a_flow_that_cannot_be_used_is_said_in_one_line(text: str, message: str) -> None:
    with pytest.raises(FlowError) as raised:
        flows_of(text, "f.yml")
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_training_refuses_an_intent_without_a_flow(domain: Domain, tmp_path: Path) -> None:
    (tmp_path / "few.yml").write_text("flows: {greet: {steps: [utter_greet]}}")
    (tmp_path / "model").mkdir()
    storage = LocalModelStorage.create(tmp_path / "model")
    config = {**FlowPolicy.get_default_config(), "flows": str(tmp_path)}
    policy = FlowPolicy.create(config, storage, Resource("flows"), ExecutionContext(GraphSchema({})))
    with pytest.raises(RasaException, match="has no flow in data/flows"):
        policy.train([], domain)


@pytest.mark.parametrize(
    ("done", "slots", "step"),
    [
        ([], {}, "a"),
        (["a"], {}, "c"),
        (["a"], {"x": 1}, "b"),
        (["a", "b"], {}, "d"),
        (["a", "b", "d"], {}, None),
        (["a", "z"], {}, None),
    ],
)
def test_progress(done: Sequence[str], slots: dict[str, Any], step: str | None) -> None:
    text = "flows: {f: {steps: [a, {if: {x: 1}, then: [b], else: [c]}, d]}}"
    assert progress(flows_of(text, "f.yml")["f"].steps, done, slots)[0] == step


def test_a_step_is_taken_out_everywhere() -> None:
    text = "flows: {f: {steps: [a, {if: {x: 1}, then: [b], else: [a]}]}}"
    steps = without(flows_of(text, "f.yml")["f"].steps, "a")
    assert progress(steps, [], {})[0] is None
    assert progress(steps, [], {"x": 1})[0] == "b"


def test_a_change_that_was_dropped_and_is_wanted_after_all_is_asked_about_anew(talk: Talk) -> None:
    talk.says("cancel_order", "cancel 1001", {"action_cancel_order": confirming("cancel")})
    talk.says("deny", "no, don't", {"action_drop_task": confirming(None)})
    assert talk.says("affirm", "actually yes, cancel it")[0] == "action_cancel_order"
    assert talk.slot("request")["intent"] == "cancel_order", "nothing is confirmed"


def test_an_offer_that_is_wanted_after_all_is_looked_for(talk: Talk) -> None:
    talk.says("ask_for_offers", "offers?", {"action_propose_offer": OFFER})
    talk.says("decline_offer", "no offer, thanks", {"action_decline_offer": NO_OFFER})
    assert talk.says("accept_offer", "I take the offer after all") == ["action_propose_offer"]


def test_ok_back_to_the_return_confirms_no_return(talk: Talk) -> None:
    talk.says("return_order", "return 1001", {"action_return_order": confirming("return")})
    talk.says("thank", "thanks")
    talk.says("return_order", "ok, back to the return")
    assert talk.slot("request")["intent"] == "return_order"


def test_a_no_in_front_of_a_question_drops_the_task_and_answers(talk: Talk) -> None:
    talk.says("return_order", "return 1001", {"action_return_order": confirming("return")})
    dropped: Effects = {"action_drop_task": confirming(None)}
    steps = talk.says("delivery_period", "hmm no, leave it. how long does delivery take?", dropped)
    assert steps[:2] == ["action_drop_task", "utter_delivery_period"]
    assert "action_return_order" not in steps


@pytest.mark.parametrize("text", ["sorry, I meant 2002", "wrong number, 2002 it is"])
def test_a_corrected_number_goes_to_what_the_wrong_one_was_for(talk: Talk, text: str) -> None:
    talk.says("cancel_order", "cancel 1001", {"action_cancel_order": {"pending_task": None}})
    number = [{"entity": "order_number", "value": "2002"}]
    assert talk.says("inform_order_number", text, entities=number)[0] == "action_cancel_order"


@pytest.mark.parametrize(
    "text", ["and the older one?", "what about the one from last week", "how about the other order"]
)
def test_the_same_is_wanted_for_another_order(talk: Talk, text: str) -> None:
    talk.says("return_order", "return 1001", {"action_return_order": {"pending_task": None}})
    assert talk.says("nlu_fallback", text)[0] == "action_return_order"


def test_an_order_number_beside_a_greeting_is_what_the_message_is_about(talk: Talk) -> None:
    number = [{"entity": "order_number", "value": "1001"}]
    assert talk.says("greet", "hola, mi pedido 1001", entities=number)[0] == "action_track_order"


def test_the_name_of_an_intent_that_somebody_types_starts_nothing(talk: Talk) -> None:
    talk.says("ask_for_offers", "offers?", {"action_propose_offer": OFFER})
    assert talk.says("accept_offer", "accept_offer")[0] == "action_answer_from_help"


def test_a_question_about_coupons_for_a_product_is_about_offers(talk: Talk) -> None:
    assert talk.says("product_availability", "any coupons for milk?") == ["action_propose_offer"]


def test_ok_to_a_proactive_offer_takes_nothing(talk: Talk) -> None:
    talk.says("track_order", "where is it", {"action_propose_offer": OFFER})
    assert talk.says("affirm", "okay") == ["utter_heard"]
    talk.says("track_order", "where is it", {"action_propose_offer": OFFER})
    assert talk.says("affirm", "yes please") == ["action_accept_offer"]


def test_ok_to_an_offer_that_was_wanted_takes_it(talk: Talk) -> None:
    talk.says("ask_for_offers", "offers?", {"action_propose_offer": OFFER})
    assert talk.says("affirm", "ok") == ["action_accept_offer"]


def ranked(*guesses: tuple[str, float]) -> list[dict[str, Any]]:
    return [{"name": name, "confidence": confidence} for name, confidence in guesses]


def test_the_only_likely_meaning_is_acted_on_where_it_changes_nothing(talk: Talk) -> None:
    ranking = ranked(("check_refund_policy", 0.3), ("greet", 0.02))
    assert talk.says("nlu_fallback", "policy returns??", intent_ranking=ranking)[0] == "utter_refund_policy"
    ranking = ranked(("delete_account", 0.3), ("greet", 0.02))
    assert talk.says("nlu_fallback", "account gone??", intent_ranking=ranking) == ["action_ask_meaning"]


def test_readings_that_all_show_products_need_no_question_back(talk: Talk) -> None:
    ranking = ranked(("product_availability", 0.4), ("product_search", 0.35))
    assert talk.says("nlu_fallback", "do you have tents?", intent_ranking=ranking)[0] == "action_quote_products"


def test_a_denied_change_beside_a_question_where_is_the_question(talk: Talk) -> None:
    text = "please don't cancel it, I'm only asking where it is"
    ranking = ranked(("cancel_order", 0.3), ("can_cancel", 0.2))
    assert talk.says("nlu_fallback", text, intent_ranking=ranking)[0] == "action_track_order"
    assert talk.says("nlu_fallback", "do not cancel it", intent_ranking=ranking) == ["utter_denied"]
    surely = ranked(("cancel_order", 0.56), ("can_cancel", 0.12))
    assert talk.says("cancel_order", text, intent_ranking=surely)[0] == "action_track_order"
    assert talk.says("cancel_order", "please don't cancel it", intent_ranking=surely) == ["utter_denied"]


def test_who_wants_no_vouchers_gets_no_offer_with_the_answer(talk: Talk) -> None:
    text = "no vouchers please, how long does it take"
    assert talk.says("delivery_period", text) == ["utter_delivery_period"]


def test_a_question_what_a_product_holds_is_none_about_its_price(talk: Talk) -> None:
    assert talk.says("product_search", "is there sugar in the lemonade?")[0] == "utter_product_facts"
    assert talk.says("product_search", "is the lemonade expensive?")[0] == "action_quote_products"


def test_an_order_that_has_to_go_back_is_returned(talk: Talk) -> None:
    number = [{"entity": "order_number", "value": "1001"}]
    assert talk.says("track_order", "order 1001 has to go back", entities=number)[0] == "action_return_order"


def test_no_idea_of_the_number_is_no_refusal(talk: Talk) -> None:
    talk.says("track_order", "where is it", {"action_track_order": {"pending_task": "track"}})
    assert talk.says("nlu_fallback", "no idea what the number is") == ["utter_no_order_number"]


def test_the_same_question_about_another_order_without_a_change_is_where_it_is(talk: Talk) -> None:
    assert talk.says("nlu_fallback", "and what about the other order?")[0] == "action_track_order"


def test_news_of_a_code_takes_no_yes_away_from_the_change_that_was_asked_about(talk: Talk) -> None:
    talk.says("cancel_order", "cancel 1001", {"action_cancel_order": confirming("cancel")})
    news = [{"entity": "decision_id", "value": "d-1"}]
    text = '/code_settled{"decision_id": "d-1"}'
    assert talk.says("code_settled", text, entities=news) == ["action_tell_code", "action_cancel_order"]
    assert talk.says("affirm", "yes")[0] == "action_cancel_order"


def test_a_bare_question_is_about_the_topic_of_the_talk(talk: Talk) -> None:
    talk.says("ask_for_offers", "offers?", {"action_propose_offer": OFFER})
    talk.says("affirm", "yes", {"action_accept_offer": NO_OFFER})
    assert talk.says("nlu_fallback", "where?") == ["utter_where_to_enter_code"]
    talk.says("track_order", "where is my parcel", {"action_track_order": {"order_number": "1001"}})
    assert talk.says("maybe_later", "when?") == ["action_order_arrival", "action_propose_offer"]


def test_without_a_topic_a_bare_question_is_what_it_was_read_as(talk: Talk) -> None:
    assert talk.says("maybe_later", "when?") == ["utter_no_hurry"]


def test_the_topic_decides_between_two_readings(talk: Talk) -> None:
    talk.says("ask_for_offers", "offers?", {"action_propose_offer": OFFER})
    ranking = [("order_arrival", 0.4), ("code_validity", 0.3)]
    found = [{"name": name, "confidence": confidence} for name, confidence in ranking]
    assert talk.says("nlu_fallback", "till what day would that be", intent_ranking=found) == ["action_explain_offer"]


def test_the_same_of_another_thing_is_what_the_talk_was_about(talk: Talk) -> None:
    tea: Any = [{"entity": "category", "value": "tea", "category": "TEAS", "start": 8, "end": 11}]
    talk.says("ask_for_discount", "a coupon for milk", {"action_propose_offer": OFFER})
    assert talk.says("product_pairing", "and for tea?", entities=tea) == ["action_propose_offer"]
    talk.says("product_search", "how much is milk")
    assert talk.says("change_order", "or with tea instead", entities=[{**tea[0], "start": 8, "end": 11}])[0] == (
        "action_quote_products"
    )


def test_who_takes_a_product_that_was_shown_takes_no_offer_that_came_along(talk: Talk) -> None:
    talk.says("product_search", "how much is milk", {"action_propose_offer": OFFER})
    assert talk.says("accept_offer", "I'll take that one") == ["action_add_to_basket"]


def test_a_polite_no_and_a_yes_at_the_end_of_a_story_are_answers(talk: Talk) -> None:
    talk.says("ask_for_offers", "offers?", {"action_propose_offer": OFFER})
    assert talk.says("thank", "how kind of you, but I think I'll pass") == ["action_decline_offer"]
    talk.says("cancel_order", "cancel 1001", {"action_cancel_order": confirming("cancel")})
    assert talk.says("nlu_fallback", "what a day, sorry for that, yes do it")[0] == "action_cancel_order"


def test_a_single_word_with_two_meanings_is_asked_about(talk: Talk) -> None:
    found = [{"name": "place_order", "confidence": 0.6}, {"name": "track_order", "confidence": 0.3}]
    assert talk.says("place_order", "ordering", intent_ranking=found) == ["action_ask_meaning"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("follow_ups: {offers: {whence: greet}}", "unknown question whence"),
        ("follow_ups: [offers]", "mapping of topics"),
    ],
)
def test_follow_ups_that_cannot_be_used_are_refused(text: str, complaint: str) -> None:
    with pytest.raises(FlowError, match=complaint):
        follow_ups_of(text, "follow_ups.yml")


def test_a_follow_up_leads_to_a_flow() -> None:
    flows = flows_of("topic: offers\nflows: {greet: {steps: [utter_greet]}}", "f.yml")
    with pytest.raises(FlowError, match="the intent nothing has no flow"):
        check_flows(flows, intents=[], actions=["utter_greet"], follow_ups={"offers": {"when": "nothing"}})
