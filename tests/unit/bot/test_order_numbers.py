"""Order numbers of shops that write them in their own way, among everything else that has digits."""

import json
import os
from pathlib import Path

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.entities.dates import dates_in
from bot.entities.email import emails_in
from bot.entities.money import amounts_in
from bot.entities.order_numbers import UNKNOWN_SHOP, OrderNumberExtractor, compiled, order_numbers_in, patterns_in
from bot.entities.spans import without_overlaps
from tests.unit.bot.components import CONTEXT, NO_RESOURCE, NO_STORAGE

SHORT = (r"#?\s?\d{4,6}",)
"""As the engine learns it from #1001 and #10233."""
LETTERS = (r"#?\s?(?:TT)[\s./_-]?\d{6,7}",)
GROUPS = (r"#?\s?\d{3}[\s./_-]?\d{7}[\s./_-]?\d{7,8}",)


def numbers_in(text: str, patterns: tuple[str, ...]) -> list[str]:
    from datetime import datetime  # noqa: PLC0415

    others = [*emails_in(text), *amounts_in(text), *dates_in(text, now=datetime(2026, 11, 22), order="DMY")]
    entities = [found.as_entity() for found in others]
    return [found.value for found in order_numbers_in(text, compiled(patterns), entities)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("where is order #1001", ["1001"]),
        ("1001", ["1001"]),
        ("# 1001", ["1001"]),
        ("where is 1001?", ["1001"]),
        ("#1001, #10233", ["1001", "10233"]),
        ("订单1001在哪里", ["1001"]),
        ("i ordered in 2024", []),
        ("order 2024", ["2024"]),
        ("2024", ["2024"]),
        ("it cost $1001", []),
        ("1001 euros", []),
        ("order 1001 cost 1002 euros", ["1001"]),
        ("since 12/05/2026", []),
        ("call me at +49 30 12345 678", []),
        ("0171 234567 is my number", []),
        ("555-1234", []),
        ("a1001@example.com", []),
        ("zip 10115", []),
        ("my postcode is 10115", []),
        ("pin code 10115", []),
        ("do you deliver to pincode 10115?", []),
        ("10115 is my zip code", []),
        ("order 10115, zip 10117", ["10115"]),
        ("SAVE1001", []),
        ("no digits at all", []),
    ],
)
def test_short_numbers_are_told_from_other_digits(text: str, found: list[str]) -> None:
    assert numbers_in(text, SHORT) == found


@pytest.mark.parametrize(
    ("text", "patterns", "found"),
    [
        ("where is TT-100123", LETTERS, ["TT-100123"]),
        ("tt 100123 please", LETTERS, ["tt 100123"]),
        ("TT100123", LETTERS, ["TT100123"]),
        ("XTT-100123", LETTERS, []),
        ("order 302-1234567-7654321", GROUPS, ["302-1234567-7654321"]),
        ("302-1234567-7654321", GROUPS, ["302-1234567-7654321"]),
        ("302 1234567 7654321 where is it", GROUPS, ["302 1234567 7654321"]),
        ("31198570044", UNKNOWN_SHOP, ["31198570044"]),
        ("1234567890123", UNKNOWN_SHOP, ["1234567890123"]),
        ("it is 123456789012345", UNKNOWN_SHOP, ["123456789012345"]),
        ("4111111111111111", UNKNOWN_SHOP, []),
        ("where is 302-1234567-7654321", UNKNOWN_SHOP, ["302-1234567-7654321"]),
        ("deliver to pin 560034", UNKNOWN_SHOP, []),
    ],
)
def test_numbers_are_found_as_their_shop_writes_them(text: str, patterns: tuple[str, ...], found: list[str]) -> None:
    assert numbers_in(text, patterns) == found


def test_a_code_does_not_swallow_a_number() -> None:
    text = "where is TT-100123"
    code = {"entity": "discount_code", "start": 9, "end": 18, "value": "TT-100123"}
    (number,) = order_numbers_in(text, compiled(LETTERS), [code])
    assert [found["entity"] for found in without_overlaps([code, number.as_entity()])] == ["order_number"]


def read(extractor: OrderNumberExtractor, text: str) -> list[str]:
    message = Message({TEXT: text})
    extractor.process([message])
    return [entity["value"] for entity in message.get(ENTITIES)]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("1001", "inform_order_number"),
        ("# 1001", "inform_order_number"),
        ("#1001!", "inform_order_number"),
        ("where is 1001", "nlu_fallback"),
        ("1001 1002", "nlu_fallback"),
        ("101", "nlu_fallback"),
        ("1001 euros", "nlu_fallback"),
    ],
)
def test_a_number_and_nothing_else_is_an_order_s(text: str, intent: str) -> None:
    extractor = OrderNumberExtractor({"patterns": "nowhere.json"}, NO_STORAGE, NO_RESOURCE, SHORT)
    unsure = {"name": "nlu_fallback", "confidence": 0.35}
    message = Message({TEXT: text, INTENT: unsure, INTENT_RANKING_KEY: [unsure]})
    extractor.process([message])
    assert message.get(INTENT)["name"] == message.get(INTENT_RANKING_KEY)[0]["name"] == intent


def test_training_keeps_the_shop_s_patterns_in_the_model(tmp_path: Path) -> None:
    file = tmp_path / "order_numbers.json"
    file.write_text(json.dumps({"patterns": list(LETTERS), "example": "TT-100123"}))
    (tmp_path / "model").mkdir()
    storage, resource = LocalModelStorage.create(tmp_path / "model"), Resource("numbers")
    trained = OrderNumberExtractor.create({"patterns": str(file)}, storage, resource, CONTEXT)
    trained.train(TrainingData())
    loaded = OrderNumberExtractor.load({"patterns": "nowhere.json"}, storage, resource, CONTEXT)
    assert read(loaded, "where is TT-100123") == ["TT-100123"]


def test_a_shop_that_was_just_imported_is_known_without_training(tmp_path: Path) -> None:
    file = tmp_path / "order_numbers.json"
    extractor = OrderNumberExtractor({"patterns": str(file)}, NO_STORAGE, NO_RESOURCE, UNKNOWN_SHOP)
    assert read(extractor, "where is order 1001") == []
    file.write_text(json.dumps({"patterns": list(SHORT), "example": "#1001"}))
    assert read(extractor, "where is order 1001") == ["1001"]
    file.write_text(json.dumps({"patterns": [], "example": ""}))
    os.utime(file, ns=(1, 1))
    assert read(extractor, "where is order 1001") == []


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"patterns": ["("]}', '{"patterns": 7}', "\xff"])
def test_a_broken_file_leaves_everything_as_it_was(tmp_path: Path, content: str) -> None:
    file = tmp_path / "order_numbers.json"
    file.write_text(content, encoding="latin-1")
    assert patterns_in(file) == []
    extractor = OrderNumberExtractor({"patterns": str(file)}, NO_STORAGE, NO_RESOURCE, SHORT)
    assert read(extractor, "order 1001") == ["1001"]


def test_the_fingerprint_follows_the_file(tmp_path: Path) -> None:
    file = tmp_path / "order_numbers.json"
    before = OrderNumberExtractor.fingerprint_addon({"patterns": str(file)})
    file.write_text("{}")
    assert OrderNumberExtractor.fingerprint_addon({"patterns": str(file)}) != before


@pytest.mark.parametrize("text", ["1" * 10_000, "# " * 5_000, "+" * 5_000, "1 " * 5_000, "(1)-" * 3_000])
def test_no_text_takes_long(text: str) -> None:
    assert isinstance(numbers_in(text, SHORT), list)
