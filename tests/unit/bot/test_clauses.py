"""Frames around a request, sentences of a message, and which of them counts."""

import pytest
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.encoder.bert_featurizer import READ_TEXTS
from bot.intents.clause_reader import READING, ClauseReader
from bot.intents.clauses import Choice, Reading, choose, clauses_of, read
from bot.intents.frames import bare, is_frame
from bot.intents.spelling_corrector import CORRECTED

ASIDES = ("greet", "thank", "inform_order_number")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hi, I'm Anna. where is it", "where is it"),
        ("could you please tell me when it arrives", "when it arrives"),
        ("Good evening team, do you ship to Spain, please?", "do you ship to Spain"),
        ("I was just wondering if you sell lamps, thanks a lot!", "you sell lamps"),
        ("If you don't mind, would you be so kind as to help me with this: cancel it now", "cancel it now"),
        ("sorry to bother you again, my code fails", "my code fails"),
        ("Anna Smith here, my code fails", "my code fails"),
    ],
)
def test_frames_are_taken_off(text: str, left: str) -> None:
    assert bare(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "thanks",
        "can you help me",
        "how are you",
        "I'm Upset about this",
        "where is order 12",
        "no",
        "",
        "👍",
        "你好",
    ],
)
def test_what_would_leave_nothing_stays(text: str) -> None:
    assert bare(text) == text


@pytest.mark.parametrize(
    "text",
    ["Hello there!", "Thanks so much in advance.", "my name is Anna", "...", "I'm Anna", "any help is appreciated"],
)
def test_frames_alone(text: str) -> None:
    assert is_frame(text)


@pytest.mark.parametrize(
    "text", ["where is my order", "I'm angry", "thanks, where is it", "hello world shop is closed"]
)
def test_requests_are_no_frames(text: str) -> None:
    assert not is_frame(text)


def test_sentences_are_clauses_but_for_abbreviations_and_addresses() -> None:
    assert clauses_of("My mail is a.b@example.com. It costs 3.50 e.g. today") == [
        "My mail is a.b@example.com.",
        "It costs 3.50 e.g. today",
    ]
    assert clauses_of("Hi. I'm Anna.\nWhere is my order? Thanks!") == ["Where is my order?"]


def test_frames_alone_are_read_whole() -> None:
    assert clauses_of("Hello! Thank you.") == ["Hello! Thank you."]


def test_a_message_of_one_clause_has_one_text() -> None:
    assert read("where is my order") == Reading(("where is my order",), (0,), ())


def test_a_joint_gives_two_halves_if_both_are_long_enough() -> None:
    assert read("cancel my last order and change my address").texts == (
        "cancel my last order and change my address",
        "cancel my last order",
        "change my address",
    )
    assert read("bread and butter").texts == ("bread and butter",)


THREE = Reading(("whole", "first", "second"), (1, 2), ())


def choice(reading: Reading, *guesses: tuple[str, float]) -> Choice:
    names, confidences = zip(*guesses, strict=True)
    return choose(reading, names, confidences, act=0.5, asides=ASIDES)


def test_the_last_certain_request_counts_and_all_are_named() -> None:
    assert choice(THREE, ("a", 0.4), ("a", 0.9), ("b", 0.6)) == Choice(2, (1, 2))


def test_an_aside_or_an_uncertain_clause_is_no_request() -> None:
    assert choice(THREE, ("a", 0.4), ("a", 0.9), ("inform_order_number", 0.95)) == Choice(1, ())
    assert choice(THREE, ("a", 0.4), ("a", 0.9), ("b", 0.3)) == Choice(1, ())


def test_the_whole_counts_where_it_is_surer() -> None:
    assert choice(THREE, ("c", 0.95), ("c", 0.7), ("b", 0.2)) == Choice(0, ())


def test_without_a_request_the_surest_text_counts() -> None:
    assert choice(THREE, ("a", 0.2), ("thank", 0.9), ("b", 0.3)) == Choice(1, ())
    assert choice(THREE, ("a", 0.3), ("b", 0.2), ("b", 0.3)) == Choice(0, ())


def test_halves_count_only_if_both_are_certain_and_differ() -> None:
    reading = Reading(("whole", "left", "right"), (0,), ((0, 1, 2),))
    assert choice(reading, ("a", 0.9), ("a", 0.8), ("b", 0.7)) == Choice(2, (1, 2))
    assert choice(reading, ("a", 0.9), ("a", 0.8), ("b", 0.3)) == Choice(0, ())
    assert choice(reading, ("a", 0.9), ("a", 0.8), ("a", 0.95)) == Choice(0, ())


def test_the_component_reads_the_corrected_text_and_keeps_the_typed_one() -> None:
    message = Message({TEXT: "hi, whre is it now", CORRECTED: "hi, where is it now"})
    (done,) = ClauseReader().process([message])
    assert done.get(TEXT) == "hi, whre is it now"
    assert done.get(READ_TEXTS) == ["where is it now"]
    assert isinstance(done.get(READING), Reading)
    assert "reading" not in done.as_dict(only_output_properties=True)


def test_a_story_in_one_breath_is_cut_into_parts_and_wishes_are_known() -> None:
    story = (
        "we had guests all week and the dog ran off on Tuesday, then my phone fell into the pond, and I never got round"
        " to it, so could you tell me what a delivery costs"
    )
    reading = read(story)
    assert "what a delivery costs" in [reading.texts[index] for index in reading.wishes]
    assert read("where is my order, please").pieces == ()


def test_of_a_story_the_last_certain_wish_counts() -> None:
    reading = Reading(("whole", "it broke", "a story", "what does it cost"), (0,), (), pieces=(1, 2, 3), wishes=(3,))
    guesses = ["other", "damage", "other", "price"]
    assert choose(reading, guesses, [0.9, 0.9, 0.1, 0.8], act=0.5, asides=()).main == 3
    assert choose(reading, guesses, [0.9, 0.9, 0.1, 0.2], act=0.5, asides=()).main == 0
    assert choose(reading, guesses, [0.2, 0.9, 0.1, 0.2], act=0.5, asides=()).main == 1


def test_old_fashioned_words_are_read_as_those_of_today() -> None:
    assert clauses_of("Forgive me, one last thing: might one still send it back?") == ["can i still send it back?"]
