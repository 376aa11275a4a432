"""Decides the next step of a conversation: an answer goes to the question it answers, everything else starts a flow.

Rasa's own rules know no memory: each pair of an open question and a message would need a rule of its own. Flows say
what is done for an intent (data/flows), `questions` what is still open, `requests` what a message asks for. CALM has
such flows too (https://rasa.com/docs/learn/concepts/calm); here a classifier starts them, and no language model.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Text, Tuple

from rasa.core.featurizers.precomputation import MessageContainerForCoreFeaturization
from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME, DEFAULT_INTENTS
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException

from bot.dialogue.answers import answer_to, dropped_first
from bot.dialogue.details import FLOW_OF, change_in_words, detail_answer, with_its_details
from bot.dialogue.flows import (
    FOLLOW_UPS_FILE,
    NO_FOLLOW_UPS,
    Flow,
    FlowError,
    FollowUps,
    Step,
    check_flows,
    flows_of,
    follow_ups_of,
    load_flows,
    progress,
    without,
)
from bot.dialogue.follow_ups import bare_question, last_clause
from bot.dialogue.help_routing import with_help
from bot.dialogue.questions import PERSON_QUESTIONS, Talk, read_talk
from bot.dialogue.requests import (
    ACTS_FROM,
    ASKS_FROM,
    ASKS_WHERE,
    FALLBACK,
    Request,
    denies_a_change,
    goes_on,
    is_denied,
    meant,
    requests_in,
    sure_enough,
    whole_request,
    without_denied,
)
from bot.dialogue.waiting import steps_while_waiting

_FILE = "flows.json"
RASAS_OWN = set(DEFAULT_INTENTS) - {FALLBACK, "out_of_scope"}
"""Intents that every domain has: restart, back, session_start."""
OFFER_STEP = "action_propose_offer"
ASK_MEANING = "action_ask_meaning"
WANTS_AN_OFFER = {"ask_for_offers", "ask_for_discount", "another_offer", "haggle"}
LEAVES_OPEN = {
    *(FALLBACK, "out_of_scope", "goodbye", "thank", "affirm", "deny", "maybe_later"),
    *("insult", "sarcasm_praise", "do_you_listen", "laugh", "whatever", "apology", "not_about_orders"),
}
"""Messages after which an open question is not repeated."""
NOTHING_LEFT = ("utter_denied",)
"""Said where a message only says what is not wanted."""

Plan = List[Tuple[Request, Sequence[Step]]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class FlowPolicy(Policy):
    """The one policy of bot/config.yml. `flows`: the folder of the flows, from the folder in which training runs."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Where flows lie, and from which confidence the bot acts and asks back."""
        return {
            "priority": 1,
            "max_history": 1,  # Rasa wants one; nothing is learned from stories
            "flows": "data/flows",
            "acts_from": ACTS_FROM,
            "asks_from": ASKS_FROM,
        }

    @staticmethod
    def supported_data() -> SupportedData:
        """Neither stories nor rules are learned from."""
        return SupportedData.ML_AND_RULE_DATA

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        flows: Optional[Mapping[str, Flow]] = None,
        *,
        follow_ups: FollowUps = NO_FOLLOW_UPS,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context)
        self._flows = dict(flows or {})
        self._follow_ups = follow_ups

    def train(
        self,
        training_trackers: List[TrackerWithCachedStates],
        domain: Domain,
        precomputations: Optional[MessageContainerForCoreFeaturization] = None,
        **kwargs: Any,
    ) -> Resource:
        """Check the flows and keep them. Raises RasaException for a flow that cannot be used."""
        folder = Path(self.config["flows"])
        try:
            self._flows = load_flows(folder)
            intents = {*domain.intents, FALLBACK} - RASAS_OWN
            questions = folder / FOLLOW_UPS_FILE
            if questions.exists():
                self._follow_ups = follow_ups_of(questions.read_text(encoding="utf-8"), questions.name)
            check_flows(self._flows, intents=intents, actions=domain.action_names_or_texts, follow_ups=self._follow_ups)
        except FlowError as error:
            raise RasaException(str(error)) from error
        with self._model_storage.write_to(self._resource) as path:
            files = {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yml"))}
            (path / _FILE).write_text(json.dumps(files), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FlowPolicy:
        """The policy with the flows that it was trained with."""
        flows: Dict[str, Flow] = {}
        follow_ups = NO_FOLLOW_UPS
        with model_storage.read_from(resource) as path:
            for name, text in json.loads((path / _FILE).read_text(encoding="utf-8")).items():
                if name == FOLLOW_UPS_FILE:
                    follow_ups = follow_ups_of(text, name)
                else:
                    flows.update(flows_of(text, name))
        return cls(config, model_storage, resource, execution_context, flows, follow_ups=follow_ups)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[Text, Any]] = None,
        precomputations: Optional[MessageContainerForCoreFeaturization] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """The next step of the turn, or to listen; with it what the action has to know of the message."""
        action, events = self._next(tracker)
        probabilities = [0.0] * domain.num_actions
        probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities, events=events)

    def opening(self, parse: Mapping[str, Any]) -> Plan:
        """What a parsed message would start as the first of a conversation."""
        return self._plan(parse, None, read_talk([]))

    def meanings(self, request: Request) -> List[str]:
        """The intents that a question back about it would name."""
        return [meaning["intent"] for meaning in self._meanings(request)]

    def _next(self, tracker: DialogueStateTracker) -> Tuple[str, List[Event]]:
        talk = read_talk(tracker.applied_events())
        message = tracker.latest_message
        if message is None or not message.intent_name:
            return ACTION_LISTEN_NAME, []
        plan = self._plan(message.parse_data, message.metadata, talk)
        done: Sequence[str] = talk.done
        slots = {name: slot.value for name, slot in tracker.slots.items()}
        for request, steps in plan:
            step, done = progress(steps, done, slots)
            if step is not None:
                return step, self._events(request, steps, talk)
        return ACTION_LISTEN_NAME, []

    def _plan(self, parse: Mapping[str, Any], metadata: Optional[Mapping[str, Any]], talk: Talk) -> Plan:
        whole = whole_request(parse)
        found = [self._in_context(request, talk) for request in requests_in(parse)]
        requests = with_help(with_its_details(found, whole, self._flows), parse, self._flows)
        waits = steps_while_waiting(requests[-1], metadata, self._flows)
        if waits is not None:
            return [(requests[-1], waits)]
        detail = detail_answer(whole, talk, self._flows)
        if detail is not None:
            intent, steps = detail
            return [(replace(whole, intent=intent), steps)]
        dropped = dropped_first(str(parse.get("text") or ""), [request.intent for request in requests], talk)
        if dropped:
            talk = talk.without_tasks()
        parts = [part for request in requests if (part := self._steps(request, talk)) is not None]
        if dropped:
            parts = [(replace(requests[0], intent="deny"), dropped), *parts]
        wants_none = is_denied("ask_for_offers", str(parse.get("text") or ""), self._flows)
        plan = [(request, without(steps, OFFER_STEP)) if wants_none else (request, steps) for request, steps in parts]
        return _offer_once(plan or [(requests[-1], NOTHING_LEFT)])

    def _in_context(self, request: Request, talk: Talk) -> Request:
        """The request with what the talk before adds to words that say too little for a classifier."""
        intent = self._asks_back_to(request, talk) or goes_on(request, talk.topic)
        return request if intent is None else replace(request, intent=intent, ranking=((intent, 1.0),))

    def _asks_back_to(self, request: Request, talk: Talk) -> Optional[str]:
        question = bare_question(request.text)
        if question is None and (request.intent == FALLBACK or is_denied(request.intent, request.text, self._flows)):
            question = bare_question(last_clause(request.text))
        answers = self._follow_ups.get(talk.topic or "", {})
        return None if question is None else answers.get(question)

    def _topic(self, request: Request, steps: Sequence[Step]) -> Optional[str]:
        """What the talk is about from this request on; None where it says nothing of that."""
        flow = self._flows.get(request.intent)
        if flow is not None and flow.topic is not None:
            return flow.topic
        first = next((step for step in steps if isinstance(step, str)), None)
        return next((flow.topic for flow in self._flows.values() if flow.topic and first in flow.names), None)

    def _steps(self, request: Request, talk: Talk) -> Optional[Tuple[Request, Sequence[Step]]]:
        answer = answer_to(request, talk, self._flows)
        if answer is not None:
            intent, steps = answer
            return Request(intent, request.text, request.entities, request.ranking), steps
        wanted = without_denied(request, self._flows, self.config["acts_from"])
        if wanted is None or (wanted.intent == FALLBACK and denies_a_change(wanted.text, self._flows)):
            # What is denied is not done; "I'm only asking where it is" asks for something all the same.
            if not ASKS_WHERE.search(request.text):
                return None
            wanted = replace(request, intent="track_order")
        if wanted.intent == FALLBACK:
            meanings = self._meanings(wanted)
            sure = change_in_words(wanted, self._flows) or sure_enough(meanings, wanted, self._flows, talk.topic)
            if sure is not None:
                wanted = replace(wanted, intent=sure)
            elif meanings:
                return wanted, (ASK_MEANING,)
        flow = self._flows.get(wanted.intent, self._flows[FALLBACK])
        return wanted, (*flow.steps, *self._taken_up_again(flow, talk))

    def _taken_up_again(self, flow: Flow, talk: Talk) -> Sequence[Step]:
        """The question about a change that a question in between has put aside: it is repeated."""
        latest = talk.latest
        asks_itself = flow.changes is not None or not PERSON_QUESTIONS.isdisjoint(flow.names)
        if latest is None or latest.kind != "confirm" or asks_itself or flow.trouble or flow.intent in LEAVES_OPEN:
            return ()
        return (flows_first_step(self._flows, str(latest.task)),)

    def _meanings(self, request: Request) -> List[Dict[str, str]]:
        return meant(request, self._flows, self.config["asks_from"])

    def _events(self, request: Request, steps: Sequence[Step], talk: Talk) -> List[Event]:
        """What the action reads; `quiet` stays for the rest of the conversation, `topic` until the next one."""
        events: List[Event] = [SlotSet("request", request.as_slot())]
        topic = self._topic(request, steps)
        if topic is not None and topic != talk.topic:
            events.append(SlotSet("topic", topic))
        flow = self._flows.get(request.intent)
        if flow is not None and flow.trouble and not talk.slots.get("quiet"):
            events.append(SlotSet("quiet", True))
        meanings = self._meanings(request) if request.intent == FALLBACK else None
        if meanings or talk.slots.get("meanings"):
            events.append(SlotSet("meanings", meanings or None))
        return events


def flows_first_step(flows: Mapping[str, Flow], task: str) -> Step:
    """The action that asks about a change."""
    return flows[FLOW_OF[task]].steps[0]


def _offer_once(plan: Plan) -> Plan:
    """Of several requests only the last makes an offer, unless an offer is what one wants."""
    last = len(plan) - 1
    return [
        (request, steps if index == last or request.intent in WANTS_AN_OFFER else without(steps, OFFER_STEP))
        for index, (request, steps) in enumerate(plan)
    ]
