from datetime import UTC, datetime, timedelta

import pytest

from promo_engine.domain.customers.change_policy import ChangePolicy
from promo_engine.domain.customers.change_requests import ChangeKind
from promo_engine.domain.customers.demo_delivery import demo_promise, demo_state
from promo_engine.domain.customers.email_hash import email_hash
from promo_engine.domain.customers.forecast import CategoryPurchase
from promo_engine.domain.customers.order_proof import OrderProof, is_proven, postcode_hash
from promo_engine.domain.customers.order_report import OrderReport, StoredOrder, reported
from promo_engine.domain.customers.orders import Order, OrderLine, purchases_by_category
from promo_engine.domain.customers.shop_orders import Refund, Shipment, ShopOrderState

PLACED = datetime(2025, 11, 23, 11, 53, 26, tzinfo=UTC)
ORDER = Order(order_id="31198570044", customer_id="1228", placed_at=PLACED, total_cents=50, source_kind="demo")
REPORTED = Order(
    "7", "c", PLACED, 50, number="#1001", shop_state=ShopOrderState.SHIPPED, shop_updated_at=PLACED + timedelta(days=1)
)


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (timedelta(0), ShopOrderState.PACKING),
        (timedelta(hours=23, minutes=59), ShopOrderState.PACKING),
        (timedelta(days=1), ShopOrderState.SHIPPED),
        (timedelta(days=2, hours=23), ShopOrderState.SHIPPED),
        (timedelta(days=3), ShopOrderState.DELIVERED),
        (timedelta(days=33), ShopOrderState.DELIVERED),
    ],
)
def test_the_state_of_a_demo_order_follows_from_its_age(age: timedelta, state: ShopOrderState) -> None:
    assert demo_state(ORDER, PLACED + age) is state


def test_a_demo_parcel_is_promised_for_an_evening_after_it_arrives() -> None:
    assert demo_promise(ORDER) == datetime(2025, 11, 26, 18, tzinfo=UTC)
    late = Order(order_id="o", customer_id="c", placed_at=PLACED.replace(hour=20), total_cents=1)
    assert demo_promise(late) == datetime(2025, 11, 27, 18, tzinfo=UTC)


def test_a_report_says_what_the_shop_said() -> None:
    parcel = Shipment("1", "UPS", "1Z2345", "https://ups.example/1Z2345", promised_until=PLACED + timedelta(days=4))
    report = reported(StoredOrder(REPORTED, (parcel,), (Refund("r", 20),)))
    assert (report.state, report.as_of) == (ShopOrderState.SHIPPED, PLACED + timedelta(days=1))
    assert (report.promised_from, report.promised_until) == (None, PLACED + timedelta(days=4))
    assert (report.shipments, report.refunded_cents, report.delivered_at) == ((parcel,), 20, None)


def test_a_state_that_nobody_reported_is_unknown_however_old_the_order_is() -> None:
    order = Order("7", "c", PLACED, 50, source_kind="shopify-orders")
    report = reported(StoredOrder(order))
    assert (report.state, report.as_of, report.promised_until) == (ShopOrderState.UNKNOWN, None, None)


@pytest.mark.parametrize(
    ("parcels", "state"),
    [
        ((ShopOrderState.OUT_FOR_DELIVERY,), ShopOrderState.OUT_FOR_DELIVERY),
        ((ShopOrderState.DELIVERED, ShopOrderState.DELIVERED), ShopOrderState.DELIVERED),
        ((ShopOrderState.DELIVERED, ShopOrderState.SHIPPED), ShopOrderState.SHIPPED),
        ((ShopOrderState.DELIVERED, ShopOrderState.CANCELLED), ShopOrderState.DELIVERED),
        ((), ShopOrderState.SHIPPED),
    ],
)
def test_a_shipped_order_is_where_all_its_parcels_are(
    parcels: tuple[ShopOrderState, ...], state: ShopOrderState
) -> None:
    shipments = tuple(Shipment(str(number), state=parcel) for number, parcel in enumerate(parcels))
    assert reported(StoredOrder(REPORTED, shipments)).state is state


def test_an_order_is_delivered_when_its_last_parcel_is() -> None:
    first, last = (Shipment(str(day), delivered_at=PLACED + timedelta(days=day)) for day in (3, 5))
    assert reported(StoredOrder(REPORTED, (first, last))).delivered_at == PLACED + timedelta(days=5)
    assert reported(StoredOrder(REPORTED, (first, Shipment("3")))).delivered_at is None


@pytest.mark.parametrize("link", ["http://ups.example/1", ""])
def test_a_link_that_is_not_https_is_not_shown(link: str) -> None:
    (parcel,) = reported(StoredOrder(REPORTED, (Shipment("1", "UPS", "1Z", link),))).shipments
    assert (parcel.tracking_url, parcel.tracking_number) == ("", "1Z")


KNOWN = Order(
    "7",
    "c",
    PLACED,
    50,
    number="#1001",
    email_hash=email_hash("anna@example.com"),
    postcode_hash=postcode_hash("SW1A 1AA", number="#1001"),
)


@pytest.mark.parametrize(
    ("proof", "proven"),
    [
        (OrderProof(email=" Anna@Example.com"), True),
        (OrderProof(postcode="sw1a1aa"), True),
        (OrderProof(email="ben@example.com", postcode="SW1A-1AA"), True),
        (OrderProof(email="ben@example.com"), False),
        (OrderProof(postcode="SW1A 1AB"), False),
        (OrderProof(), False),
        (OrderProof(email=" ", postcode=" "), False),
    ],
)
def test_an_address_or_a_postcode_proves_an_order(proof: OrderProof, proven: bool) -> None:
    assert is_proven(KNOWN, proof) is proven


def test_nothing_proves_an_order_whose_address_nobody_knows() -> None:
    assert not is_proven(ORDER, OrderProof(email="", postcode=""))
    assert not is_proven(ORDER, OrderProof(email="anna@example.com", postcode="1"))


def test_the_same_postcode_is_another_hash_for_another_order() -> None:
    assert postcode_hash("10115", number="#1001") == postcode_hash("10115", number="1001")
    assert postcode_hash("10115", number="#1001") != postcode_hash("10115", number="#1002")
    assert postcode_hash(" - ", number="#1001") == ""


ARRIVED = OrderReport(ShopOrderState.DELIVERED, None, delivered_at=PLACED)
LINES = [OrderLine("p-0", 1, 100, name="CHEESE"), OrderLine("p-1", 1, 100, name="GIFT WRAP")]


@pytest.mark.parametrize(
    ("policy", "state", "reason"),
    [
        (ChangePolicy(), ShopOrderState.RECEIVED, None),
        (ChangePolicy(), ShopOrderState.PACKING, None),
        (ChangePolicy(), ShopOrderState.PARTLY_SHIPPED, "too_late"),
        (ChangePolicy(), ShopOrderState.DELIVERED, "too_late"),
        (ChangePolicy(), ShopOrderState.CANCELLED, "too_late"),
        (ChangePolicy(), ShopOrderState.UNKNOWN, None),
        (ChangePolicy(cancel_until=ShopOrderState.PAID), ShopOrderState.PACKING, "too_late"),
        (ChangePolicy(cancel_until=ShopOrderState.SHIPPED), ShopOrderState.SHIPPED, None),
        (ChangePolicy(cancel_until=None), ShopOrderState.RECEIVED, "never_cancelled"),
    ],
)
def test_until_when_an_order_is_cancelled_is_the_shop_s_rule(
    policy: ChangePolicy, state: ShopOrderState, reason: str | None
) -> None:
    for kind in (ChangeKind.CANCEL, ChangeKind.ADDRESS):
        assert policy.reason_against(kind, ORDER, OrderReport(state, None), LINES, at=PLACED) == reason


@pytest.mark.parametrize(
    ("policy", "state", "days", "reason"),
    [
        (ChangePolicy(return_days=30), ShopOrderState.DELIVERED, 30, None),
        (ChangePolicy(return_days=30), ShopOrderState.DELIVERED, 31, "window_over"),
        (ChangePolicy(return_days=100), ShopOrderState.DELIVERED, 31, None),
        (ChangePolicy(return_days=None), ShopOrderState.DELIVERED, 4000, None),
        (ChangePolicy(return_days=0), ShopOrderState.DELIVERED, 1, "not_taken_back"),
        (ChangePolicy(), ShopOrderState.OUT_FOR_DELIVERY, 1, "not_arrived"),
        (ChangePolicy(), ShopOrderState.SHIPPED, 1, None),
        (ChangePolicy(), ShopOrderState.PACKING, 1, "not_arrived"),
        (ChangePolicy(), ShopOrderState.CANCELLED, 1, "not_arrived"),
        (ChangePolicy(), ShopOrderState.PARTLY_REFUNDED, 1, None),
        (ChangePolicy(), ShopOrderState.UNKNOWN, 1, None),
        (ChangePolicy(not_returned=frozenset({"cheese"})), ShopOrderState.DELIVERED, 1, None),
        (ChangePolicy(not_returned=frozenset({"cheese", "gift wrap"})), ShopOrderState.DELIVERED, 1, "not_taken_back"),
    ],
)
def test_what_is_taken_back_is_the_shop_s_rule(
    policy: ChangePolicy, state: ShopOrderState, days: int, reason: str | None
) -> None:
    report = OrderReport(state, None, delivered_at=PLACED if state is ShopOrderState.DELIVERED else None)
    at = PLACED + timedelta(days=days)
    assert policy.reason_against(ChangeKind.RETURN, ORDER, report, LINES, at=at) == reason


def test_the_hours_in_which_an_order_may_be_cancelled_are_the_shop_s_rule() -> None:
    policy, packing = ChangePolicy(cancel_within=timedelta(hours=2)), OrderReport(ShopOrderState.PACKING, None)
    for minutes, reason in ((120, None), (121, "too_late")):
        at = PLACED + timedelta(minutes=minutes)
        assert policy.reason_against(ChangeKind.CANCEL, ORDER, packing, LINES, at=at) == reason


def test_a_parcel_on_its_way_is_not_returned_where_the_shop_will_say_when_it_arrives() -> None:
    for report in (
        OrderReport(ShopOrderState.SHIPPED, None, shipments=(Shipment("1"),)),
        OrderReport(ShopOrderState.SHIPPED, None, promised_until=PLACED),
    ):
        against = ChangePolicy().reason_against(ChangeKind.RETURN, ORDER, report, LINES, at=PLACED)
        assert against == "not_arrived"


def test_lines_are_summed_by_category() -> None:
    lines = [OrderLine("a", 2, 300), OrderLine("b", 1, 50), OrderLine("c", 4, 10), OrderLine("odd", 1, 9)]
    assert purchases_by_category(lines, {"a": 7, "b": 3, "c": 7, "odd": None}) == [
        CategoryPurchase(category_id=3, quantity=1, sales_cents=50),
        CategoryPurchase(category_id=7, quantity=6, sales_cents=310),
    ]
