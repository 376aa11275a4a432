"""Typing errors: what is put right, and what is left as it was typed."""

from pathlib import Path

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.intents.spelling import Spelling, spelling_of
from bot.intents.spelling_corrector import CORRECTED, SpellingCorrector
from tests.unit.bot.components import CONTEXT

SENTENCES = ["where is my order", "please cancel the order", "i want my money back", "the code is wrong"] * 12
WORDS = ("the", "cat", "order", "stain", "cause", "play", "where", "gift", "cards")
VOCABULARY = {word: 1000 + i for i, word in enumerate(WORDS)}
SPELLING = spelling_of([*SENTENCES, "ordre it", "haggle"], ["almond milk"], VOCABULARY)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("whre is my oredr", "where is my order"),
        ("Cancle it", "Cancel it"),
        ("PLAESE CANCEL", "please CANCEL"),
        ("some almnd milk?", "some almond milk?"),
        ("my ordre", "my order"),
    ],
)
def test_typing_errors_are_put_right(typed: str, read: str) -> None:
    assert SPELLING.corrected(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "stain played causes giftcards haggle",  # words, forms and compounds of them
        "ask Ordar about it",  # somebody's name
        "ordr1 ordr-x ordr@example.com www.ordr.com #ordr",
        "teh cde 31198570046 K7QF-2M9T",
        "",
        "你好 привет",
    ],
)
def test_words_names_numbers_and_codes_stay(typed: str) -> None:
    assert SPELLING.corrected(typed) == typed


def test_a_stored_spelling_says_the_same() -> None:
    again = Spelling(**SPELLING.state())  # type: ignore[arg-type]  # of JSON's types
    for text in ("whre is my oredr", "giftcards played", "my ordre", "haggle"):
        assert again.corrected(text) == SPELLING.corrected(text)


def test_the_component_leaves_the_text_as_it_was_typed(tmp_path: Path) -> None:
    storage, resource = LocalModelStorage(tmp_path), Resource("spelling")
    config = SpellingCorrector.get_default_config()
    data = TrainingData([Message({TEXT: text, "intent": "order"}) for text in SENTENCES])
    SpellingCorrector.create(config, storage, resource, CONTEXT).train(data)
    loaded = SpellingCorrector.load(config, storage, resource, CONTEXT)
    (message,) = loaded.process([Message({TEXT: "whre is my oredr"})])
    assert message.get(TEXT) == "whre is my oredr"
    assert message.get(CORRECTED) == "where is my order"
