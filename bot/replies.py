"""Rasa's replies, but for one rule: a fact that the shop did not name is never made up.

A response of the domain writes a fact as a slot, `{return_days}`. Of its variations only those are said whose slots are
all set, and of these the ones that say most. If there is none the reply is `utter_fact_not_known`, which offers a
person; its event carries the names of what is missing, and no offer follows.

In another language (the slot `language`) the texts are those of data/i18n/<language>/responses.yml; buttons are the
English ones, their titles translated.
"""

import copy
import random
import re
from functools import lru_cache
from typing import Any, Dict, List, Mapping, Optional, Sequence, Set

from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from bot.language.spoken import LANGUAGE_SLOT
from common.i18n.translations import ENGLISH, TranslationError, i18n_folder, read_mapping, translated

NOT_KNOWN = "utter_fact_not_known"
MISSING = "missing_facts"
"""Key of the utterance's metadata that names the slots without a value."""
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class KnownFactsReplies(TemplatedNaturalLanguageGenerator):
    """Chooses among the variations that can be said with what is known."""

    def __init__(self, endpoint_config: Optional[EndpointConfig], domain: Domain) -> None:
        """Take the domain's responses; Rasa hands over the endpoint's settings too."""
        super().__init__(domain.responses)

    def generate_from_slots(
        self, utter_action: str, filled_slots: Dict[str, Any], output_channel: str, **kwargs: Any
    ) -> Optional[Dict[str, Any]]:
        """The reply, or the one that says what is not known; None for a response that the domain lacks."""
        if utter_action not in self.responses:
            return None
        variations = ResponseVariationFilter(self.responses).responses_for_utter_action(
            utter_action, output_channel, filled_slots
        )
        variations = in_language(variations, utter_action, str(filled_slots.get(LANGUAGE_SLOT) or ENGLISH))
        values = {**filled_slots, **kwargs}
        known = {name for name, value in values.items() if value is not None}
        usable = [variation for variation in variations if slots_in(variation) <= known]
        if usable:
            most = max(len(slots_in(variation)) for variation in usable)
            chosen = random.choice([variation for variation in usable if len(slots_in(variation)) == most])
            return self._fill_response(copy.deepcopy(chosen), filled_slots, **kwargs)
        if not variations or utter_action == NOT_KNOWN:
            return None
        missing = min((slots_in(variation) - known for variation in variations), key=len)
        reply = self.generate_from_slots(NOT_KNOWN, filled_slots, output_channel, **kwargs)
        return None if reply is None else {**reply, MISSING: sorted(missing)}


def slots_in(variation: Mapping[str, Any]) -> Set[str]:
    """The slots that a variation names in its text and its buttons."""
    texts = [variation.get("text") or "", *(button["title"] for button in variation.get("buttons") or [])]
    return {name for text in texts for name in _PLACEHOLDER.findall(text)}


def in_language(variations: List[Dict[str, Any]], utter_action: str, language: str) -> List[Dict[str, Any]]:
    """The reply in this language; in English where it has none."""
    if language == ENGLISH or not variations:
        return variations
    texts = responses_in(language).get(utter_action)
    buttons = [
        {**button, "title": translated(button["title"], language)} for button in variations[0].get("buttons") or []
    ]
    if texts is None:
        return variations
    return [{"text": text, **({"buttons": buttons} if buttons else {})} for text in texts]


@lru_cache(maxsize=16)
def responses_in(language: str) -> Mapping[str, Sequence[str]]:
    """The texts of every response of a language, by its name. Raises TranslationError."""
    path = i18n_folder() / language / "responses.yml"
    found: Dict[str, Sequence[str]] = {}
    for name, texts in (read_mapping(path) if path.is_file() else {}).items():
        found[name] = [texts] if isinstance(texts, str) else texts
        if not isinstance(found[name], list) or not all(isinstance(text, str) for text in found[name]):
            raise TranslationError(f"{path}: {name}: a text or a list of texts is needed")
    return found
