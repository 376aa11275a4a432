"""Known answers, and texts of every kind, for what messages name beside their intent."""

import json
import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.entities.catalogue import CatalogueExtractor
from bot.entities.dates import DateExtractor, dates_in
from bot.entities.email import EmailExtractor, emails_in
from bot.entities.money import MoneyExtractor, amounts_in
from bot.entities.order_numbers import UNKNOWN_SHOP, OrderNumberExtractor
from bot.entities.product_words import ProductFileError, ProductWords, read_names, singular
from bot.entities.quantity import QuantityExtractor, quantities_in
from bot.entities.spans import RANK, without_overlaps
from tests.unit.bot.components import CONTEXT, NO_RESOURCE, NO_STORAGE

SUNDAY = datetime(2026, 11, 22, 11, 0)
FILES = {"categories": Path("data/category_names.yml"), "products": Path("data/product_names.yml")}
PATTERNS = {  # data/nlu/entities.yml
    "discount_code": r"(?<![\w-])(?=[A-Za-z-]*\d)[A-Za-z]{2}[A-Za-z0-9]*(?:-[A-Za-z0-9]{2,}){0,2}(?![\w-])",
}


def values(found: list[Any]) -> list[Any]:
    return [entity.value for entity in found]


@pytest.mark.parametrize(
    ("text", "cents", "currency"),
    [
        ("I paid $20", 2000, "USD"),
        ("20,50 EUR please", 2050, "EUR"),
        ("1.234,56 €", 123456, "EUR"),
        ("$1,234.50 for that?", 123450, "USD"),
        ("£5 off", 500, "GBP"),
        ("ten quid", 1000, "GBP"),
        ("twenty five euros", 2500, "EUR"),
        ("two hundred dollars", 20000, "USD"),
        ("99 cents", 99, None),
        ("50p", 50, "GBP"),
        ("USD 12.99", 1299, "USD"),
        ("order 31198570044 20 euros", 2000, "EUR"),
    ],
)
def test_amounts_are_whole_cents_with_their_currency(text: str, cents: int, currency: str | None) -> None:
    assert values(amounts_in(text)) == [{"cents": cents, "currency": currency}]


@pytest.mark.parametrize(
    "text", ["12.99", "two pounds of beef", "order 31198570044", "31198570044 dollars", "$", "€ 0", "1080p", "a bucket"]
)
def test_numbers_without_a_currency_and_weights_are_no_money(text: str) -> None:
    assert amounts_in(text) == []


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I ordered it last friday", "2026-11-20"),
        ("it came on friday", "2026-11-20"),
        ("can it come on friday", "2026-11-27"),
        ("last sunday", "2026-11-15"),
        ("this sunday", "2026-11-22"),
        ("next sunday", "2026-11-29"),
        ("this weekend", "2026-11-22"),
        ("in 3 days", "2026-11-25"),
        ("two weeks ago", "2026-11-08"),
        ("yesterday", "2026-11-21"),
        ("the day after tomorrow", "2026-11-24"),
        ("tonight", "2026-11-22"),
        ("12/03/2026", "2026-03-12"),
        ("2026-11-20", "2026-11-20"),
        ("on the 12th of november", "2026-11-12"),
        ("5 november 2025", "2025-11-05"),
        ("ordered on december 3", "2025-12-03"),
        ("I need it by the 3rd", "2026-12-03"),
        ("waiting since the 31st", "2026-10-31"),
        ("12.11.", "2026-11-12"),
    ],
)
def test_days_are_seen_from_the_day_of_the_message(text: str, day: str) -> None:
    assert values(dates_in(text, now=SUNDAY)) == [day]


@pytest.mark.parametrize(
    "text", ["31.2.2026", "13/13/2026", "I may need it", "version 1.2.3", "2026-11-20-7", "3 eggs"]
)
def test_what_no_calendar_has_is_no_day(text: str) -> None:
    assert dates_in(text, now=SUNDAY) == []


def test_the_order_of_day_and_month_is_a_setting() -> None:
    assert values(dates_in("03/04/2026", now=SUNDAY, order="MDY")) == ["2026-03-04"]
    assert values(dates_in("03/04/2026", now=SUNDAY, order="DMY")) == ["2026-04-03"]


def test_a_message_that_waited_keeps_its_own_day_and_the_shops_midnight_counts() -> None:
    message = Message({TEXT: "yesterday", "metadata": {"sent_at": "2026-01-01T23:30:00Z"}})
    here, there = (DateExtractor({"timezone": zone}) for zone in ("UTC", "Europe/Berlin"))
    assert values(list(here.find("yesterday", message))) == ["2025-12-31"]
    assert values(list(there.find("yesterday", message))) == ["2026-01-01"]
    today = datetime.now(ZoneInfo("UTC")).date()
    fresh = date.fromisoformat(values(list(here.find("yesterday", Message({TEXT: "yesterday"}))))[0])
    assert today - timedelta(days=1) <= fresh <= today


@pytest.mark.parametrize("changes", [{"order": "YDM"}, {"timezone": "Nowhere/Else"}, {"timezone": 3}])
def test_a_bad_setting_of_the_dates_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfigException, match="DateExtractor: "):
        DateExtractor(changes)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("3 x milk", [3]),
        ("milk x2", [2]),
        ("two", [2]),
        ("make it 4", [4]),
        ("half a dozen boxes", [6]),
        ("two of them", [2]),
        ("5 bottles and 2 packs", [5, 2]),
        ("31198570044", []),
        ("2 days", []),
        ("i weigh 94 kg", []),
        ("94kg", []),
        ("2 kilos of apples", [2]),
        ("1/2", []),
        ("0", []),
        ("1000", []),
        ("the second one", []),
    ],
)
def test_quantities(text: str, numbers: list[int]) -> None:
    assert values(quantities_in(text)) == numbers


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("my mail is anna.b+shop@mail.example.org.", ["anna.b+shop@mail.example.org"]),
        ("x@y.de, z@w.com", ["x@y.de", "z@w.com"]),
        ("a@b", []),
        ("meet me @home", []),
    ],
)
def test_e_mail_addresses(text: str, addresses: list[str]) -> None:
    assert values(emails_in(text)) == addresses


@pytest.fixture(scope="module")
def product_words() -> ProductWords:
    return ProductWords(read_names(**FILES), known_words=["better"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("do you have soft drinks", [("category", "soft drinks", "SOFT DRINKS")]),
        ("any SOFT DRINK offers", [("category", "soft drinks", "SOFT DRINKS")]),
        ("soft drnks", [("category", "soft drinks", "SOFT DRINKS")]),
        ("bannanas", [("product", "banana", "TROPICAL FRUIT")]),
        ("strawberies and tomatos", [("product", "strawberry", "BERRIES"), ("category", "tomatoes", "TOMATOES")]),
        ("frozen pizza", [("category", "frozen pizza", "FROZEN PIZZA")]),
        ("toilet papper", [("category", "toilet paper", "BATH TISSUES")]),
        ("I like it better", []),
        ("where is my order", []),
    ],
)
def test_products_are_found_longest_first_in_spite_of_typing_errors(
    product_words: ProductWords, text: str, found: list[Any]
) -> None:
    assert [(entity.entity, entity.value, entity.more["category"]) for entity in product_words.find(text)] == found


def test_every_category_is_found_by_its_own_name(product_words: ProductWords) -> None:
    names = [name for name in product_words.names.values() if name.entity == "category"]
    assert len(names) > 250
    for name in names:
        assert [entity.value for entity in product_words.find(f"any {name.name} left?")] == [name.name]


@pytest.mark.parametrize(
    ("plural", "same"),
    [("tomatoes", "tomato"), ("berries", "berry"), ("peaches", "peach"), ("glasses", "glass"), ("boxes", "box")],
)
def test_plural_and_singular_come_to_the_same(plural: str, same: str) -> None:
    assert singular(plural) == singular(same)


@pytest.mark.parametrize(
    ("products", "reason"),
    [
        ("NO SUCH: [x]", "no such category"),
        ("A: x", "a list of words is needed"),
        ("A: [x]\nB: [x]", "x stands for A and for B"),
        ("- x", "a mapping"),
        ("A: [", "cannot be read"),
    ],
)
def test_a_wrong_file_of_products_is_told_in_one_line(tmp_path: Path, products: str, reason: str) -> None:
    (tmp_path / "c.yml").write_text("A: apples\nB: bread")
    (tmp_path / "p.yml").write_text(products)
    with pytest.raises(ProductFileError, match=reason) as caught:
        read_names(categories=tmp_path / "c.yml", products=tmp_path / "p.yml")
    assert "\n" not in str(caught.value)


def test_training_keeps_the_names_in_the_model_and_learns_words_that_are_no_typing_errors(tmp_path: Path) -> None:
    files = {name: str(path) for name, path in FILES.items()}
    storage, resource = LocalModelStorage(tmp_path), Resource("catalogue")
    sentences = TrainingData([Message({TEXT: f"is this peace{mark}", INTENT: "greet"}) for mark in ("", " now")])
    CatalogueExtractor.create(files, storage, resource, CONTEXT).train(sentences)
    nowhere = {name: "nowhere.yml" for name in files}
    message = Message({TEXT: "peace and aples"})
    CatalogueExtractor.load(nowhere, storage, resource, CONTEXT).process([message])
    assert [(entity["entity"], entity["value"]) for entity in message.get(ENTITIES)] == [("category", "apples")]


def test_the_catalogues_fingerprint_follows_its_files(tmp_path: Path) -> None:
    file = tmp_path / "c.yml"
    file.write_text("A: apples")
    before = CatalogueExtractor.fingerprint_addon({"categories": str(file)})
    file.write_text("A: pears")
    assert before != CatalogueExtractor.fingerprint_addon({"categories": str(file)})


class Pipeline:
    """The patterns of data/nlu/entities.yml, then every extractor in the order of bot/config.yml."""

    def __init__(self, product_words: ProductWords) -> None:
        catalogue = CatalogueExtractor({}, NO_STORAGE, Resource("catalogue"), product_words)
        numbers = OrderNumberExtractor({"patterns": "nowhere.json"}, NO_STORAGE, NO_RESOURCE, UNKNOWN_SHOP)
        self.extractors = [
            EmailExtractor({}),
            MoneyExtractor({}),
            DateExtractor({}),
            numbers,
            catalogue,
            QuantityExtractor({}),
        ]

    def entities(self, text: str) -> list[dict[str, Any]]:
        by_pattern = [
            {"entity": name, "start": match.start(), "end": match.end(), "value": match.group()}
            for name, pattern in PATTERNS.items()
            for match in re.finditer(pattern, text, re.IGNORECASE)
        ]
        message = Message({TEXT: text, ENTITIES: by_pattern})
        for extractor in self.extractors:
            extractor.process([message])
        found: list[dict[str, Any]] = message.get(ENTITIES)
        return found


@pytest.fixture(scope="module")
def pipeline(product_words: ProductWords) -> Pipeline:
    return Pipeline(product_words)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "mail anna99@example.org, refund 20,50 EUR for order 40217733918",
            [
                ("email", "anna99@example.org"),
                ("amount_of_money", {"cents": 2050, "currency": "EUR"}),
                ("order_number", "40217733918"),
            ],
        ),
        ("12345 euros", [("amount_of_money", {"cents": 1234500, "currency": "EUR"})]),
        ("EUR20 off", [("amount_of_money", {"cents": 2000, "currency": "EUR"})]),
        ("MAY20 does not work", [("discount_code", "MAY20")]),
        ("x2", [("quantity", 2)]),
        ("2 pounds of beef, 12 eggs", [("quantity", 2), ("category", "beef"), ("quantity", 12), ("category", "eggs")]),
        ("order 31198570044", [("order_number", "31198570044")]),
    ],
)  # fmt: skip
def test_the_same_words_are_read_once(pipeline: Pipeline, text: str, found: list[Any]) -> None:
    assert [(entity["entity"], entity["value"]) for entity in pipeline.entities(text)] == found


PIECES = [
    "31198570044", "12345", "$", "€", "20", "2,50", "x", "3 x", "euros", "eggs", "SAVE20", "a@b.de", "last friday",
    "in 3", "days", "the 31st", "29.2.", "99/99/9999", "two", "dozen", "of", "soft drinks", "\u0663", "\u202e",
    "\u200b", "😡", "may 5", "0", "-", ".", " ", "999 years ago", "in 999 years", "dec 31", "p",
]  # fmt: skip
texts = st.text(max_size=200) | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(text=texts)
@example(text="1" * 10_000)
@example(text="a@" * 5_000)
@example(text="two " * 2_500)
@example(text="soft " * 2_000)
def test_no_text_makes_an_extractor_fail_or_two_entities_overlap(pipeline: Pipeline, text: str) -> None:
    found = pipeline.entities(text) if text else []
    assert {entity["entity"] for entity in found} <= set(RANK)
    for entity, following in pairwise(found):
        assert entity["end"] <= following["start"]
    for entity in found:
        assert 0 <= entity["start"] < entity["end"] <= len(text)
        json.dumps(entity)


def test_an_entity_of_a_button_has_no_place_and_is_kept() -> None:
    button = {"entity": "order_number", "value": "4711"}
    assert without_overlaps([button, {"entity": "date", "start": 0, "end": 4, "value": "x"}])[0] == button


def test_a_message_without_day_or_money_costs_no_call_of_the_slow_parsers(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dateparser takes a hundred times as long as all patterns together."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("parsed")

    monkeypatch.setattr("bot.entities.dates.dateparser.parse", refuse)
    monkeypatch.setattr("bot.entities.money.Price.fromstring", refuse)
    text = "do you have oat milk and bananas in stock, I want 3 packs for order 31198570044"
    found = [entity["entity"] for entity in pipeline.entities(text)]
    assert sorted(found) == ["order_number", "product", "product", "quantity"]
    with pytest.raises(AssertionError, match="parsed"):
        pipeline.entities("in 3 days")
