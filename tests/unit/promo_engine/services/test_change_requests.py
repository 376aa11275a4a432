"""Changes of orders at a connected shop that confirms, refuses, hangs, and answers late or twice."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from promo_engine.bootstrap import Services, build_services
from promo_engine.domain.catalogue.shop_catalogue import ShopPrice, ShopProduct, ShopStock, ShopVariant
from promo_engine.domain.customers.change_requests import (
    ChangeKind,
    ChangeRequest,
    ChangeState,
    RequestedLine,
    ShopAnswer,
)
from promo_engine.domain.customers.email_hash import email_hash
from promo_engine.domain.customers.order_proof import OrderProof
from promo_engine.domain.customers.order_report import StoredOrder
from promo_engine.domain.customers.shop_orders import Shipment, ShopOrder, ShopOrderLine, ShopOrderState
from promo_engine.domain.errors import Conflict, InvalidRequest, NotFound
from promo_engine.ports.models import Models
from promo_engine.ports.shop.connected_shop_repository import ConnectedShop
from promo_engine.ports.shop.shop_access import ShopOrders, ShopUnreachableError, ShopWriteBack
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services import outbox
from promo_engine.services.orders.change_request_service import WantedChange
from tests.support.fakes import AveragingPolicy, Clock, CountingCustomerModel, MeanAttribution
from tests.support.service_fixtures import RULES
from tests.support.small_shop import NOW
from tests.support.stored_rows import StoredRows

ORDER = ShopOrder(
    order_id="7001",
    number="#1001",
    customer_id="anna",
    placed_at=NOW - timedelta(hours=3),
    currency="EUR",
    total_cents=4200,
    lines=(ShopOrderLine("Mug", 2, 4200, variant_id="MUG"),),
    state=ShopOrderState.PAID,
    shop_updated_at=NOW - timedelta(hours=3),
    email_hash=email_hash("anna@example.com"),
)
WISH = WantedChange("1001", ChangeKind.CANCEL, "anna", "c-1")


@dataclass
class ShopOnTheOtherSide:
    """Answers to requests in their order, the last one for ever; None hangs, an exception is raised."""

    answers: list[ShopAnswer | ShopUnreachableError | None] = field(default_factory=list)
    orders_now: list[ShopOrder] | ShopUnreachableError | None = None
    heard: list[ChangeRequest] = field(default_factory=list)
    questions: int = 0
    connected: bool = True

    def orders(self, shop: ConnectedShop) -> ShopOrders | None:
        return None if self.orders_now is None or shop.source_id != "web" else self

    def write_back(self, shop: ConnectedShop) -> ShopWriteBack | None:
        return self if self.connected and shop.source_id == "web" else None

    def hosted_codes(self, shop: ConnectedShop) -> None:
        return None

    async def send(self, request: ChangeRequest, stored: StoredOrder) -> ShopAnswer:
        self.heard.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, ShopUnreachableError):
            raise answer
        assert answer is not None
        return answer

    async def with_number(self, number: str) -> list[ShopOrder]:
        self.questions += 1
        if isinstance(self.orders_now, ShopUnreachableError):
            raise self.orders_now
        assert self.orders_now is not None
        return self.orders_now


@pytest.fixture
def shop() -> ShopOnTheOtherSide:
    return ShopOnTheOtherSide()


@pytest.fixture
def models(model: CountingCustomerModel, policy: AveragingPolicy) -> Models:
    return Models(
        customer_model=model,
        initial_policy=policy,
        unpack_policy=AveragingPolicy.from_bytes,
        attribution=MeanAttribution(),
    )


@pytest.fixture
async def services(
    storage: Storage, rows: StoredRows, shop: ShopOnTheOtherSide, models: Models, clock: Clock
) -> Services:
    await rows.connect_shop(ConnectedShop("web", "shopify"))
    async with storage.write() as unit:
        await unit.shop.store_orders([ORDER], source_id="web", at=NOW)
    return build_services(storage, models=models, rules=RULES, clock=clock, access=shop)


async def report(storage: Storage, **changes: object) -> None:
    """Let the shop report the order anew."""
    async with storage.write() as unit:
        order = replace(ORDER, shop_updated_at=NOW, **changes)  # type: ignore[arg-type]
        await unit.shop.store_orders([order], source_id="web", at=NOW)


async def test_the_shop_confirms_once_however_often_it_says_so(services: Services, shop: ShopOnTheOtherSide) -> None:
    shop.answers = [ShopAnswer(ChangeState.CONFIRMED, "R-1")]
    request = await services.change_requests.ask(WISH)
    assert shop.heard == [], "stored before anything is sent"
    for _ in range(2):
        await services.change_request_sender.send_due()
    confirmed = await services.change_requests.read(request.change_request_id)
    assert (confirmed.state, confirmed.shop_reference, len(shop.heard)) == (ChangeState.CONFIRMED, "R-1", 1)
    again = await services.change_requests.answer(request.change_request_id, ShopAnswer(ChangeState.CONFIRMED, "R-2"))
    assert again == confirmed
    view = await services.orders.look_up("1001", customer_id="anna")
    assert view.report.state is ShopOrderState.PAID, "the order's state stays the shop's to report"


async def test_the_shop_refuses(services: Services, shop: ShopOnTheOtherSide) -> None:
    shop.answers = [ShopAnswer(ChangeState.REFUSED, reason="It is on the van.")]
    request = await services.change_requests.ask(WISH)
    await services.change_request_sender.send_due()
    refused = await services.change_requests.read(request.change_request_id)
    assert (refused.state, refused.shop_reason) == (ChangeState.REFUSED, "It is on the van.")


async def test_a_shop_that_fails_is_asked_again_under_the_same_key(
    services: Services, shop: ShopOnTheOtherSide, clock: Clock
) -> None:
    shop.answers = [ShopUnreachableError("status 503"), ShopAnswer(ChangeState.SENT, "job")]
    request = await services.change_requests.ask(WISH)
    await services.change_request_sender.send_due()
    waiting = await services.change_requests.read(request.change_request_id)
    assert (waiting.state, waiting.attempts, waiting.last_error) == (ChangeState.ASKED, 1, "status 503")
    assert await services.change_request_sender.send_due() == 0, "not before its time"
    clock.now += timedelta(seconds=5)
    assert await services.change_request_sender.send_due() == 1
    sent = await services.change_requests.read(request.change_request_id)
    assert (sent.state, sent.shop_reference, sent.last_error) == (ChangeState.SENT, "job", "")
    assert {heard.change_request_id for heard in shop.heard} == {request.change_request_id}


async def test_a_shop_that_hangs_is_given_up_and_asked_again(
    services: Services, shop: ShopOnTheOtherSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "PATIENCE_S", 0.0)
    shop.answers = [None]
    request = await services.change_requests.ask(WISH)
    await services.change_request_sender.send_now(request.change_request_id, within_s=60)
    waiting = await services.change_requests.read(request.change_request_id)
    assert (waiting.state, waiting.attempts) == (ChangeState.ASKED, 1)
    assert "no answer" in waiting.last_error


async def test_after_ten_tries_it_failed_until_somebody_sends_it_again(
    services: Services, shop: ShopOnTheOtherSide, clock: Clock
) -> None:
    shop.answers = [ShopUnreachableError("status 503")]
    request = await services.change_requests.ask(WISH)
    for _ in range(12):
        await services.change_request_sender.send_due()
        clock.now += timedelta(hours=1)
    failed = await services.change_requests.read(request.change_request_id)
    assert (failed.state, failed.attempts, len(shop.heard)) == (ChangeState.FAILED, 10, 10)
    shop.answers = [ShopAnswer(ChangeState.CONFIRMED)]
    await services.change_requests.retry(request.change_request_id)
    await services.change_request_sender.send_due()
    assert (await services.change_requests.read(request.change_request_id)).state is ChangeState.CONFIRMED


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"state": ShopOrderState.CANCELLED}, ChangeState.CONFIRMED),
        ({"state": ShopOrderState.SHIPPED}, ChangeState.REFUSED),
        ({"state": ShopOrderState.PACKING}, ChangeState.SENT),
    ],
)
async def test_the_order_s_next_report_answers(
    services: Services, shop: ShopOnTheOtherSide, storage: Storage, changes: dict[str, object], state: ChangeState
) -> None:
    shop.answers = [ShopAnswer(ChangeState.SENT)]
    request = await services.change_requests.ask(WISH)
    await services.change_request_sender.send_due()
    await report(storage, **changes)
    await services.change_request_sender.find_answers()
    assert (await services.change_requests.read(request.change_request_id)).state is state


async def test_a_return_is_confirmed_by_the_order_s_next_report(
    services: Services, shop: ShopOnTheOtherSide, storage: Storage
) -> None:
    parcel = Shipment("1", state=ShopOrderState.DELIVERED, delivered_at=NOW)
    await report(storage, state=ShopOrderState.SHIPPED, shipments=(parcel,))
    shop.answers = [ShopAnswer(ChangeState.SENT)]
    request = await services.change_requests.ask(replace(WISH, kind=ChangeKind.RETURN))
    await services.change_request_sender.send_due()
    await report(storage, state=ShopOrderState.RETURN_REQUESTED, shipments=(parcel,))
    assert await services.change_request_sender.find_answers() == 1
    assert (await services.change_requests.read(request.change_request_id)).state is ChangeState.CONFIRMED


async def test_an_address_is_forgotten_once_the_shop_has_answered(services: Services, shop: ShopOnTheOtherSide) -> None:
    shop.answers = [ShopAnswer(ChangeState.SENT), ShopAnswer(ChangeState.CONFIRMED)]
    wish = replace(WISH, kind=ChangeKind.ADDRESS, details="1 New Street")
    request = await services.change_requests.ask(wish)
    await services.change_request_sender.send_due()
    assert (await services.change_requests.read(request.change_request_id)).details == "1 New Street"
    await services.change_requests.answer(request.change_request_id, ShopAnswer(ChangeState.CONFIRMED))
    assert (await services.change_requests.read(request.change_request_id)).details == ""


async def test_without_a_way_to_the_shop_nothing_is_stored(services: Services, shop: ShopOnTheOtherSide) -> None:
    shop.connected = False
    with pytest.raises(Conflict) as refusal:
        await services.change_requests.ask(WISH)
    assert refusal.value.code == "shop_not_connected"
    assert await services.change_requests.counts() == {}
    view = await services.orders.look_up("1001", customer_id="anna")
    against = await services.change_requests.reasons_against(view.order, view.report)
    assert against[ChangeKind.CANCEL] == "shop_not_connected"


async def test_a_way_that_went_after_the_wish_is_waited_for(services: Services, shop: ShopOnTheOtherSide) -> None:
    request = await services.change_requests.ask(WISH)
    shop.connected = False
    await services.change_request_sender.send_due()
    waiting = await services.change_requests.read(request.change_request_id)
    assert (waiting.state, waiting.attempts) == (ChangeState.ASKED, 1)
    assert "configured" in waiting.last_error


async def test_two_wishes_at_once_are_one_request(services: Services) -> None:
    first, second = await asyncio.gather(*(services.change_requests.ask(WISH) for _ in range(2)))
    assert first == second


async def test_a_guest_proves_the_order_by_its_address(services: Services) -> None:
    proof = OrderProof(email="Anna@example.com")
    view = await services.orders.look_up("#1001", customer_id=None, proof=proof)
    assert (view.order.order_id, view.yours, view.lines) == ("7001", False, ())


async def test_an_order_of_a_shop_that_says_nothing_of_it_is_not_made_up(services: Services, clock: Clock) -> None:
    clock.now += timedelta(days=30)
    view = await services.orders.look_up("#1001", customer_id="anna")
    assert (view.report.state, view.report.as_of) == (ShopOrderState.PAID, ORDER.shop_updated_at)


async def test_a_shop_that_can_be_asked_is_asked_and_not_again_for_a_minute(
    services: Services, shop: ShopOnTheOtherSide
) -> None:
    shop.orders_now = [replace(ORDER, state=ShopOrderState.PACKING, shop_updated_at=NOW)]
    for number in ("1001", "# 1001"):
        view = await services.orders.look_up(number, customer_id="anna")
        assert (view.report.state, view.report.as_of) == (ShopOrderState.PACKING, NOW)
    assert shop.questions == 1


async def test_an_order_that_nobody_reported_yet_is_found_at_the_shop(
    services: Services, shop: ShopOnTheOtherSide
) -> None:
    shop.orders_now = [replace(ORDER, order_id="7002", number="#1002", shop_updated_at=NOW)]
    assert (await services.orders.look_up("1002", customer_id="anna")).order.order_id == "7002"


async def test_a_shop_that_does_not_answer_leaves_what_it_said_before(
    services: Services, shop: ShopOnTheOtherSide
) -> None:
    shop.orders_now = ShopUnreachableError("status 503")
    view = await services.orders.look_up("1001", customer_id="anna")
    assert (view.report.state, view.report.as_of) == (ShopOrderState.PAID, ORDER.shop_updated_at)


async def test_a_person_answers_a_request_that_never_arrived(
    services: Services, shop: ShopOnTheOtherSide, clock: Clock
) -> None:
    shop.answers = [ShopUnreachableError("status 503")]
    request = await services.change_requests.ask(WISH)
    for _ in range(10):
        await services.change_request_sender.send_due()
        clock.now += timedelta(hours=1)
    answered = await services.change_requests.answer(request.change_request_id, ShopAnswer(ChangeState.REFUSED))
    assert (answered.state, answered.sent_at, answered.settled_at) == (ChangeState.REFUSED, None, clock.now)


async def test_requests_are_found_by_kind_and_by_the_number_of_their_order(
    services: Services, shop: ShopOnTheOtherSide, storage: Storage
) -> None:
    shop.answers = [ShopAnswer(ChangeState.SENT)]
    other = replace(ORDER, order_id="7002", number="#1002")
    async with storage.write() as unit:
        await unit.shop.store_orders([other], source_id="web", at=NOW)
    first = await services.change_requests.ask(replace(WISH, lines=(RequestedLine("MUG", 1),)))
    second = await services.change_requests.ask(
        replace(WISH, number="1002", kind=ChangeKind.ADDRESS, details="1 Elm St")
    )

    async def found(**wanted: object) -> set[str]:
        page = await services.change_requests.page(
            states=list(ChangeState),
            before="",
            limit=10,
            **wanted,  # type: ignore[arg-type]
        )
        return {request.change_request_id for request in page}

    assert await found() == {first.change_request_id, second.change_request_id}
    assert await found(number="# 1001") == await found(kinds=[ChangeKind.CANCEL]) == {first.change_request_id}
    assert await found(number="1002", kinds=[ChangeKind.CANCEL]) == await found(number="4711") == set()
    listed = await services.change_requests.with_numbers([second, first])
    assert [(change.number, change.request.lines) for change in listed] == [
        ("#1002", ()),
        ("#1001", (RequestedLine("MUG", 1),)),
    ]


async def test_the_shop_s_people_see_what_is_in_an_order(services: Services) -> None:
    view = await services.orders.read("7001")
    assert (view.order.number, view.report.state, len(view.lines)) == ("#1001", ShopOrderState.PAID, 1)
    with pytest.raises(NotFound) as refusal:
        await services.orders.read("7999")
    assert refusal.value.code == "unknown_order"


MUGS = ShopProduct(
    "mug",
    "Mug",
    variants=tuple(
        ShopVariant(
            name, options={"colour": colour}, prices=(ShopPrice("EUR", 2100),), stock=ShopStock(0 if sold_out else 3)
        )
        for name, colour, sold_out in (("MUG", "red", False), ("MUG-B", "blue", False), ("MUG-G", "green", True))
    ),
)


async def stock_mugs(storage: Storage) -> None:
    """Let the shop sell mugs in three colours, of which one is sold out, and report the order with its variant."""
    async with storage.write() as unit:
        await unit.shop.store_products([MUGS], source_id="web", at=NOW)
        await unit.shop.store_orders([replace(ORDER, shop_updated_at=NOW)], source_id="web", at=NOW)


def swap(new: str, *, old: str = "MUG", quantity: int = 1) -> WantedChange:
    return replace(WISH, kind=ChangeKind.ITEMS, lines=(RequestedLine(old, quantity, new),), payment="PayPal")


async def test_items_are_changed_once_and_only_to_what_the_product_is_sold_in(
    services: Services, shop: ShopOnTheOtherSide, storage: Storage
) -> None:
    shop.answers = [ShopAnswer(ChangeState.CONFIRMED)]
    await stock_mugs(storage)
    for wish, code in (
        (swap("TENT"), "no_such_option"),
        (swap("MUG-B", old="TENT"), "unknown_line"),
        (swap("MUG-B", quantity=3), "unknown_line"),
        (swap(""), "incomplete"),
        (replace(swap("MUG-B"), lines=()), "incomplete"),
    ):
        with pytest.raises(InvalidRequest) as refused:
            await services.change_requests.ask(wish)
        assert refused.value.code == code, wish
    with pytest.raises(Conflict) as sold_out:
        await services.change_requests.ask(swap("MUG-G"))
    assert sold_out.value.code == "sold_out"
    first = await services.change_requests.ask(swap("MUG-B"))
    await services.change_request_sender.send_due()
    assert await services.change_requests.page(states=list(ChangeState), before="", limit=9) == [
        await services.change_requests.read(first.change_request_id)
    ]
    again = await services.change_requests.ask(swap("MUG-B", quantity=2))
    assert again.change_request_id == first.change_request_id, "an order's items change once"
    assert [heard.lines for heard in shop.heard] == [(RequestedLine("MUG", 1, "MUG-B"),)]
    assert again.payment == "", "how it is paid is forgotten once the shop has answered"


async def test_an_address_may_change_again_but_not_twice_the_same_at_once(
    services: Services, shop: ShopOnTheOtherSide
) -> None:
    shop.answers = [ShopAnswer(ChangeState.SENT)]
    elm = replace(WISH, kind=ChangeKind.ADDRESS, details="1 Elm Street")
    first = await services.change_requests.ask(elm)
    assert (await services.change_requests.ask(elm)).change_request_id == first.change_request_id
    other = await services.change_requests.ask(replace(elm, details="2 Oak Street"))
    assert other.change_request_id != first.change_request_id
    with pytest.raises(InvalidRequest):
        await services.change_requests.ask(replace(elm, details=""))


async def test_lines_come_back_one_after_the_other_but_each_only_once(
    services: Services, shop: ShopOnTheOtherSide, storage: Storage
) -> None:
    shop.answers = [ShopAnswer(ChangeState.SENT)]
    two = (ShopOrderLine("Mug", 1, 2100, variant_id="MUG"), ShopOrderLine("Mug", 1, 2100, variant_id="MUG-B"))
    await report(storage, state=ShopOrderState.DELIVERED, lines=two)
    back = replace(WISH, kind=ChangeKind.RETURN)
    first = await services.change_requests.ask(replace(back, lines=(RequestedLine("MUG", 1),)))
    second = await services.change_requests.ask(replace(back, lines=(RequestedLine("MUG-B", 1),)))
    assert second.change_request_id != first.change_request_id
    again = await services.change_requests.ask(replace(back, lines=(RequestedLine("MUG", 1),)))
    assert again.change_request_id == first.change_request_id
