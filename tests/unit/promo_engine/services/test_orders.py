from dataclasses import replace
from datetime import timedelta

import pytest

from promo_engine.bootstrap import Services
from promo_engine.domain.customers.change_requests import ChangeKind, ChangeState, ShopAnswer
from promo_engine.domain.customers.order_proof import OrderProof
from promo_engine.domain.customers.shop_orders import ShopOrderState
from promo_engine.domain.errors import Conflict, Forbidden, NotFound, TooMany
from promo_engine.services.orders.change_request_service import WantedChange
from promo_engine.services.orders.order_service import OrderView
from tests.support.small_shop import NOW

NO_PROOF = OrderProof()


async def look_up(
    services: Services,
    number: str,
    customer_id: str | None = "anna",
    *,
    proof: OrderProof = NO_PROOF,
    chat: str = "c-1",
) -> OrderView:
    return await services.orders.look_up(number, customer_id=customer_id, proof=proof, conversation_id=chat)


@pytest.mark.parametrize("number", ["o-new", "O-NEW", "# o new", "onew"])
async def test_a_customer_sees_all_of_their_order_however_its_number_is_written(
    services: Services, number: str
) -> None:
    view = await look_up(services, number)
    assert view.yours
    assert [(line.name, line.sales_cents) for line in view.lines] == [("SOFT DRINKS", 300), ("GIFT WRAP", 150)]


async def test_the_demo_s_orders_go_their_way_by_their_age(services: Services) -> None:
    states = [(await look_up(services, number)).report.state for number in ("o-new", "o-way", "o-old")]
    assert states == [ShopOrderState.PACKING, ShopOrderState.SHIPPED, ShopOrderState.DELIVERED]


async def test_who_is_not_signed_in_is_asked_for_a_proof_whatever_the_number(services: Services) -> None:
    for number in ("o-new", "nothing"):
        with pytest.raises(Forbidden) as refusal:
            await look_up(services, number, None)
        assert refusal.value.code == "proof_needed"


async def test_an_unknown_number_somebody_else_s_and_a_wrong_proof_are_answered_alike(services: Services) -> None:
    wrong = OrderProof(email="ben@example.com")
    answers = []
    for number, customer_id, proof in (
        ("nothing", "anna", NO_PROOF),
        ("o-new", "ben", NO_PROOF),
        ("o-new", None, wrong),
        ("nothing", None, wrong),
    ):
        with pytest.raises(NotFound) as refusal:
            await look_up(services, number, customer_id, proof=proof)
        answers.append((refusal.value.code, refusal.value.message.replace(number, "N"), refusal.value.field))
    assert len(set(answers)) == 1


async def test_guessing_is_slowed_down_by_number_and_by_conversation(services: Services) -> None:
    for guess in range(5):
        with pytest.raises(NotFound):
            await look_up(services, "o-new", None, proof=OrderProof(postcode=str(guess)), chat=f"c-{guess}")
    with pytest.raises(TooMany):
        await look_up(services, "# O-NEW", None, proof=OrderProof(postcode="9"), chat="c-other")
    for number in range(5):
        with pytest.raises(NotFound):
            await look_up(services, f"n-{number}", None, proof=OrderProof(postcode="9"), chat="c-same")
    with pytest.raises(TooMany):
        await look_up(services, "n-9", None, proof=OrderProof(postcode="9"), chat="c-same")
    assert (await look_up(services, "o-new")).yours, "who is signed in proves nothing, and is not slowed down"


async def test_the_newest_orders_come_first(services: Services) -> None:
    newest = await services.orders.newest_of("anna", limit=2)
    assert [view.order.order_id for view in newest] == ["o-new", "o-way"]
    assert await services.orders.newest_of("ben", limit=5) == []
    with pytest.raises(NotFound):
        await services.orders.newest_of("nobody", limit=5)


def wish(number: str, kind: ChangeKind, customer_id: str = "anna") -> WantedChange:
    return WantedChange(number, kind, customer_id, "c-1")


async def test_asking_twice_is_asking_once(services: Services) -> None:
    first = await services.change_requests.ask(wish("o-new", ChangeKind.CANCEL))
    assert first.state is ChangeState.ASKED
    assert await services.change_requests.ask(wish("# O-NEW", ChangeKind.CANCEL)) == first
    assert (await look_up(services, "o-new")).report.state is ShopOrderState.PACKING, "nothing happened yet"


@pytest.mark.parametrize(
    ("number", "kind", "state"),
    [
        ("o-new", ChangeKind.CANCEL, ShopOrderState.CANCELLED),
        ("o-old", ChangeKind.RETURN, ShopOrderState.RETURN_REQUESTED),
    ],
)
async def test_the_demo_s_shop_says_yes_at_once(
    services: Services, number: str, kind: ChangeKind, state: ShopOrderState
) -> None:
    request = await services.change_requests.ask(wish(number, kind))
    await services.change_request_sender.send_now(request.change_request_id, within_s=60)
    confirmed = await services.change_requests.read(request.change_request_id)
    assert (confirmed.state, confirmed.settled_at, confirmed.attempts) == (ChangeState.CONFIRMED, NOW, 1)
    assert confirmed.shop_reason == "This shop is a demo, so nothing real has changed."
    assert (await look_up(services, number)).report.state is state
    assert await services.change_requests.ask(wish(number, kind)) == confirmed


async def test_an_answer_that_comes_again_or_changes_its_mind_changes_nothing(services: Services) -> None:
    request = await services.change_requests.ask(wish("o-new", ChangeKind.CANCEL))
    refusal = ShopAnswer(ChangeState.REFUSED, reason="It is packed.")
    refused = await services.change_requests.answer(request.change_request_id, refusal)
    assert (refused.state, refused.shop_reason) == (ChangeState.REFUSED, "It is packed.")
    for later in (ShopAnswer(ChangeState.CONFIRMED), refusal):
        assert await services.change_requests.answer(request.change_request_id, later) == refused
    assert await services.change_request_sender.send_due() == 0


@pytest.mark.parametrize("number", ["o-way", "o-old"])
async def test_what_has_left_is_not_cancelled(services: Services, number: str) -> None:
    with pytest.raises(Conflict) as refusal:
        await services.change_requests.ask(wish(number, ChangeKind.CANCEL))
    assert refusal.value.code == "cannot_cancel"


@pytest.mark.parametrize("number", ["o-new", "o-way"])
async def test_what_has_not_arrived_is_not_returned(services: Services, number: str) -> None:
    with pytest.raises(Conflict) as refusal:
        await services.change_requests.ask(wish(number, ChangeKind.RETURN))
    assert refusal.value.code == "cannot_return"


async def test_another_customer_s_order_stays_as_it_is(services: Services) -> None:
    for number in ("o-new", "nothing"):
        with pytest.raises(NotFound) as refusal:
            await services.change_requests.ask(wish(number, ChangeKind.CANCEL, "ben"))
        assert refusal.value.code == "unknown_order"
    assert await services.change_requests.page(states=list(ChangeState), before="", limit=9) == []


async def test_the_console_s_list_goes_on_where_it_ended(services: Services) -> None:
    cancel = await services.change_requests.ask(wish("o-new", ChangeKind.CANCEL))
    back = await services.change_requests.ask(wish("o-old", ChangeKind.RETURN))
    newest, oldest = sorted([cancel, back], key=lambda request: request.change_request_id, reverse=True)
    states = [ChangeState.ASKED]
    assert await services.change_requests.page(states=states, before="", limit=1) == [newest]
    rest = await services.change_requests.page(states=states, before=newest.change_request_id, limit=1)
    assert rest == [oldest]
    assert await services.change_requests.counts() == {
        (ChangeKind.CANCEL, ChangeState.ASKED): 1,
        (ChangeKind.RETURN, ChangeState.ASKED): 1,
    }


async def test_a_failed_request_is_sent_again_when_somebody_says_so(services: Services) -> None:
    request = await services.change_requests.ask(wish("o-new", ChangeKind.CANCEL))
    with pytest.raises(Conflict) as refusal:
        await services.change_requests.retry(request.change_request_id)
    assert refusal.value.code == "not_failed"


def test_ten_tries_are_enough() -> None:
    from promo_engine.domain.customers.change_requests import ChangeRequest  # noqa: PLC0415

    request = ChangeRequest("1", "o", ChangeKind.CANCEL, NOW, "anna", next_try_at=NOW)
    pauses = []
    at = NOW
    while request.state is ChangeState.ASKED:
        request = request.begin_attempt(at)
        assert request.next_try_at is not None
        pauses.append(request.next_try_at - at)
        at = request.next_try_at
        request = request.fail_attempt("status 503")
    assert (request.attempts, request.next_try_at, request.last_error) == (10, None, "status 503")
    assert pauses[:3] == [timedelta(seconds=5), timedelta(seconds=10), timedelta(seconds=20)]
    assert max(pauses) <= timedelta(hours=1)
    assert replace(request.asked_again(at), next_try_at=None).state is ChangeState.ASKED
