"""Every benefit in the contract files is one that the engine writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from promo_engine.codecs.benefit_codec import benefit_from_json, benefit_to_json

CONTRACTS = Path(__file__).parents[3] / "contract"


def benefits_in(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "kind" in value.get("benefit", ()):
            yield value["benefit"]
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from benefits_in(part)


@pytest.mark.parametrize("contract", ["bot", "engine"])
def test_a_contract_shows_benefits_as_the_engine_writes_them(contract: str) -> None:
    benefits = list(benefits_in(json.loads((CONTRACTS / f"{contract}.json").read_text())))
    assert benefits
    for benefit in benefits:
        assert benefit_to_json(benefit_from_json(benefit)) == benefit
