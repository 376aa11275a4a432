# ruff: noqa: RUF001  # full-width punctuation is what the texts are about
"""Which language a message is in, what its words mean, and that every reply can be said in every language."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.dialogue.flows import load_flows
from bot.dialogue.requests import is_denied
from bot.entities.dates import dates_in
from bot.entities.money import amounts_in
from bot.entities.quantity import quantities_in
from bot.help.help_articles import read_passages
from bot.language.detect import Detector
from bot.language.languages import load_intents, load_languages
from bot.language.reader import CLAUSES_WRITTEN, LANGUAGE, LanguageReader
from bot.language.spoken import LANGUAGE_SLOT, NOTED_SLOT, follow_language
from bot.replies import KnownFactsReplies, responses_in, slots_in
from common.i18n.translations import ENGLISH, TranslationError, i18n_folder, reply_languages, sentences_in

DOMAIN = Domain.load("bot/domain")
LANGUAGES = load_languages(i18n_folder())
DETECTOR = Detector(LANGUAGES)
OTHERS = [language for language in reply_languages() if language != ENGLISH]
NOW = datetime(2026, 11, 26, 12, 0)  # a Thursday


def gloss(text: str) -> str:
    message = Message({TEXT: text})
    LanguageReader().process([message])
    return str(message.get(TEXT))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("where is my order 123, please?", "en"),
        ("I want the red one and a big tent for two", "en"),
        ("could you do me a favor and look it up", "en"),
        ("la croix sparkling water price", "en"),
        ("我的订单呢", "zh"),
        ("my order 到哪了", "zh"),
        ("ok 谢谢", "zh"),
        ("请问 return policy 是什么", "zh"),
        ("my name is 王小明 and I would like to know where my parcel is now", "en"),
        ("wo ist meine Bestellung?", "de"),
        ("¿dónde está mi pedido?", "es"),
        ("où est ma commande ?", "fr"),
        ("merci", "fr"),
        ("注文はどこですか", "ja"),
        ("제 주문은 어디에 있나요?", "ko"),
        ("где мой заказ?", "ru"),
        ("أين طلبي؟", "ar"),
        ("ok danke, und how long can i return it?", "en"),
        ("41453094474", None),
        ("ok", None),
        ("👍", None),
        ("", None),
    ],
)
def test_the_language_of_a_message(text: str, code: str | None) -> None:
    assert DETECTOR.read(text)[0] == code


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("昨天下的单", "2026-11-25"),
        ("前天买的", "2026-11-24"),
        ("三天前的订单", "2026-11-23"),
        ("１１月２０号的那单", "2026-11-20"),
        ("2026年11月3日下单", "2026-11-03"),
        ("上周二买的", "2026-11-24"),
    ],
)
def test_days_in_chinese(text: str, day: str) -> None:
    assert [found.value for found in dates_in(gloss(text), now=NOW)] == [day]


@pytest.mark.parametrize(("text", "count"), [("三盒牛奶", 3), ("两个", 2), ("十二瓶", 12), ("要２０件", 20)])
def test_quantities_in_chinese(text: str, count: int) -> None:
    assert [found.value for found in quantities_in(gloss(text))] == [count]


def test_money_in_chinese() -> None:
    assert [found.value for found in amounts_in(gloss("不超过50块"))] == [{"cents": 5000, "currency": "CNY"}]


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("第二个", "the second one"),
        ("另一个呢？", "what about the other one"),
        ("算了", "never mind"),
        ("订单号４１４５３０９４４７４", "order number 41453094474"),
        ("取消最新的订单", "cancel the last order"),
        ("ok danke, how long can I keep it?", "ok thanks, how long can I keep it?"),
    ],
)
def test_words_stand_in_english_for_the_rules(text: str, english: str) -> None:
    assert gloss(text) == english


def test_a_change_that_chinese_words_deny_is_denied() -> None:
    flows = load_flows(Path("data/flows"))
    assert is_denied("cancel_order", gloss("我不想取消"), flows)
    assert not is_denied("cancel_order", gloss("我想取消"), flows)
    assert not is_denied("ask_for_offers", gloss("有没有优惠"), flows)


def test_english_passes_unchanged_and_costs_next_to_nothing() -> None:
    message = Message({TEXT: "where is order 41453094474?"})
    LanguageReader().process([message])
    assert message.get(TEXT) == "where is order 41453094474?" and message.get(CLAUSES_WRITTEN) is None
    assert message.get(LANGUAGE) == "en"


def test_a_message_of_two_requests_has_two_clauses() -> None:
    message = Message({TEXT: "我的订单到哪了？另外运费多少"})
    LanguageReader().process([message])
    assert [written for written, _ in message.get(CLAUSES_WRITTEN)] == ["我的订单到哪了？", "运费多少"]


@pytest.mark.parametrize("language", OTHERS)
def test_every_reply_can_be_said_in_every_language(language: str) -> None:
    known = responses_in(language)
    assert sorted(set(DOMAIN.responses) ^ set(known)) == []
    for name, variations in DOMAIN.responses.items():
        slots = [slots_in(variation) for variation in variations]
        for text in known[name]:
            assert slots_in({"text": text}) <= set().union(*slots), (name, text)
        # Where English needs no fact another language needs none either.
        assert min(map(len, slots)) >= min(len(slots_in({"text": text})) for text in known[name]), name


@pytest.mark.parametrize("language", OTHERS)
def test_every_button_has_a_title_in_every_language(language: str) -> None:
    titles = {
        button["title"]
        for variations in DOMAIN.responses.values()
        for variation in variations
        for button in variation.get("buttons") or []
    } | {flow.title for flow in load_flows(Path("data/flows")).values() if flow.title}
    assert sorted(titles - set(sentences_in(language))) == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_help_article_has_its_translation_with_the_same_facts(language: str) -> None:
    english, own = read_passages(Path("data/help")), read_passages(i18n_folder() / language / "help")
    assert {passage.article_id for passage in english} == {passage.article_id for passage in own}
    slots = re.compile(r"\{(\w+)\}")
    named = {name for passage in english for name in slots.findall(passage.text)}
    assert {name for passage in own for name in slots.findall(passage.text)} == named


def test_sentences_of_every_language_belong_to_intents() -> None:
    assert sorted(set(load_intents(i18n_folder())) - set(DOMAIN.intents)) == []


def test_replies_follow_the_slot() -> None:
    replies = KnownFactsReplies(None, DOMAIN)
    slots = {slot.name: None for slot in DOMAIN.slots}
    said = replies.generate_from_slots("utter_bot_challenge", {**slots, "language": "zh"}, "gateway")
    assert said is not None and "机器人" in said["text"]
    assert [button["title"] for button in said["buttons"]] == ["找人工客服", "你能做什么？"]


def turn(parse_language: str | None, *, locale: str = "en", **slots: str) -> list[str]:
    tracker = DialogueStateTracker.from_events(
        "c", [SlotSet(name, value) for name, value in slots.items()], DOMAIN.slots
    )
    parse: dict[str, Any] = {"intent": {"name": "greet"}, "entities": [], "text": "…", "language": parse_language}
    tracker.update(UserUttered("…", parse["intent"], [], parse, metadata={"locale": locale}), DOMAIN)  # type: ignore[arg-type]
    return [
        f"{event.key}={event.value}" if isinstance(event, SlotSet) else "said"
        for event in follow_language(tracker, DOMAIN)
    ]


def test_the_answers_follow_the_language_of_the_messages() -> None:
    assert turn("zh") == [f"{LANGUAGE_SLOT}=zh"]
    assert turn(None, language="zh") == []  # a number, a button
    assert turn("en", language="zh") == [f"{LANGUAGE_SLOT}=None"]
    assert turn(None, locale="zh-CN") == [f"{LANGUAGE_SLOT}=zh"]  # the shop's own


def test_a_language_without_replies_is_said_to_be_one_once() -> None:
    assert turn("de") == ["said", f"{NOTED_SLOT}=de"]
    assert turn("de", noted_language="de") == []


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "xx"
    folder.mkdir()
    (folder / "language.yml").write_text(yaml.safe_dump({"name": "X", "note": "n"}), encoding="utf-8")
    with pytest.raises(TranslationError, match="recognised by its letters or by its words"):
        load_languages(tmp_path)
    (folder / "language.yml").write_text(yaml.safe_dump({"words": "eins", "note": "n"}), encoding="utf-8")
    (folder / "phrases.yml").write_text("patterns: {'(': x}\n", encoding="utf-8")
    with pytest.raises(TranslationError, match="is no regular expression"):
        load_languages(tmp_path)
