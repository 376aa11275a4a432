"""Tasks of service on the whole bot: a small shop written by hand, and a few of a whole one where it lies nearby."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.retail_stack import play_shop
from tools.once import ROOT

SHOP = ROOT.parent / "shared" / "shops" / "tau_retail"
SMALL = Path(__file__).parents[1] / "support" / "small_retail"


def test_every_task_of_a_small_shop_is_done_as_it_was_confirmed(tmp_path: Path) -> None:
    figures = play_shop(SMALL, only="", limit=None, seeds=[1], log=tmp_path / "said.txt")
    assert figures["unconfirmed"] == figures["foreign"] == 0
    assert figures["right"] >= figures["played"] - 1, figures["wrong"]
    assert set(figures["kinds"]) == {"cancel", "return", "exchange", "items", "address", "payment"}


@pytest.mark.skipif(not SHOP.exists(), reason="the shop with tasks does not lie beside this checkout")
def test_nothing_is_done_unconfirmed_at_a_whole_shop(tmp_path: Path) -> None:
    figures = play_shop(SHOP, only="", limit=8, seeds=[3], log=tmp_path / "said.txt")
    assert figures["unconfirmed"] == figures["foreign"] == 0
    assert figures["right"] >= 6, figures["wrong"]
