"""Every sentence that is said to customers stands in every language of replies."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from common.i18n.translations import (
    ENGLISH,
    FOLDER_VARIABLE,
    TranslationError,
    reply_languages,
    sentences_in,
    translated,
    translated_text,
)
from common.shop_facts import read_shop_facts
from common.shop_words import shop_words

OTHERS = [language for language in reply_languages() if language != ENGLISH]
NOT_SAID = {"actions/engine_client.py", "actions/engine_replies.py", "actions/orders/order_contents.py"}
"""Errors of the engine, and words that no reply has."""
_SENTENCE = re.compile(r"^\s?[A-Z{•].*[.:?!]$|\{\w+\}", re.DOTALL)
_NO_TEXT = re.compile(r"%s|\\[bsdw]|\(\?")
OFFERS = (Path("data/offers/demo.yml"), Path("promo_engine/shops/trail_and_tarn/demo_offers.yml"))
SHOPS = (Path("promo_engine/shops/completejourney/shop.yml"), Path("promo_engine/shops/trail_and_tarn/shop.yml"))


def literals(path: Path) -> Iterator[tuple[str, bool]]:
    """Every text of a module but docstrings and parts of f-strings, and whether `say` takes it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said: set[int] = set()
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "say":
            said.update(id(part) for argument in node.args for part in ast.walk(argument))
        if isinstance(node, ast.JoinedStr):
            left_out.update(id(part) for part in ast.walk(node))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield node.value, id(node) in said


def sentences_of_the_actions() -> set[str]:
    found: set[str] = set()
    for path in sorted(Path("actions").rglob("*.py")):
        if str(path) in NOT_SAID:
            continue
        for text, said in literals(path):
            sentence = " " in text.strip() and _SENTENCE.search(text) and not _NO_TEXT.search(text)
            if (said and re.search(r"[A-Za-z]{2}", text) and " " in text.strip()) or sentence:
                found.add(text)
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_of_the_actions_is_translated(language: str) -> None:
    said = sentences_of_the_actions()
    assert len(said) > 150
    assert sorted(said - set(sentences_in(language))) == []


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("file", SHOPS)
def test_every_fact_of_the_demo_shops_is_said_in_it(file: Path, language: str) -> None:
    words = shop_words(read_shop_facts(file), language)
    english = shop_words(read_shop_facts(file))
    assert {name for name, said in words.items() if said} == {name for name, said in english.items() if said}
    untranslated = {name: said for name, said in words.items() if said and re.search(r"[a-z]{3} [a-z]{2}", said)}
    assert untranslated == {}


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("file", OFFERS)
def test_the_demos_offers_are_shown_in_it(file: Path, language: str) -> None:
    offers = [offer for promotion in yaml.safe_load(file.read_text())["promotions"] for offer in promotion["offers"]]
    texts = [text for offer in offers for text in (offer["title"], offer["terms"])]
    assert [text for text in texts if re.search(r"[a-z]{3} [a-z]{2}", translated_text(text, language))] == []


def test_values_are_filled_in() -> None:
    assert translated("Order {number}", "zh", number="1001") == "订单 1001"
    assert translated("Nobody translated {number}.", "zh", number=7) == "Nobody translated 7."
    assert translated_text("You buy milk about every 9 days.", "zh") == "您大约每 9 天买一次牛奶。"
    assert (
        translated_text("You buy garden gnomes about every 9 days.", "zh")
        == "You buy garden gnomes about every 9 days."
    )
    assert translated_text("You buy milk about every 9 days.", "en") == "You buy milk about every 9 days."


def test_a_translation_with_another_value_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "xx" / "sentences"
    folder.mkdir(parents=True)
    (folder / "a.yml").write_text('"Order {number}": "{nummer}"\n', encoding="utf-8")
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    sentences_in.cache_clear()
    with pytest.raises(TranslationError, match="no other values than its own"):
        translated("Order {number}", "xx", number="1")
    sentences_in.cache_clear()
