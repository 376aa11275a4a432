"""What every policy has to keep. A new policy joins by one line in POLICIES."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine.domain.benefits import Scope
from promo_engine.domain.ports import NO_OFFER, LabelledChoice, OfferPolicy
from promo_engine.policies import ThompsonSamplingPolicy, ThompsonSettings, UniformPolicy
from tests.promo_engine.policies.shop import CONTEXT, NAMES, OFFERS, STRANGER, outlook

POLICIES: dict[str, tuple[Callable[[], OfferPolicy], Callable[[bytes], OfferPolicy]]] = {
    "thompson": (ThompsonSamplingPolicy.unlearnt, ThompsonSamplingPolicy.from_bytes),
    "thompson that forgets": (
        lambda: ThompsonSamplingPolicy.unlearnt(ThompsonSettings(retention=0.9)),
        ThompsonSamplingPolicy.from_bytes,
    ),
    "uniform": (UniformPolicy, UniformPolicy.from_bytes),
}
every_policy = pytest.mark.parametrize("name", POLICIES)


@every_policy
def test_draws_happen_as_often_as_the_reported_distribution_says(name: str) -> None:
    """Over many seeds, the draws of each arm against the sum of its reported probabilities, within five deviations."""
    policy, seeds = POLICIES[name][0](), 3000
    drawn: Counter[str] = Counter()
    expected: Counter[str] = Counter()
    variance: Counter[str] = Counter()
    for seed in range(seeds):
        choice = policy.choose(outlook=outlook(), context=CONTEXT, offers=OFFERS, seed=seed)
        drawn[choice.offer_id or NO_OFFER] += 1
        for arm, share in choice.propensities.items():
            expected[arm] += share
            variance[arm] += share * (1 - share)
    for arm in expected:
        assert abs(drawn[arm] - expected[arm]) <= 5 * math.sqrt(variance[arm]), arm


@every_policy
@given(seed=st.integers(0, 2**63 - 1), count=st.integers(1, len(OFFERS)), known=st.booleans())
def test_the_propensity_is_the_chosen_arms_share_of_a_distribution(
    name: str, seed: int, count: int, known: bool
) -> None:
    customer = outlook() if known else STRANGER
    choice = POLICIES[name][0]().choose(outlook=customer, context=CONTEXT, offers=OFFERS[:count], seed=seed)
    assert set(choice.propensities) == {offer.offer_id for offer in OFFERS[:count]} | {NO_OFFER}
    assert math.isclose(math.fsum(choice.propensities.values()), 1.0, abs_tol=1e-12)
    assert all(0.0 < share <= 1.0 for share in choice.propensities.values())
    assert choice.propensity == choice.propensities[choice.offer_id or NO_OFFER]
    assert set(choice.expected_rewards) == {offer.offer_id for offer in OFFERS[:count]}
    assert bool(choice.features) == (choice.offer_id is not None)


@every_policy
def test_without_offers_silence_is_certain(name: str) -> None:
    choice = POLICIES[name][0]().choose(outlook=outlook(), context=CONTEXT, offers=[], seed=1)
    assert choice.offer_id is None
    assert choice.propensity == 1.0
    assert choice.propensities == {NO_OFFER: 1.0}
    assert choice.features == ()


@every_policy
def test_a_seed_gives_the_same_choice_in_any_order_of_the_offers(name: str) -> None:
    policy = POLICIES[name][0]()
    forwards = policy.choose(outlook=outlook(), context=CONTEXT, offers=OFFERS, seed=99)
    backwards = policy.choose(outlook=outlook(), context=CONTEXT, offers=OFFERS[::-1], seed=99)
    assert forwards == backwards


@every_policy
def test_an_offer_given_twice_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="soft-drinks-15 comes twice"):
        POLICIES[name][0]().choose(outlook=outlook(), context=CONTEXT, offers=[OFFERS[0], OFFERS[0]], seed=1)


@every_policy
def test_learning_counts_rewards_and_versions_and_leaves_the_old_policy_alone(name: str) -> None:
    policy = POLICIES[name][0]()
    before = policy.to_bytes()
    learnt = policy.learn([LabelledChoice(features_of(policy, "soft-drinks-15"), 1.0)] * 3)
    assert (learnt.version, learnt.reward_count) == (policy.version + 1, policy.reward_count + 3)
    assert policy.to_bytes() == before
    assert learnt.learn([]).version == policy.version + 2


@every_policy
def test_rewards_raise_what_is_expected_of_the_rewarded_offer(name: str) -> None:
    policy = POLICIES[name][0]()
    row = features_of(policy, "coffee-3-for-2")
    learnt = policy.learn([LabelledChoice(row, 1.0)] * 20)
    before = policy.choose(outlook=outlook(), context=CONTEXT, offers=OFFERS, seed=1).expected_rewards
    after = learnt.choose(outlook=outlook(), context=CONTEXT, offers=OFFERS, seed=1).expected_rewards
    assert after["coffee-3-for-2"] > before["coffee-3-for-2"]
    assert after["coffee-3-for-2"] == max(after.values())


@every_policy
def test_a_snapshot_decides_like_the_policy_it_was_made_of(name: str) -> None:
    make, unpack = POLICIES[name]
    policy = make()
    policy = policy.learn([LabelledChoice(features_of(policy, "cheese-points"), 1.0)])
    twin = unpack(policy.to_bytes())
    assert (twin.version, twin.reward_count, twin.to_bytes()) == (
        policy.version,
        policy.reward_count,
        policy.to_bytes(),
    )
    for seed in range(5):
        asked = {"outlook": outlook(), "context": CONTEXT, "offers": OFFERS, "seed": seed}
        assert twin.choose(**asked) == policy.choose(**asked)


@every_policy
def test_every_offer_can_be_explained(name: str) -> None:
    policy = POLICIES[name][0]()
    for customer in (outlook(), STRANGER):
        for offer in OFFERS:
            sentence = policy.explain(outlook=customer, offer=offer, category_names=NAMES)
            assert sentence.endswith(".") and sentence[0].isupper() and "\n" not in sentence


@every_policy
def test_an_offer_on_a_category_that_the_model_does_not_know_is_refused(name: str) -> None:
    strange = replace(OFFERS[0], scope=Scope(category_ids=frozenset({len(NAMES)})))
    with pytest.raises(ValueError, match=f"no category {len(NAMES)}"):
        POLICIES[name][0]().choose(outlook=outlook(), context=CONTEXT, offers=[strange], seed=1)


def features_of(policy: OfferPolicy, offer_id: str) -> tuple[float, ...]:
    """The features of an offer as a choice reports them, whatever seed it takes."""
    for seed in range(500):
        choice = policy.choose(outlook=outlook(), context=CONTEXT, offers=OFFERS, seed=seed)
        if choice.offer_id == offer_id:
            return choice.features
    raise AssertionError(f"{offer_id} was not drawn in 500 choices")
