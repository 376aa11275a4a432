"""Whatever shoppers, checkouts, keepers and time do, in any order: the books stay right. On both databases."""

import asyncio
import itertools
import shutil
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from promo_engine.bootstrap import Services, build_services
from promo_engine.domain.codes.redemptions import Redemption
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.decisions import OutcomeKind
from promo_engine.domain.errors import ServiceError
from promo_engine.domain.offers.budgets import AccountKind
from promo_engine.domain.offers.limits import Commitment, Limits
from promo_engine.domain.offers.promotions import Transition
from promo_engine.domain.pricing.baskets import BasketLine
from promo_engine.ports.models import Models
from promo_engine.services.checkout import code_service as codes
from promo_engine.services.checkout.checkout_service import Checkout, quote_json
from promo_engine.services.decisions.make_decision import DecisionRequest, Randomness
from promo_engine.services.decisions.record_outcome import Answer
from promo_engine.storage.database import open_database
from tests.soak.ledger_audit import read_books
from tests.support.fakes import AveragingPolicy, Clock, CountingCustomerModel
from tests.support.service_fixtures import RULES
from tests.support.small_shop import AUTUMN, NOW, fill_small_shop, offer
from tools.testbed.postgres import PostgresServer

FreshDatabase = Callable[[], AbstractContextManager[str]]
OFFERS = (
    offer("soft-drinks-15"),
    offer("coffee-15", category_ids=frozenset({2}), unit_cost_cents=25),
    offer("all-15", category_ids=frozenset(), unit_cost_cents=10),
)
OFFER_IDS = tuple(offer.offer_id for offer in OFFERS)
CUSTOMERS = (None, "anna", "ben", "carla", "dora", "emil")
BASKETS = (
    (BasketLine("1", "p-0", 300, quantity=2, tax_basis_points=1900), BasketLine("2", "p-2", 401)),
    (BasketLine("1", "p-2", 1), BasketLine("2", "p-0", 150)),
    (BasketLine("1", "p-0", 999, quantity=3), BasketLine("2", "p-3", 0)),
)

PLACES = st.integers(0, 9)


def _has_codes(machine: "Shopping") -> bool:
    return bool(machine.held_codes)


@dataclass(frozen=True)
class Chat:
    """A decision and whose it is."""

    decision_id: str
    conversation_id: str
    customer_id: str | None


class Shopping(RuleBasedStateMachine):
    """A shop over a fresh database. Each rule checks its own promise, the invariant all books after every step."""

    chats: Bundle[Chat] = Bundle("chats")

    def __init__(self, fresh: FreshDatabase) -> None:
        super().__init__()
        self._stack = ExitStack()
        url = self._stack.enter_context(fresh())
        self._runner = self._stack.enter_context(asyncio.Runner())
        self._numbers = itertools.count(1)
        self._clock = Clock(NOW)
        self._database = open_database(url)
        self.held_codes: list[str] = []
        self.redeemed: list[str] = []
        self._code_of: dict[str, str] = {}
        self._owner_of: dict[str, str | None] = {}
        self._order_of: dict[str, str] = {}
        self._cost_of: dict[str, tuple[int, int]] = {}
        """Uses and cents that a redemption took."""
        self._services: Services = self._run(self._open())

    def teardown(self) -> None:
        self._run(self._database.dispose())
        self._stack.close()

    async def _open(self) -> Services:
        self._storage = await fill_small_shop(self._database)
        async with self._storage.write() as unit:
            for name in CUSTOMERS[3:]:
                await unit.customers.add(str(name), demographics={}, created_at=NOW)
            await unit.catalogue.store_offers(promotions=[AUTUMN], offers=OFFERS, at=NOW)
        models = Models(CountingCustomerModel(), AveragingPolicy(no_offer_share=0.0), AveragingPolicy.from_bytes)
        services = build_services(self._storage, models=models, rules=RULES, clock=self._clock)
        await services.policies.stock(models.initial_policy)
        return services

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    def _try(self, work: Coroutine[Any, Any, Any], *refusals: str) -> Any:
        """Return what comes of it; None where it is refused for one of these reasons."""
        try:
            return self._run(work)
        except ServiceError as error:
            assert error.code in refusals, error.code
            return None

    def _held(self) -> Commitment:
        async def read() -> Commitment:
            async with self._storage.read() as unit:
                return await unit.budgets.commitment(AccountKind.PROMOTION, "autumn")

        held: Commitment = self._run(read())
        return held

    @rule(target=chats, customer_id=st.sampled_from(CUSTOMERS), position=st.integers(1, 2), seed=st.integers(0, 99))
    def decide(self, customer_id: str | None, position: int, seed: int) -> Chat | MultipleResults[Chat]:
        """Asking again gets the same decision."""
        number = next(self._numbers)
        stranger = number if customer_id is None else position
        request = DecisionRequest(
            f"{customer_id}-{stranger}", f"m-{number}", customer_id, ConversationContext("after_service")
        )
        first, again = (
            self._run(
                self._services.decisions.decide(
                    request, now=self._clock(), chance=Randomness(decision_id=uuid4(), seed=seed)
                )
            )
            for _ in range(2)
        )
        assert first == again
        if first.offer is None:
            return multiple()
        return Chat(first.decision.decision_id, request.conversation_id, customer_id)

    @rule(chat=chats)
    def accept(self, chat: Chat) -> None:
        """The same acceptance always gets the same code."""
        outcome = self._answer(
            chat,
            OutcomeKind.ACCEPTED,
            *("offer_sold_out", "offer_paused", "offer_ended", "offer_already_accepted", "outcome_conflict"),
        )
        if outcome is None:
            assert chat.decision_id not in self._code_of
            return
        assert self._code_of.setdefault(chat.decision_id, outcome.code) == outcome.code
        self._owner_of[outcome.code] = chat.customer_id
        self.held_codes.append(outcome.code)

    @rule()
    def decide_and_accept(self) -> None:
        """The usual way. Hypothesis tries rules without arguments most."""
        number = next(self._numbers)
        chat = self.decide(CUSTOMERS[number % len(CUSTOMERS)], 1, number)
        if isinstance(chat, Chat):
            self.accept(chat)

    @rule(chat=chats, answered=st.booleans())
    def expose_or_decline(self, chat: Chat, *, answered: bool) -> None:
        """The first exposure stands; who has accepted cannot decline."""
        if answered:
            self._answer(chat, OutcomeKind.DECLINED, "outcome_conflict")
            return
        first, again = (
            self._run(
                self._services.outcomes.expose(
                    chat.decision_id, conversation_id=chat.conversation_id, now=self._clock()
                )
            )
            for _ in range(2)
        )
        assert first == again

    def _answer(self, chat: Chat, kind: Answer, *refusals: str) -> Any:
        work = self._services.outcomes.record(
            chat.decision_id,
            conversation_id=chat.conversation_id,
            answer=kind,
            now=self._clock(),
            entropy=next(self._numbers),
        )
        return self._try(work, *refusals)

    @precondition(_has_codes)
    @rule()
    def redeem_newest(self) -> None:
        """The usual way."""
        self._redeem([self._code(0)], self._owner_of[self._code(0)], BASKETS[0])

    @precondition(_has_codes)
    @rule(
        places=st.lists(PLACES, min_size=1, max_size=3),
        customer_id=st.sampled_from(CUSTOMERS),
        owner=st.booleans(),
        lines=st.sampled_from(BASKETS),
    )
    def redeem_any(
        self, places: list[int], customer_id: str | None, lines: tuple[BasketLine, ...], *, owner: bool
    ) -> None:
        """Anybody tries any codes."""
        presented = [self._code(position) for position in places]
        self._redeem(presented, self._owner_of[presented[0]] if owner else customer_id, lines)

    def _code(self, position: int) -> str:
        """The newest first."""
        return self.held_codes[-1 - position % len(self.held_codes)]

    def _redeem(self, presented: list[str], customer_id: str | None, lines: tuple[BasketLine, ...]) -> None:
        """A redemption costs what its quote says and takes just that; a code goes to one order, ever."""
        checkout = Checkout(lines, "EUR", tuple(presented), customer_id=customer_id, delivery_cents=499)
        quote = self._run(self._services.checkout.quote(checkout))
        assert min(quote.total_cents, quote.delivery.after_cents, *(line.after_cents for line in quote.lines)) >= 0
        order_id, before = f"order-{next(self._numbers)}", self._held()
        refusals = ["code_not_applicable"] if quote.refused else ["budget_used_up", "offer_already_accepted"]
        redemption: Redemption | None = self._try(
            self._services.checkout.redeem(checkout, order_id=order_id, redemption_id=uuid4()), *refusals
        )
        after = self._held()
        if redemption is None:
            assert after == before
            return
        assert redemption.quote == quote_json(quote)
        applied = redemption.quote["applied"]
        assert all(self._order_of.setdefault(offer["code"], order_id) == order_id for offer in applied)
        cents = sum(offer["discount_cents"] for offer in applied)
        assert (after.spent_cents - before.spent_cents, after.uses) == (cents, before.uses)
        self._cost_of[redemption.redemption_id] = (len(applied), cents)
        again = self._run(self._services.checkout.redeem(checkout, order_id=order_id, redemption_id=uuid4()))
        assert again == redemption
        self.redeemed.append(redemption.redemption_id)

    @precondition(lambda machine: machine.redeemed)
    @rule(position=PLACES)
    def cancel(self, position: int) -> None:
        """It gives back exactly what was taken, once."""
        redemption_id = self.redeemed[position % len(self.redeemed)]
        before = self._held()
        first, again = (self._run(self._services.checkout.cancel(redemption_id)) for _ in range(2))
        assert first == again
        uses, cents = self._cost_of.pop(redemption_id, (0, 0))
        assert self._held() == replace(before, uses=before.uses - uses, spent_cents=before.spent_cents - cents)

    @precondition(_has_codes)
    @rule(position=PLACES, sure=st.integers(0, 3))
    def release(self, position: int, sure: int) -> None:
        """Now and then, or few would be redeemed."""
        if sure != 3:
            return

        async def withdraw() -> None:
            async with self._storage.write() as unit:
                await codes.release(unit, self._code(position))

        self._try(withdraw(), "code_redeemed")

    @rule(hours=st.sampled_from((1, 30, 24 * 8)), tidied=st.booleans())
    def wait(self, hours: int, *, tidied: bool) -> None:
        """Codes expire in the background, or when somebody needs what they hold."""
        self._clock.advance(timedelta(hours=hours))
        if tidied:
            self._run(self._services.codes.tidy())
            assert self._run(self._services.codes.tidy()) == 0

    @rule(
        transition=st.sampled_from((Transition.RESUME, Transition.PAUSE)), offer_id=st.sampled_from((None, *OFFER_IDS))
    )
    def pause_or_resume(self, transition: Transition, offer_id: str | None) -> None:
        """The promotion, or one of its offers."""
        service = self._services.promotions
        moving = (
            service.move("autumn", transition, expected_version=None, actor="eve")
            if offer_id is None
            else service.move_offer(offer_id, transition, expected_version=None, actor="eve")
        )
        self._try(moving, "transition_not_allowed")

    @rule(offer_id=st.sampled_from(OFFER_IDS), sure=st.integers(0, 9))
    def end(self, offer_id: str, sure: int) -> None:
        """Not too often, or nothing would be left."""
        if sure == 9:
            work = self._services.promotions.move_offer(offer_id, Transition.END, expected_version=None, actor="eve")
            self._try(work, "transition_not_allowed")

    @rule(
        offer_id=st.sampled_from((None, *OFFER_IDS)),
        max_uses=st.none() | st.integers(0, 5),
        budget_cents=st.none() | st.integers(0, 600),
    )
    def limit(self, offer_id: str | None, max_uses: int | None, budget_cents: int | None) -> None:
        """Caps can be lowered to what is out already, no further."""
        service, limits = self._services.promotions, Limits(max_uses=max_uses, budget_cents=budget_cents)
        refusals = ("uses_below_committed", "budget_below_committed", "already_ended")
        if offer_id is None:
            promotion = replace(self._run(service.view("autumn")).promotion, limits=limits)
            self._try(service.change(promotion, expected_version=None, actor="eve"), *refusals)
        else:
            managed, _ = self._run(service.offer(offer_id))
            changed = replace(managed, limits=limits)
            self._try(service.change_offer(changed, expected_version=None, actor="eve"), *refusals)

    @invariant()
    def the_books_are_right(self) -> None:
        assert self._run(read_books(self._database)).faults() == []


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> FreshDatabase:
    """Gives a migrated database of its own to each example."""
    numbers = itertools.count(1)

    @contextmanager
    def sqlite() -> Iterator[str]:
        file = tmp_path / f"engine-{next(numbers)}.db"
        shutil.copy(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite+aiosqlite:///{file}"

    @contextmanager
    def postgresql() -> Iterator[str]:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        name = f"shopping_{next(numbers)}"
        with server.janitor(name, template=request.getfixturevalue("migrated_template")):
            yield server.url(name)

    return sqlite if request.param == "sqlite" else postgresql


def test_the_books_stay_right(fresh: FreshDatabase, request: pytest.FixtureRequest) -> None:
    class FreshShopping(Shopping):
        """Hypothesis makes one for each example."""

        def __init__(self) -> None:
            super().__init__(fresh)

    few = request.node.callspec.params["fresh"] == "postgresql"
    run_state_machine_as_test(
        FreshShopping,
        settings=settings(
            max_examples=5 if few else 20,
            stateful_step_count=40,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
