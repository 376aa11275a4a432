import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.intents.emoji_answers import EmojiAnswerReader, read_emoji_answer

DARK, LIGHT, AS_EMOJI = "\U0001f3ff", "\U0001f3fb", "\ufe0f"


@pytest.mark.parametrize("text", ["👍", f"👍{DARK}", f"👍{LIGHT}", f"👍{AS_EMOJI}", "👍👍👍", f" 👍{DARK} 👍\n"])
def test_the_emoji_alone_is_a_yes_or_a_no(text: str) -> None:
    assert read_emoji_answer(text) == "okay"
    assert read_emoji_answer(text.replace("👍", "👎")) == "no"


@pytest.mark.parametrize("text", ["", " ", "👍👎", "great 👍", "👎 bad", "👌", DARK, AS_EMOJI, "🙂", "?", "my order"])
def test_anything_else_is_left_as_it_is(text: str) -> None:
    assert read_emoji_answer(text) == text


WORDS = {"📦❓": "where is my order", "🚚 ?": "where is my order", "🤬🤬": "I am very angry", "😂": "haha"}


@pytest.mark.parametrize(("text", "words"), WORDS.items())
def test_other_emoji_alone_are_read_as_what_they_mean(text: str, words: str) -> None:
    assert read_emoji_answer(text) == words


def test_what_is_analysed_changes_and_the_examples_do_not() -> None:
    emoji, words, button = Message({TEXT: "👍"}), Message({TEXT: "where is it 👍"}), Message({})
    read = EmojiAnswerReader().process([emoji, words, button])
    assert [message.get(TEXT) for message in read] == ["okay", "where is it 👍", None]
    examples = TrainingData([Message.build("👍", "affirm")])
    assert EmojiAnswerReader().process_training_data(examples).training_examples[0].get(TEXT) == "👍"
