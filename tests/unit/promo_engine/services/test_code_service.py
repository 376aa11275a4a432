"""What codes hold of the caps from acceptance to their end."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from promo_engine.bootstrap import Services
from promo_engine.domain.codes.codes import CodeState, HeldCode
from promo_engine.domain.decisions.decisions import CODE_LIFETIME, Outcome
from promo_engine.domain.errors import Conflict, Forbidden, InvalidRequest, NotFound, ServiceError
from promo_engine.domain.offers.budgets import AccountKind
from promo_engine.domain.offers.limits import Commitment, Limits
from promo_engine.ports.unit_of_work import Storage, UnitOfWork
from promo_engine.services.checkout import code_service as codes
from tests.support.fakes import Clock
from tests.support.service_fixtures import Accept, Decide

OFFER, COST = "soft-drinks-15", 60
Held = Callable[[], Awaitable[tuple[Commitment, Commitment]]]


@pytest.fixture
def held(storage: Storage) -> Held:
    """What the promotion's and the offer's account hold; they have to hold the same here."""

    async def read() -> tuple[Commitment, Commitment]:
        async with storage.read() as unit:
            promotion = await unit.budgets.commitment(AccountKind.PROMOTION, "autumn")
            return promotion, await unit.budgets.commitment(AccountKind.OFFER, OFFER)

    return read


def both(*, spent: int = 0, reserved: int = 0, uses: int = 0) -> tuple[Commitment, Commitment]:
    item = Commitment(spent, reserved, uses)
    return item, item


async def limit(services: Services, **limits: Any) -> None:
    managed, _ = await services.promotions.offer(OFFER)
    changed = replace(managed, limits=Limits(**limits))
    await services.promotions.change_offer(changed, expected_version=None, actor="eve")


async def in_one(storage: Storage, work: Callable[[UnitOfWork], Awaitable[HeldCode]]) -> HeldCode:
    async with storage.write() as unit:
        return await work(unit)


@pytest.fixture
async def accepted(services: Services, decide: Decide, answer: Accept) -> Outcome:
    return await answer(await decide("m-1"))


async def test_redeemed_then_cancelled_gives_everything_back(
    accepted: Outcome, storage: Storage, clock: Clock, held: Held
) -> None:
    code = str(accepted.code)
    assert await held() == both(reserved=COST, uses=1)
    used = await in_one(storage, lambda u: codes.redeem(u, code, customer_id="anna", cost_cents=45, now=clock()))
    assert used.state is CodeState.REDEEMED
    assert await held() == both(spent=45, uses=1)
    await in_one(storage, lambda u: codes.refund(u, code, cents=20))
    assert await held() == both(spent=25, uses=1)
    for _ in range(2):  # repeating changes nothing
        cancelled = await in_one(storage, lambda u: codes.cancel(u, code))
        assert cancelled.state is CodeState.RELEASED
        assert await held() == both()


async def test_what_a_used_code_refuses(accepted: Outcome, storage: Storage, clock: Clock, held: Held) -> None:
    code = str(accepted.code)
    with pytest.raises(Conflict, match="has not been used"):
        await in_one(storage, lambda u: codes.cancel(u, code))
    with pytest.raises(Forbidden):
        await in_one(storage, lambda u: codes.redeem(u, code, customer_id="ben", cost_cents=1, now=clock()))
    await in_one(storage, lambda u: codes.redeem(u, code, customer_id="anna", cost_cents=45, now=clock()))
    before = await held()
    for refused, work in (
        (Conflict, lambda u: codes.redeem(u, code, customer_id="anna", cost_cents=45, now=clock())),
        (Conflict, lambda u: codes.release(u, code)),
        (InvalidRequest, lambda u: codes.refund(u, code, cents=46)),
        (NotFound, lambda u: codes.cancel(u, "no-such-code")),
    ):
        with pytest.raises(refused):
            await in_one(storage, work)
    assert await held() == before


async def test_a_redemption_dearer_than_the_budget_is_refused_whole(
    services: Services, accepted: Outcome, storage: Storage, clock: Clock, held: Held
) -> None:
    await limit(services, budget_cents=COST)
    with pytest.raises(Conflict) as error:
        await in_one(
            storage,
            lambda u: codes.redeem(u, str(accepted.code), customer_id="anna", cost_cents=COST + 1, now=clock()),
        )
    assert error.value.code == "budget_used_up"
    assert await held() == both(reserved=COST, uses=1)


async def test_the_last_use_goes_to_one_shopper(services: Services, decide: Decide, answer: Accept, held: Held) -> None:
    first = await decide("m-1")
    second = await decide("m-2", customer_id="ben", conversation_id="c-2")
    await limit(services, max_uses=1)
    await answer(first)
    with pytest.raises(Conflict) as error:
        await answer(second, conversation_id="c-2", entropy=8)
    assert error.value.code == "offer_sold_out"
    assert await held() == both(reserved=COST, uses=1)


async def test_an_expired_code_cannot_be_used(accepted: Outcome, storage: Storage, clock: Clock) -> None:
    clock.advance(CODE_LIFETIME)
    with pytest.raises(Conflict, match="expired"):
        await in_one(
            storage, lambda u: codes.redeem(u, str(accepted.code), customer_id="anna", cost_cents=1, now=clock())
        )


@pytest.mark.parametrize("tidied", [True, False])
async def test_a_use_comes_back_when_its_code_has_expired(
    services: Services, decide: Decide, answer: Accept, clock: Clock, *, tidied: bool
) -> None:
    """By the background round, and where that has not come yet, by the acceptance that needs the use."""
    await limit(services, max_uses=1)
    first = await decide("m-1")
    later = await decide("m-2", customer_id="ben", conversation_id="c-2")
    await answer(first)
    clock.advance(CODE_LIFETIME)
    if tidied:
        assert (await services.codes.tidy(), await services.codes.tidy()) == (1, 0)
    assert (await answer(later, conversation_id="c-2", entropy=8)).code


async def test_a_strangers_code_becomes_the_customers(
    services: Services, decide: Decide, answer: Accept, storage: Storage, clock: Clock
) -> None:
    stranger = await answer(await decide("m-1", customer_id=None))
    code = str(stranger.code)
    used = await in_one(storage, lambda u: codes.redeem(u, code, customer_id="ben", cost_cents=45, now=clock()))
    assert used.customer_id == "ben"


async def test_a_pool_hands_out_its_codes_in_order_until_it_is_empty(
    services: Services, decide: Decide, answer: Accept
) -> None:
    assert await services.codes.import_pool(OFFER, ["POOL-B", "POOL-A"]) == 2
    with pytest.raises(Conflict, match="code 2, POOL-A"):
        await services.codes.import_pool(OFFER, ["POOL-C", "POOL-A"])
    with pytest.raises(NotFound):
        await services.codes.import_pool("nothing", ["POOL-D"])
    got = []
    for number, customer in enumerate(("anna", "ben")):
        at = f"c-{number}"
        decided = await decide("m-1", customer_id=customer, conversation_id=at)
        got.append((await answer(decided, conversation_id=at)).code)
    assert got == ["POOL-B", "POOL-A"]
    stranger = await decide("m-1", customer_id=None, conversation_id="c-9")
    with pytest.raises(ServiceError, match="have been taken"):
        await answer(stranger, conversation_id="c-9")
