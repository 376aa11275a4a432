"""What the whole bot does with a question as the first message of a conversation: an intent may answer before help.

A reply is right where it says what an article of the question says (data/help/intents.yml), as is a quoted article.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Sequence, Tuple

from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource

from bot.dialogue.flow_policy import ASK_MEANING, FlowPolicy
from bot.dialogue.flows import load_flows
from bot.dialogue.help_routing import FROM_HELP
from bot.help.help_index import HelpIndex


@dataclass(frozen=True)
class TurnFigures:
    """Shares in percent, of the answerable questions unless said otherwise."""

    right: float
    right_by_help: float
    right_by_reply: float
    asked_back: float
    """"Did you mean …?" with a right reply among the buttons; neither right nor wrong."""
    not_known: float
    """The bot said that it does not know, or asked back without a right button."""
    wrong: float
    silent_wrong: float
    """Of the unanswerable questions: an article was quoted, or a reply given that repeats one."""


def first_turns(parses: Sequence[Mapping[str, Any]], answers: Sequence[Sequence[str]], index: HelpIndex) -> TurnFigures:
    """How the bot begins its answer to each parsed message, given the articles that answer it (none: nothing does)."""
    with tempfile.TemporaryDirectory() as folder:
        config = FlowPolicy.get_default_config()
        storage, context = LocalModelStorage(Path(folder)), ExecutionContext(GraphSchema({}))
        flows = load_flows(Path(config["flows"]))
        policy = FlowPolicy(config, storage, Resource("flows"), context, flows)
        kinds = [_kind(policy, parse, articles, index) for parse, articles in zip(parses, answers, strict=True)]
    answerable = [kind for kind, articles in zip(kinds, answers, strict=True) if articles]
    silent = [kind for kind, articles in zip(kinds, answers, strict=True) if not articles]

    def share(found: Sequence[Tuple[str, str]], *wanted: Tuple[str, str]) -> float:
        return round(100 * sum(kind in wanted for kind in found) / max(len(found), 1), 1)

    return TurnFigures(
        right=share(answerable, ("help", "right"), ("reply", "right")),
        right_by_help=share(answerable, ("help", "right")),
        right_by_reply=share(answerable, ("reply", "right")),
        asked_back=share(answerable, ("meaning", "right")),
        not_known=share(answerable, ("meaning", "wrong"), ("unknown", "")),
        wrong=share(answerable, ("help", "wrong"), ("reply", "wrong"), ("reply", "other")),
        silent_wrong=share(silent, ("help", "wrong"), ("reply", "wrong")),
    )


def _kind(policy: FlowPolicy, parse: Mapping[str, Any], articles: Sequence[str], index: HelpIndex) -> Tuple[str, str]:
    """What the first step is (help, reply, meaning, unknown), and whether it is right, wrong or about no article."""
    request, steps = policy.opening(parse)[0]
    first = next((step for step in steps if isinstance(step, str)), "")
    found = parse.get("help") or []
    if first == ASK_MEANING:
        intents = policy.meanings(request)
        return "meaning", "right" if any(_says(index, name, articles) for name in intents) else "wrong"
    if first == FROM_HELP:
        if not found:
            return "unknown", ""
        return "help", "right" if found[0]["article_id"] in articles else "wrong"
    if _says(index, request.intent, articles):
        return "reply", "right"
    return "reply", "wrong" if request.intent in index.intents else "other"


def _says(index: HelpIndex, intent: str, articles: Sequence[str]) -> bool:
    return not set(articles).isdisjoint(index.intents.get(intent, ()))
