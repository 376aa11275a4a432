"""What the player of tasks counts: it can fail, and a shopper says yes to nothing that was not meant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tools.service_tasks.outcomes import fits, judge
from tools.service_tasks.retail_shop import RetailShop, RetailShopError, read_retail_shop
from tools.service_tasks.scripted_shopper import PlayedTask, ScriptedShopper
from tools.service_tasks.standin_retail import Executed, RefusedError, StandInRetail

SMALL = Path(__file__).parents[2] / "support" / "small_retail"


@pytest.fixture
def shop() -> RetailShop:
    return read_retail_shop(SMALL)


def done(shop: RetailShop, number: int) -> list[Executed]:
    """A task's changes, as the shop would have made them."""
    task = shop.tasks[number]
    return [
        Executed(
            change.kind,
            change.number,
            task.user_id,
            swaps=change.swaps,
            payment_id=change.payment_id,
            address=", ".join(change.address),
            reason=change.reason,
        )
        for change in task.changes
    ]


@pytest.mark.parametrize("number", range(5))
def test_a_task_is_right_if_just_its_changes_were_made_and_confirmed(shop: RetailShop, number: int) -> None:
    task = shop.tasks[number]
    played = PlayedTask(task, confirmed=list(task.changes))
    made = done(shop, number)
    assert judge(played, made).right
    assert not judge(played, made[:-1]).right
    assert not judge(played, [*made, made[0]]).right
    assert judge(PlayedTask(task), made).unconfirmed == len(made)
    assert not fits(task.changes[0], replace(made[0], number="#W1000009"))


def test_what_stays_as_it_is_is_no_change(shop: RetailShop) -> None:
    assert shop.tasks[1].changes[0].swaps == (("l1", "l3"),)


def test_a_folder_that_is_no_shop_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RetailShopError, match=r"products\.json"):
        read_retail_shop(tmp_path)


def test_a_list_that_is_not_what_was_meant_is_not_wanted(shop: RetailShop) -> None:
    shopper = ScriptedShopper(shop, shop.tasks[1], seed=1)
    change = shop.tasks[1].changes[0]
    good = (
        "Order #W1000001:\n• Camp Lantern (black, battery): now color white, power USB\n"
        "That is $4.50 more, paid with PayPal.\nShall I ask the shop for these options?"
    )
    assert shopper.is_wanted(change, good)
    for wrong in (
        good.replace("#W1000001", "#W1000003"),
        good.replace("power USB", "power battery"),
        good.replace("Camp Lantern", "Trail Boots"),
        good.replace("these options", "this exchange"),
        good.replace("\nThat", "\n• Trail Boots (8, no): now size 9\nThat"),
    ):
        assert not shopper.is_wanted(change, wrong), wrong


REQUEST: dict[str, Any] = {
    "kind": "return",
    "number": "#W1000004",
    "customer_id": "omar_dunn",
    "lines": [{"variant_id": "f5", "quantity": 1, "new_variant_id": ""}],
    "reason": "",
    "new_address": "",
    "payment": "my gift card",
    "difference_cents": None,
}


def test_the_stand_in_does_what_its_rules_allow_and_once(shop: RetailShop) -> None:
    system = StandInRetail(shop)
    system.talking.add("omar_dunn")
    change = system.carry_out(REQUEST)
    assert (change.payment_id, change.swaps) == ("gift_1", (("f5", ""),))
    system.done.append(change)
    for changes in (
        {},
        {"kind": "cancel", "reason": "no longer needed", "lines": []},
        {"payment": "paypal", "number": "#W1000004", "kind": "exchange"},
    ):
        with pytest.raises(RefusedError):
            system.carry_out({**REQUEST, **changes})
    with pytest.raises(RefusedError):
        system.carry_out({**REQUEST, "customer_id": "ines_holt"})
    assert system.foreign == 1
