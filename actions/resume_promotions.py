"""Takes back that a customer wanted no offers."""

import logging
from typing import Any, Dict, List

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import wording
from actions.conversation import Turn
from actions.engine_client import engine
from actions.engine_replies import EngineError

logger = logging.getLogger(__name__)


class ResumePromotions(Action):
    """Answers "you may show me offers again"; makes none itself."""

    def name(self) -> str:
        """The domain's name for it."""
        return "action_resume_promotions"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> List[Dict[str, Any]]:
        """Tell the engine, and say what that does. Without an answer nothing has changed, and that is said."""
        turn = Turn.of(tracker)
        try:
            await engine().allow_promotions(turn, allowed=True)
        except EngineError as error:
            logger.error("Promotions in %s were not resumed: %s", turn.conversation_id, error)
            dispatcher.utter_message(text=wording.OPT_OUT_STAYS)
            return []
        dispatcher.utter_message(text=wording.promotions_resumed(signed_in=turn.customer_id is not None))
        return [SlotSet(name, False) for name in ("offer_declined", "offers_stopped", "quiet")]
