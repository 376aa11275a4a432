"""What a unit of work promises: in memory here, on both databases in tests/integration."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from promo_engine.codecs.condition_codec import condition_from_json
from promo_engine.domain.benefits.benefit import Benefit
from promo_engine.domain.benefits.bundle_price import BundlePrice, Piece
from promo_engine.domain.benefits.buy_x_get_y import BuyAndGet
from promo_engine.domain.benefits.fixed_amount import AmountOff
from promo_engine.domain.benefits.free_delivery import FreeDelivery
from promo_engine.domain.benefits.gift import Gift
from promo_engine.domain.benefits.goodwill_credit import GoodwillCredit
from promo_engine.domain.benefits.loyalty_points import LoyaltyPoints
from promo_engine.domain.benefits.percentage import PercentageOff
from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.benefits.spend_and_save import SpendAndSave, Tier
from promo_engine.domain.customers.customer_events import Purchase
from promo_engine.domain.customers.customers import StoredState
from promo_engine.domain.customers.orders import Order, OrderCount, OrderLine, Sale
from promo_engine.domain.events import DomainEvent, OfferExposed
from promo_engine.domain.learning.policy_versions import PolicyOrigin, PolicyStatus, Snapshot
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.offers import Eligibility
from promo_engine.ports.unit_of_work import Storage
from tests.support.fake_storage import ConstraintError
from tests.support.small_shop import AUTUMN, NOW, offer
from tests.support.waiting import let_others_go_on

REFUSED = (IntegrityError, ConstraintError)
EXPOSED = OfferExposed("soft-drinks-15", at=NOW)


async def test_leaving_the_block_commits(storage: Storage) -> None:
    async with storage.write() as unit:
        assert await unit.customers.add("carla", demographics={"age": "25-34"}, created_at=NOW)
    async with storage.read() as unit:
        assert await unit.customers.exists("carla")


async def test_an_error_in_the_block_rolls_back(storage: Storage) -> None:
    with pytest.raises(ZeroDivisionError):
        async with storage.write() as unit:
            await unit.customers.add("carla", demographics={}, created_at=NOW)
            raise ZeroDivisionError
    async with storage.read() as unit:
        assert not await unit.customers.exists("carla")


async def test_a_customer_is_added_once(storage: Storage) -> None:
    async with storage.write() as unit:
        assert not await unit.customers.add("anna", demographics={}, created_at=NOW)


async def test_foreign_keys_hold(storage: Storage) -> None:
    with pytest.raises(REFUSED):
        async with storage.write() as unit:
            await unit.customers.save_state("nobody", model_version="m", stored=StoredState(b"", NOW))


async def test_a_naive_time_is_refused(storage: Storage) -> None:
    with pytest.raises(Exception, match="time zone"):
        async with storage.write() as unit:
            await unit.customers.add("carla", demographics={}, created_at=datetime(2026, 1, 1))


async def test_a_state_belongs_to_one_model_version(storage: Storage) -> None:
    async with storage.write() as unit:
        for stored in (StoredState(b"old", NOW), StoredState(b"new", NOW)):
            await unit.customers.save_state("anna", model_version="m-1", stored=stored)
        assert await unit.customers.state("anna", model_version="m-1") == StoredState(b"new", NOW)
        assert await unit.customers.state("anna", model_version="m-2") is None


async def test_the_busiest_customers_come_first_with_what_they_like(storage: Storage) -> None:
    async with storage.read() as unit:
        (anna,) = await unit.customers.busiest(5)
    assert (anna.customer_id, anna.order_count, anna.last_order_number) == ("anna", 3, "o-new")
    assert anna.top_categories == ("SOFT DRINKS",)


@pytest.mark.parametrize(
    "benefit",
    [
        PercentageOff(1500),
        AmountOff(200),
        BuyAndGet(2, 1),
        FreeDelivery(),
        LoyaltyPoints(50),
        PercentageOff(1500, cap_cents=500, currency=Currency("JPY")),
        SpendAndSave((Tier(2000, 200), Tier(5000, 600)), Currency("EUR")),
        BuyAndGet(1, 1, off_basis_points=5000, max_sets=None),
        BundlePrice((Piece("p-0", 2), Piece("p-1", 1)), 500, max_sets=3),
        Gift("p-3", 2, value_cents=100),
        GoodwillCredit(500),
    ],
)
async def test_an_offer_comes_back_as_it_was_stored(storage: Storage, benefit: Benefit) -> None:
    rules = Eligibility(min_baskets=2, signed_in_only=True, bought_any_of=frozenset({1, 3}), min_basket_cents=1000)
    stored = offer(
        "x",
        benefit=benefit,
        eligibility=rules,
        scope=Scope(frozenset({0, 2}), frozenset({"p-1"}), frozenset({"Acme"})),
        condition=condition_from_json({"all": [{"segment": ["club"]}, {"not": {"category_bought": [3]}}]}),
        exclusive_group="drinks",
        priority=-3,
        margin_floor_basis_points=0,
    )
    async with storage.write() as unit:
        await unit.catalogue.store_offers(promotions=[AUTUMN], offers=[stored], at=NOW)
        assert {offer.offer_id: offer for offer in await unit.catalogue.offers()}["x"] == stored


async def test_offers_that_a_new_file_lacks_are_ended_and_kept(storage: Storage) -> None:
    async with storage.write() as unit:
        before = await unit.catalogue.stamp()
        counts = await unit.catalogue.store_offers(promotions=[AUTUMN], offers=[offer("baby-20")], at=NOW)
        ends = {offer.offer_id: offer.ends_at for offer in await unit.catalogue.offers()}
        assert await unit.catalogue.stamp() != before
    assert counts == (1, 1)
    assert ends == {"baby-20": AUTUMN.ends_at, "soft-drinks-15": NOW}


async def test_one_snapshot_of_each_model_is_live(storage: Storage) -> None:
    async with storage.write() as unit:
        assert await unit.snapshots.highest_version() == 0
        retired, live, candidate = PolicyStatus.RETIRED, PolicyStatus.LIVE, PolicyStatus.CANDIDATE
        for version, model_version, status in ((1, "a", retired), (2, "b", live), (3, "a", live), (4, "a", candidate)):
            await unit.snapshots.add(snapshot(version, model_version, status))
        stored = await unit.snapshots.live("b")
        assert stored == snapshot(2, "b", live)
        assert await unit.snapshots.live_version("a") == 3
        assert await unit.snapshots.live_version("c") is None
        assert await unit.snapshots.highest_version() == 4
        assert [day.version for day in await unit.snapshots.newest("a", limit=2)] == [4, 3]


def snapshot(version: int, model_version: str, status: PolicyStatus) -> Snapshot:
    return Snapshot(version, model_version, 0, NOW, status, PolicyOrigin.LEARNED, 1, 1, "engine", b"bytes")


async def test_two_versions_of_one_user_model_are_never_live(storage: Storage) -> None:
    with pytest.raises(REFUSED):
        async with storage.write() as unit:
            for version in (1, 2):
                await unit.snapshots.add(snapshot(version, "a", PolicyStatus.LIVE))


async def test_writers_of_one_row_wait_for_each_other(storage: Storage) -> None:
    """Without the lock both would read the same state and one step would be lost."""
    together = asyncio.Barrier(4)

    async def append() -> None:
        await together.wait()
        async with storage.write() as unit:
            await unit.customers.lock(["anna"])
            stored = await unit.customers.state("anna", model_version="m")
            longer = StoredState((stored.state if stored else b"") + b"x", NOW)
            await let_others_go_on()
            await unit.customers.save_state("anna", model_version="m", stored=longer)

    await asyncio.gather(*(append() for _ in range(4)))
    async with storage.read() as unit:
        stored = await unit.customers.state("anna", model_version="m")
    assert stored is not None
    assert stored.state == b"xxxx"


async def test_an_event_is_handed_out_after_the_commit(storage: Storage) -> None:
    handed_out: list[DomainEvent] = []
    storage.on_commit(handed_out.extend)
    async with storage.write() as unit:
        unit.publish(EXPOSED)
        assert handed_out == []
    assert handed_out == [EXPOSED]


async def test_an_event_of_what_is_rolled_back_is_not_handed_out(storage: Storage) -> None:
    handed_out: list[DomainEvent] = []
    storage.on_commit(handed_out.extend)
    with pytest.raises(ZeroDivisionError):
        async with storage.write() as unit:
            unit.publish(EXPOSED)
            raise ZeroDivisionError
    assert handed_out == []


async def test_the_events_of_joined_units_wait_for_the_outer_commit(storage: Storage) -> None:
    handed_out: list[DomainEvent] = []
    storage.on_commit(handed_out.extend)
    async with storage.joined():
        async with storage.write() as unit:
            unit.publish(EXPOSED)
        assert handed_out == []
    assert handed_out == [EXPOSED]


async def test_what_a_reader_has_opened_does_not_change(storage: Storage) -> None:
    async with storage.read() as unit:
        before = await unit.orders.count_of({"ben"})
        assert before == {}
    async with storage.write() as unit:
        await unit.orders.add([Purchase(Order("o-1", "ben", NOW, 300), (OrderLine("p-0", 1, 300),))])
    async with storage.read() as unit:
        assert await unit.orders.count_of({"ben"}) == {"ben": 1}


async def test_orders_are_counted_and_summed_page_by_page(storage: Storage) -> None:
    def bought(order_id: str, customer_id: str, days: int) -> Purchase:
        order = Order(order_id, customer_id, NOW + timedelta(days=days), 300)
        return Purchase(order, (OrderLine("p-0", 1, 300),))

    async with storage.write() as unit:
        for customer_id in ("yara", "zoe"):
            await unit.customers.add(customer_id, demographics={}, created_at=NOW)
        await unit.orders.add([bought("o-1", "zoe", 1), bought("o-2", "yara", 5), bought("o-3", "zoe", 9)])
    async with storage.read() as unit:
        assert [await unit.orders.count_page(after=after, limit=1) for after in ("x", "yara", "zoe")] == [
            [OrderCount("yara", 1, NOW + timedelta(days=5))],
            [OrderCount("zoe", 2, NOW + timedelta(days=9))],
            [],
        ]
        since = NOW + timedelta(days=5)
        assert await unit.orders.sale_page(since=since, after="", limit=1) == [Sale("o-2", since, 300, "")]
        assert [sale.order_id for sale in await unit.orders.sale_page(since=since, after="o-2", limit=9)] == ["o-3"]
