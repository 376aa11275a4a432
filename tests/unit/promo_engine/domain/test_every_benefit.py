"""What holds for every kind of benefit: one suite over the registry, so a new kind is held to it by being listed."""

from __future__ import annotations

import json
import re
from dataclasses import MISSING, FrozenInstanceError, fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from promo_engine.api.http.schemas import ShownOffer
from promo_engine.codecs.benefit_codec import benefit_from_json, benefit_to_json
from promo_engine.codecs.written_types import written_benefit
from promo_engine.domain.benefits.benefit import Remaining, Stage
from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.benefits.registry import BENEFIT_KINDS, listed
from promo_engine.domain.money import MAX_CENTS
from promo_engine.domain.pricing.baskets import BasketLine
from promo_engine.policies.features import FEATURES
from tests.support.benefit_strategies import benefits_of

ROOT = Path(__file__).parents[4]
KINDS = pytest.mark.parametrize("kind", list(BENEFIT_KINDS))
MOST_LEFT = 5 * 5000


def _remaining(drawn: list[tuple[str, int, int, int, int, bool]]) -> tuple[Remaining, list[int]]:
    """Lines, what is left of them, their floors, and which are in scope."""
    lines = [BasketLine("l", product_id, price, quantity) for product_id, price, quantity, *_ in drawn]
    left = [row[3] % (line.full_cents + 1) for row, line in zip(drawn, lines, strict=True)]
    return Remaining(lines, left, [row[4] for row in drawn]), [index for index, row in enumerate(drawn) if row[5]]


REMAINING = st.lists(
    st.tuples(
        st.sampled_from("pqr"),
        st.integers(0, 5000),
        st.integers(1, 5),
        st.integers(0, MOST_LEFT),
        st.integers(0, 4000),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
).map(_remaining)


@KINDS
@settings(deadline=None, max_examples=50, derandomize=True)
@given(data=st.data())
def test_json_gives_the_same_benefit_back(kind: str, data: st.DataObject) -> None:
    benefit = data.draw(benefits_of(kind))
    written = json.loads(json.dumps(benefit_to_json(benefit)))
    assert benefit_from_json(written) == benefit
    assert written.pop("kind") == kind == benefit.kind
    for field in fields(benefit):
        assert (field.name in written) == (getattr(benefit, field.name) != field.default)


@KINDS
@settings(deadline=None, max_examples=25, derandomize=True)
@given(data=st.data())
def test_a_wrong_field_is_refused_in_one_line_that_names_it(kind: str, data: st.DataObject) -> None:
    benefit = data.draw(benefits_of(kind))
    written = benefit_to_json(benefit)
    with pytest.raises(ValueError, match=f"^colour: a {kind} benefit has no such field; allowed are "):
        benefit_from_json(written | {"colour": "red"})
    assert benefit_from_json(written | {"colour": None}) == benefit
    for field in fields(benefit):
        for wrong in ({"a": 1}, -1, 10**13, True, 0.5, [1]):
            with pytest.raises(ValueError, match=rf"^({field.name}|currency)\b[^\n]*$"):
                benefit_from_json(written | {field.name: wrong})
        with pytest.raises(ValueError, match=f"^{field.name}: at most {MAX_CENTS}, not {MAX_CENTS + 1}$"):
            written_benefit(written | {field.name: MAX_CENTS + 1})
        if field.default is MISSING:
            with pytest.raises(ValueError, match=f"^{field.name}: a {kind} benefit needs it$"):
                benefit_from_json({name: value for name, value in written.items() if name != field.name})


@KINDS
@settings(deadline=None, max_examples=50, derandomize=True)
@given(data=st.data())
def test_it_takes_off_what_may_go_and_no_more(kind: str, data: st.DataObject) -> None:
    benefit = data.draw(benefits_of(kind))
    of, inside = data.draw(REMAINING)
    cuts = benefit.reductions(of, inside)
    assert all(0 <= cut <= of.room(index) for index, cut in cuts.items())
    delivery = data.draw(st.integers(0, 900))
    assert 0 <= benefit.off_delivery(delivery) <= delivery
    extras = benefit.extras()
    assert extras.points >= 0
    assert extras.credit_cents >= 0
    if benefit.stage is Stage.NOTHING_OFF:
        assert not cuts
        assert benefit.off_delivery(delivery) == 0
        assert extras.points or extras.credit_cents or extras.gift


@KINDS
@settings(deadline=None, max_examples=50, derandomize=True)
@given(data=st.data())
def test_a_cent_less_on_a_line_takes_off_at_most_a_cent_less(kind: str, data: st.DataObject) -> None:
    benefit = data.draw(benefits_of(kind))
    of, inside = data.draw(REMAINING)
    index = data.draw(st.integers(0, len(of.lines) - 1))
    if not of.left[index]:
        return
    less = [*of.left]
    less[index] -= 1
    before = sum(benefit.reductions(of, inside).values())
    after = sum(benefit.reductions(replace(of, left=less), inside).values())
    rounding = len(of.lines)
    assert before - 1 - rounding <= after


@KINDS
@settings(deadline=None, max_examples=25, derandomize=True)
@given(data=st.data())
def test_its_depth_is_a_share(kind: str, data: st.DataObject) -> None:
    benefit = data.draw(benefits_of(kind))
    assert 0 <= benefit.depth(data.draw(st.integers(3000, MAX_CENTS))) <= 1


@KINDS
@settings(deadline=None, max_examples=5, derandomize=True)
@given(data=st.data())
def test_it_cannot_be_changed(kind: str, data: st.DataObject) -> None:
    benefit = data.draw(benefits_of(kind))
    with pytest.raises(FrozenInstanceError):
        setattr(benefit, fields(benefit)[0].name, 1)
    assert isinstance(benefit.stage, Stage)


def test_policies_tell_every_kind_apart() -> None:
    for kind in BENEFIT_KINDS:
        assert kind in FEATURES
        assert f"{kind}*affinity" in FEATURES


def test_the_order_of_kinds_is_that_of_stored_policies() -> None:
    """A new kind comes last: features of stored policies keep their meaning."""
    assert list(BENEFIT_KINDS)[:9] == [
        "percentage",
        "fixed_amount",
        "spend_and_save",
        "buy_x_get_y",
        "free_delivery",
        "bundle_price",
        "gift",
        "loyalty_points",
        "goodwill_credit",
    ]


def test_two_kinds_of_one_name_or_ordinal_are_refused() -> None:
    class Twin(PercentageOff):
        pass

    with pytest.raises(ValueError, match="Twin has the kind or the ordinal of another one"):
        listed([PercentageOff, Twin])


def test_a_file_is_enough_to_be_listed() -> None:
    folder = ROOT / "promo_engine" / "domain" / "benefits"
    rest = {"__init__", "benefit", "registry", "scope"}
    assert {path.stem for path in folder.glob("*.py")} - rest == set(BENEFIT_KINDS)


def test_domain_documents_openapi_and_the_editor_name_the_same_kinds() -> None:
    schema = ShownOffer.model_json_schema()["properties"]["benefit"]
    assert schema["properties"]["kind"]["enum"] == list(BENEFIT_KINDS)
    text = (ROOT / "docs" / "promotions.md").read_text(encoding="utf-8")
    section = text[text.index("## Benefits") : text.index("## Who gets it")]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == ["kind", *BENEFIT_KINDS]
    (editor,) = (ROOT / "web" / "console" / "src").rglob("BenefitFields.tsx")
    offered = re.findall(r'kind: "(\w+)"', editor.read_text(encoding="utf-8"))
    assert offered
    assert set(offered) <= set(BENEFIT_KINDS)
