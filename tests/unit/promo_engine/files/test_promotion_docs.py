"""The examples of docs/promotions.md work, and its tables name everything there is."""

import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import yaml

from promo_engine.codecs.benefit_codec import benefit_from_json, benefit_to_json
from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.domain.benefits.registry import BENEFIT_KINDS
from promo_engine.domain.conditions.conditions import names_in
from promo_engine.domain.conditions.predicates import PREDICATES
from promo_engine.files.offer_file import read_offer_file

TEXT = (Path(__file__).parents[4] / "docs" / "promotions.md").read_text(encoding="utf-8")
FILE, BENEFITS, CONDITIONS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
CATEGORIES = {"COFFEE": 0, "TEAS": 1}


def rows(*, after: str) -> list[list[str]]:
    """The cells of the first table after a heading, its own head left out."""
    table = re.search(r"\n\| .*?\n\n", TEXT[TEXT.index(after) :], re.DOTALL)
    assert table is not None
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].strip().splitlines()[2:]]


def test_the_file_is_an_offer_file(tmp_path: Path) -> None:
    path = tmp_path / "offers.yml"
    path.write_text(FILE, encoding="utf-8")
    found = read_offer_file(path, category_ids=CATEGORIES, now=datetime(2026, 11, 22, tzinfo=UTC))
    assert [offer.offer_id for offer in found.offers] == ["coffee-15", "welcome-5"]
    assert all(offer.condition is not None for offer in found.offers)


def test_every_kind_of_benefit_has_an_example_and_a_line_with_its_fields() -> None:
    examples = [benefit_from_json(item) for item in yaml.safe_load(BENEFITS)]
    assert {benefit_to_json(example)["kind"] for example in examples} == set(BENEFIT_KINDS)
    named = {kind.strip("`"): set(re.findall(r"`(\w+)`", of)) for kind, of, _ in rows(after="## Benefits")}
    assert named == {
        kind: {field.name for field in fields(item)} - {"currency"} for kind, item in BENEFIT_KINDS.items()
    }


def test_every_test_of_a_condition_has_a_line_and_many_an_example() -> None:
    examples = [
        condition_from_json(item, category_id=lambda name: CATEGORIES[str(name)]) for item in yaml.safe_load(CONDITIONS)
    ]
    assert len(frozenset().union(*map(names_in, examples))) >= 9
    named = [name for test, *_ in rows(after="`condition` is a tree") for name in re.findall(r"`(\w+)`", test)]
    assert sorted(named) == sorted(PREDICATES)
