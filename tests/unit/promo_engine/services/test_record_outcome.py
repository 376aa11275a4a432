import asyncio
from datetime import timedelta

import pytest

from promo_engine.bootstrap import Services
from promo_engine.domain.codes.codes import is_code
from promo_engine.domain.decisions.decisions import OutcomeKind
from promo_engine.domain.errors import Conflict, Forbidden, NotFound, ServiceError
from tests.support.fakes import Clock
from tests.support.service_fixtures import Accept, Decide
from tests.support.small_shop import NOW
from tests.support.stored_rows import StoredRows


async def counts(rows: StoredRows) -> tuple[int, int]:
    """Outcomes and codes that are stored."""
    return await rows.count("outcomes"), await rows.count("codes")


async def test_acceptance_is_rewarded_and_reserves_a_code(decide: Decide, answer: Accept, services: Services) -> None:
    decided = await decide()
    outcome = await answer(decided)
    assert (outcome.reward, outcome.recorded_at) == (1.0, NOW)
    assert outcome.code is not None
    assert is_code(outcome.code)
    assert outcome.code_expires_at == NOW + timedelta(days=14)
    record = await services.outcomes.read(decided.decision.decision_id)
    assert record.outcome == outcome
    assert record.decision.exposed_at == NOW


async def test_a_code_does_not_outlive_its_offer(decide: Decide, answer: Accept, clock: Clock) -> None:
    clock.advance(timedelta(days=25))
    assert (await answer(await decide())).code_expires_at == NOW + timedelta(days=30)


async def test_declining_has_no_code_and_no_reward(decide: Decide, answer: Accept, rows: StoredRows) -> None:
    outcome = await answer(await decide(), OutcomeKind.DECLINED)
    assert (outcome.reward, outcome.code, outcome.code_expires_at) == (0.0, None, None)
    assert await counts(rows) == (1, 0)


@pytest.mark.parametrize("kind", [OutcomeKind.ACCEPTED, OutcomeKind.DECLINED])
async def test_the_same_answer_again_is_the_same_outcome(
    decide: Decide, answer: Accept, clock: Clock, kind: OutcomeKind
) -> None:
    decided = await decide()
    first = await answer(decided, kind, entropy=1)
    clock.advance(timedelta(minutes=5))
    assert await answer(decided, kind, entropy=2) == first


async def test_another_answer_is_a_conflict(decide: Decide, answer: Accept, rows: StoredRows) -> None:
    decided = await decide()
    await answer(decided, OutcomeKind.DECLINED)
    with pytest.raises(Conflict) as refusal:
        await answer(decided)
    assert refusal.value.code == "outcome_conflict"
    assert await counts(rows) == (1, 0)


async def test_another_conversation_s_decision_is_refused(
    decide: Decide, answer: Accept, services: Services, rows: StoredRows
) -> None:
    decided = await decide()
    with pytest.raises(Forbidden):
        await answer(decided, conversation_id="c-2")
    with pytest.raises(Forbidden):
        await services.outcomes.expose(decided.decision.decision_id, conversation_id="c-2", now=NOW)
    assert await counts(rows) == (0, 0)
    assert (await services.outcomes.read(decided.decision.decision_id)).decision.exposed_at is None


async def test_an_unknown_decision_is_not_found(services: Services) -> None:
    with pytest.raises(NotFound):
        await services.outcomes.read("nothing")
    with pytest.raises(NotFound):
        await services.outcomes.expose("nothing", conversation_id="c-1", now=NOW)


async def test_silence_cannot_be_answered(decide: Decide, answer: Accept, clock: Clock) -> None:
    clock.advance(timedelta(days=31))
    with pytest.raises(Conflict) as refusal:
        await answer(await decide())
    assert refusal.value.code == "no_offer_in_decision"


async def test_an_offer_that_ended_meanwhile_cannot_be_accepted(
    decide: Decide, answer: Accept, clock: Clock, rows: StoredRows
) -> None:
    decided = await decide()
    clock.advance(timedelta(days=31))
    with pytest.raises(Conflict) as refusal:
        await answer(decided)
    assert refusal.value.code == "offer_ended"
    assert await counts(rows) == (0, 0)


async def test_the_first_exposure_stands(decide: Decide, services: Services) -> None:
    decision_id = (await decide()).decision.decision_id
    later = NOW + timedelta(seconds=9)
    assert await services.outcomes.expose(decision_id, conversation_id="c-1", now=NOW) == NOW
    assert await services.outcomes.expose(decision_id, conversation_id="c-1", now=later) == NOW


async def test_accepting_at_the_same_moment_gives_one_code(decide: Decide, answer: Accept, rows: StoredRows) -> None:
    decided = await decide()
    answers = await asyncio.gather(*(answer(decided, entropy=number) for number in range(8)))
    assert len({answer.code for answer in answers}) == 1
    assert await counts(rows) == (1, 1)


async def test_accepting_and_declining_at_the_same_moment_records_one(
    decide: Decide, answer: Accept, rows: StoredRows
) -> None:
    decided = await decide()
    kinds = [OutcomeKind.ACCEPTED, OutcomeKind.DECLINED] * 4
    answers = await asyncio.gather(*(answer(decided, kind) for kind in kinds), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, ServiceError)]
    assert {refusal.code for refusal in refused} == {"outcome_conflict"}
    assert len(refused) == 4
    assert (await counts(rows))[0] == 1


async def test_two_conversations_of_one_customer_share_one_acceptance(
    decide: Decide, answer: Accept, rows: StoredRows
) -> None:
    names = [f"c-{number}" for number in range(6)]
    held = [await decide(conversation_id=name) for name in names]
    answers = await asyncio.gather(
        *(
            answer(item, conversation_id=name, entropy=number)
            for number, (item, name) in enumerate(zip(held, names, strict=True))
        ),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [refusal.code for refusal in refused if isinstance(refusal, Conflict)] == ["offer_already_accepted"] * 5
    assert await counts(rows) == (1, 1)


async def test_results_count_exposures_answers_and_used_codes_by_offer(
    decide: Decide, answer: Accept, services: Services, clock: Clock
) -> None:
    accepted = await decide()
    await answer(accepted)
    offer_id = accepted.decision.offer_id
    found = await services.outcomes.results(exposed_since=NOW)
    assert [(row.offer_id, row.exposures, row.accepted, row.declined, row.redeemed) for row in found] == [
        (offer_id, 1, 1, 0, 0)
    ]
    assert await services.outcomes.results(exposed_since=NOW + timedelta(seconds=1)) == []
