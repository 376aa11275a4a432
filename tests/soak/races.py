"""Races for codes: many processes, one database, one moment. Each race returns its figures and what was broken."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from promo_engine.domain.codes.codes import new_code
from promo_engine.domain.offers.limits import Limits
from promo_engine.domain.offers.promotions import Transition
from promo_engine.services.checkout.code_service import CodeService
from tests.soak.ledger_audit import read_books
from tests.soak.soak_shop import ACTOR, PROMOTION_ID, Choice, Shop, now
from tests.soak.worker_pool import Answer, Call, WorkerPool, call

SHOPPERS = 64
Progress = Callable[[], None]


def _silent() -> None:
    return None


@dataclass
class Result:
    """Figures by name, and every promise that was broken, a line each."""

    figures: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a figure."""
        self.figures[name] = self.figures.get(name, 0) + by

    def add(self, other: Result, *, prefix: str = "") -> None:
        """Take another one's figures, under names that begin so, and what it found broken."""
        for name, number in other.figures.items():
            self.count(f"{prefix}{name}", number)
        self.broken += [f"{prefix}{line}" for line in other.broken]

    def expect(self, *, holds: bool, otherwise: str) -> None:
        """Write down what did not hold."""
        if not holds:
            self.broken.append(otherwise)

    def refuse_surprises(self, answers: Iterable[Answer], *allowed: str) -> None:
        """Write down every failure, and every refusal that is none of the allowed ones."""
        self.broken += [
            f"unexpected answer: {answer.failure or answer.refusal}"
            for answer in answers
            if answer.failure is not None or (answer.refusal is not None and answer.refusal not in allowed)
        ]


def _accept(choice: Choice, *, key: str | None = None) -> Call:
    return call("accept", decision_id=choice.decision_id, conversation_id=choice.conversation_id, key=key)


async def last_code(shop: Shop, worker_pool: WorkerPool, *, rounds: int, progress: Progress = _silent) -> Result:
    """Let 64 shoppers accept one last code, again and again: exactly one may win.

    What makes it the last one changes from round to round: a cap that was raised by one, the only use that came
    back with a withdrawn code, a pool with one code. Half of the shoppers are anonymous customers. Who loses has
    taken nothing, and comes again in the next round.
    """
    result = Result({"last_code_rounds": 0, "last_code_winners": 0})
    services = CodeService(shop.storage, clock=now)
    customers = await shop.add_customers(SHOPPERS // 2 + rounds)
    newcomers = iter(customers[SHOPPERS // 2 :])
    crowds: dict[str, list[Choice]] = {}
    for offer_id in ("last-use", "last-of-pool"):
        await shop.add_offer(offer_id)
        crowds[offer_id] = await shop.propose(offer_id, [*[None] * (SHOPPERS // 2), *customers[: SHOPPERS // 2]])
    cap, latest = 0, None
    for number in range(rounds):
        offer_id = "last-of-pool" if number % 3 == 2 else "last-use"
        if offer_id == "last-of-pool":
            await services.import_pool(offer_id, [new_code(number)])
        elif number % 3 == 1 and latest is not None:
            released = worker_pool.at_once([call("release", code=latest)])
            result.refuse_surprises(released)
        else:
            cap += 1
            await shop.limit(offer_id, Limits(max_uses=cap))
        crowd = crowds[offer_id]
        answers = worker_pool.at_once([_accept(choice) for choice in crowd])
        winners = [position for position, answer in enumerate(answers) if answer.value is not None]
        result.count("last_code_rounds")
        result.count("last_code_winners", len(winners))
        result.expect(holds=len(winners) == 1, otherwise=f"round {number}: {len(winners)} shoppers got the last code")
        result.refuse_surprises(answers, "offer_sold_out")
        for position in winners:
            crowd[position] = (await shop.propose(offer_id, [next(newcomers) if number % 2 else None]))[0]
            if offer_id == "last-use":
                latest = answers[position].value
        progress()
    result.broken += (await read_books(shop.database)).faults()
    return result


async def replays(
    shop: Shop, worker_pool: WorkerPool, *, accepts: int, times: int = 10, progress: Progress = _silent
) -> Result:
    """Send every acceptance so many times at once, half of them under an Idempotency-Key: one grant each."""
    result = Result({"replayed_accepts": 0, "replays_sent": 0, "grants": 0})
    await shop.add_offer("replayed", Limits(max_uses=accepts))
    together = 20
    for start in range(0, accepts, together):
        choices = await shop.propose("replayed", [None] * min(together, accepts - start))
        calls = [
            _accept(choice, key=choice.decision_id if number % 2 else None)
            for number, choice in enumerate(choices)
            for _ in range(times)
        ]
        answers = worker_pool.at_once(calls)
        result.refuse_surprises(answers)
        granted = (await read_books(shop.database)).granted
        for number, choice in enumerate(choices):
            got = {answer.value for answer in answers[number * times : (number + 1) * times]}
            result.expect(
                holds=got == {granted.get(choice.decision_id)},
                otherwise=f"{times} times the same acceptance gave {got}, stored is {granted.get(choice.decision_id)}",
            )
            result.count("replayed_accepts")
            progress()
        result.count("replays_sent", len(calls))
    books = await read_books(shop.database)
    grants = sum(row.offer_id == "replayed" for row in books.codes)
    result.count("grants", grants)
    result.expect(holds=grants == accepts, otherwise=f"{accepts} acceptances gave {grants} codes")
    result.broken += books.faults()
    return result


async def pauses(shop: Shop, worker_pool: WorkerPool, *, rounds: int, progress: Progress = _silent) -> Result:
    """Pause the promotion while 15 shoppers accept: once the pause is done, no acceptance follows."""
    result = Result({"pause_rounds": 0, "accepted_before_pause": 0})
    await shop.add_offer("paused")
    for number in range(rounds):
        choices = await shop.propose("paused", [None] * 15)
        calls = [_accept(choice) for choice in choices]
        worker_pool.at_once([call("warm")] * worker_pool.size)
        # Its place among the calls is the place of its process, so each process is the pausing one now and then.
        calls.insert(number % 16, call("pause", count_of="paused"))
        answers = worker_pool.at_once(calls)
        at_pause = answers.pop(number % 16)
        result.refuse_surprises([at_pause])
        result.refuse_surprises(answers, "offer_paused")
        codes = [row for row in (await read_books(shop.database)).codes if row.offer_id == "paused"]
        result.expect(
            holds=len(codes) == at_pause.value,
            otherwise=f"round {number}: {at_pause.value} codes when the pause was done, {len(codes)} later",
        )
        result.count("pause_rounds")
        result.count("accepted_before_pause", sum(answer.value is not None for answer in answers))
        await shop.promotions.move(PROMOTION_ID, Transition.RESUME, expected_version=None, actor=ACTOR)
        progress()
    result.broken += (await read_books(shop.database)).faults()
    return result


async def give_backs(shop: Shop, worker_pool: WorkerPool, *, rounds: int, progress: Progress = _silent) -> Result:
    """Give the only use back, by a withdrawn code or a cancelled order, while 15 accept: one at most gets it."""
    result = Result({"give_back_rounds": 0, "taken_at_once": 0})
    await shop.add_offer("given-back", Limits(max_uses=1))
    crowd = await shop.propose("given-back", [None] * 16)
    held = worker_pool.at_once([_accept(crowd.pop())])[0]
    for number in range(rounds):
        if number % 2:
            order = worker_pool.at_once([call("redeem", codes=[held.value], order_id=f"given-back-{number}")])
            result.refuse_surprises(order)
            giving = call("cancel", redemption_id=order[0].value)
        else:
            giving = call("release", code=held.value)
        calls = [_accept(choice) for choice in crowd]
        calls.insert(number % 16, giving)
        answers = worker_pool.at_once(calls)
        result.refuse_surprises([answers.pop(number % 16)])
        result.refuse_surprises(answers, "offer_sold_out")
        winners = [position for position, answer in enumerate(answers) if answer.value is not None]
        result.expect(holds=len(winners) <= 1, otherwise=f"round {number}: {len(winners)} got one use")
        if winners:
            result.count("taken_at_once")
            held = answers[winners[0]]
        else:
            winners = [0]
            held = worker_pool.at_once([_accept(crowd[0])])[0]
            result.expect(holds=held.value is not None, otherwise=f"round {number}: the use did not come back")
        crowd[winners[0]] = (await shop.propose("given-back", [None]))[0]
        result.count("give_back_rounds")
        progress()
    result.broken += (await read_books(shop.database)).faults()
    return result


async def checkouts(shop: Shop, worker_pool: WorkerPool, *, rounds: int, progress: Progress = _silent) -> Result:
    """Let eight orders redeem the same two codes, typed in either case and order: one order gets both."""
    result = Result({"checkout_rounds": 0, "checkout_winners": 0})
    for offer_id in ("checkout-a", "checkout-b"):
        await shop.add_offer(offer_id)
    for number in range(rounds):
        choices = [(await shop.propose(f"checkout-{letter}", [None]))[0] for letter in "ab"]
        accepted = worker_pool.at_once([_accept(choice) for choice in choices])
        result.refuse_surprises(accepted)
        item, other = (str(answer.value) for answer in accepted)
        spellings = ([item, other.lower()], [item.lower(), other], [other, item], [other.lower(), item.lower()])
        calls = [
            call("redeem", codes=spellings[order % 4], order_id=f"checkout-{number}-{order}") for order in range(8)
        ]
        answers = worker_pool.at_once(calls)
        result.refuse_surprises(answers, "code_not_applicable")
        winners = sum(answer.value is not None for answer in answers)
        result.expect(holds=winners == 1, otherwise=f"round {number}: {winners} orders redeemed one code")
        result.count("checkout_rounds")
        result.count("checkout_winners", winners)
        progress()
    result.broken += (await read_books(shop.database)).faults()
    return result


async def one_customer(shop: Shop, worker_pool: WorkerPool, *, rounds: int, progress: Progress = _silent) -> Result:
    """Let one customer do everything at once: accept an offer in two chats, and redeem a code got as an anonymous
    customer.

    The code is of that same offer, so that one of the three has it at the end; beside them an order with a code of
    another offer goes through.
    """
    result = Result({"one_customer_rounds": 0})
    for offer_id in ("once-each", "beside"):
        await shop.add_offer(offer_id)
    customers = await shop.add_customers(rounds)
    for number, customer in enumerate(customers):
        as_stranger, *signed_in = await shop.propose("once-each", [None, customer, customer])
        beside = (await shop.propose("beside", [customer]))[0]
        got = worker_pool.at_once([_accept(as_stranger), _accept(beside)])
        result.refuse_surprises(got)
        answers = worker_pool.at_once(
            [
                *(_accept(choice) for choice in signed_in),
                call("redeem", codes=[got[0].value], order_id=f"stranger-{number}", customer_id=customer),
                call("redeem", codes=[got[1].value], order_id=f"beside-{number}", customer_id=customer),
            ]
        )
        result.refuse_surprises(answers, "offer_already_accepted")
        had = sum(answer.value is not None for answer in answers[:3])
        result.expect(holds=had == 1, otherwise=f"round {number}: a customer has {had} codes of one offer")
        result.expect(holds=answers[3].value is not None, otherwise=f"round {number}: the order beside was refused")
        result.count("one_customer_rounds")
        progress()
    result.broken += (await read_books(shop.database)).faults()
    return result
