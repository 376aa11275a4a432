"""Prices with codes and redemptions, on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from promo_engine.domain.baskets import BasketLine
from promo_engine.domain.budgets import AccountKind
from promo_engine.domain.decisions import CODE_LIFETIME, Outcome
from promo_engine.domain.errors import Conflict, EngineError, NotFound
from promo_engine.domain.limits import Commitment
from promo_engine.domain.promotions import Transition
from promo_engine.services.engine import Engine
from promo_engine.services.till import Checkout, quote_json
from promo_engine.storage.unit_of_work import SqlStorage
from tests.promo_engine.fakes import Clock
from tests.promo_engine.services.conftest import Accept, Decide

# 15 % of 600 cents of soft drinks; the cheese is outside the offer.
LINES = (BasketLine("1", "p-0", 300, quantity=2, tax_basis_points=1900), BasketLine("2", "p-3", 401))
DISCOUNT = 90


@pytest.fixture
async def accepted(decide: Decide, answer: Accept) -> Outcome:
    return await answer(await decide("m-1"))


@pytest.fixture
def checkout(accepted: Outcome) -> Checkout:
    return Checkout(LINES, "EUR", (str(accepted.code),), customer_id="anna", delivery_cents=499)


async def spent(storage: SqlStorage) -> Commitment:
    async with storage.read() as unit:
        return await unit.budgets.commitment(AccountKind.PROMOTION, "autumn")


async def test_a_redemption_costs_what_the_quote_said(
    engine: Engine, checkout: Checkout, storage: SqlStorage, clock: Clock
) -> None:
    typed = checkout.codes[0].lower().replace("-", " ")
    quote = await engine.till.quote(replace(checkout, codes=(typed,)))
    assert (quote.discount_cents, quote.total_cents) == (DISCOUNT, 1001 - DISCOUNT + 499)
    assert await spent(storage) == Commitment(0, 60, 1)  # a quote stores nothing
    redemption = await engine.till.redeem(checkout, order_id="w-1", redemption_id=UUID(int=1))
    assert redemption.quote == quote_json(quote)
    assert await spent(storage) == Commitment(DISCOUNT, 0, 1)
    assert await engine.till.read(redemption.redemption_id) == redemption
    clock.advance(timedelta(days=1))
    cancelled = await engine.till.cancel(redemption.redemption_id)
    assert cancelled.cancelled_at == clock()
    assert await engine.till.cancel(redemption.redemption_id) == cancelled
    assert await spent(storage) == Commitment(0, 0, 0)


async def test_asked_again_a_redemption_gets_the_same_answer(
    engine: Engine, checkout: Checkout, storage: SqlStorage
) -> None:
    """Ten at once, as a shop that lost its patience sends them."""
    asked = [engine.till.redeem(checkout, order_id="w-1", redemption_id=uuid4()) for _ in range(10)]
    got = {redemption.redemption_id for redemption in await asyncio.gather(*asked)}
    assert len(got) == 1
    assert await spent(storage) == Commitment(DISCOUNT, 0, 1)
    with pytest.raises(Conflict, match="another basket"):
        await engine.till.redeem(replace(checkout, delivery_cents=0), order_id="w-1", redemption_id=uuid4())


async def test_one_of_many_orders_gets_the_code(engine: Engine, checkout: Checkout, storage: SqlStorage) -> None:
    asked = [engine.till.redeem(checkout, order_id=f"w-{n}", redemption_id=uuid4()) for n in range(8)]
    got = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(not isinstance(one, BaseException) for one in got) == 1
    refused = [one for one in got if isinstance(one, BaseException)]
    assert all(isinstance(one, Conflict) and "used already" in one.message for one in refused), refused
    assert await spent(storage) == Commitment(DISCOUNT, 0, 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"customer_id": "ben"}, "belongs to another customer"),
        ({"customer_id": None}, "belongs to another customer"),
        ({"codes": ("0000-0000-0000-0000-0",)}, "no such code"),
        ({"codes": ("0000-0000-0000-0000-1",)}, "character of this code is wrong"),
        ({"codes": ("SUMMER",)}, "No code has the character 'U'"),
        ({"lines": LINES[1:]}, "does not change the price"),
    ],
)
async def test_a_code_that_cannot_be_used_says_why(
    engine: Engine, checkout: Checkout, storage: SqlStorage, *, change: dict[str, object], reason: str
) -> None:
    wrong = replace(checkout, **change)  # type: ignore[arg-type]
    quote = await engine.till.quote(wrong)
    assert [reason in one.reason for one in quote.refused] == [True], quote.refused
    assert quote.discount_cents == 0
    with pytest.raises(Conflict, match=reason):
        await engine.till.redeem(wrong, order_id="w-1", redemption_id=uuid4())
    assert await spent(storage) == Commitment(0, 60, 1)


async def test_what_ended_and_what_never_was(engine: Engine, checkout: Checkout, clock: Clock) -> None:
    for wrong in (replace(checkout, customer_id="nobody"), replace(checkout, currency="XXX")):
        with pytest.raises(EngineError):
            await engine.till.quote(wrong)
    with pytest.raises(NotFound):
        await engine.till.cancel(str(uuid4()))
    clock.advance(CODE_LIFETIME)
    assert [one.reason for one in (await engine.till.quote(checkout)).refused] == ["This code has expired"]


async def test_a_code_outlives_a_pause(engine: Engine, checkout: Checkout) -> None:
    """What a shopper was promised stays; a pause stops new acceptances only."""
    await engine.promotions.move("autumn", Transition.PAUSE, expected_version=None, actor="eve")
    redemption = await engine.till.redeem(checkout, order_id="w-1", redemption_id=uuid4())
    assert redemption.quote["discount_cents"] == DISCOUNT
