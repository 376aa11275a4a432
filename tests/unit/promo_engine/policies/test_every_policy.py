"""What every policy has to keep. A policy of the registry takes part by itself; VARIANTS holds more of them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from promo_engine.domain.benefits.scope import Scope
from promo_engine.domain.decisions.offer_choice import NO_OFFER, OfferChoice
from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.domain.offers.candidates import Candidates, OfferSet
from promo_engine.domain.offers.offers import Offer
from promo_engine.policies import (
    KINDS,
    FixedPolicy,
    FixedSettings,
    NeuralLinearPolicy,
    ThompsonSamplingPolicy,
    ThompsonSettings,
    UniformPolicy,
    first_policy,
    unpack_policy,
    with_settings,
)
from promo_engine.policies.algorithms.linear import LinearPolicy, LinearSettings
from promo_engine.policies.algorithms.neural_linear import Representation
from promo_engine.policies.algorithms.vowpal import VowpalPolicy
from promo_engine.policies.features import FEATURES, feature_rows
from promo_engine.policies.posterior import Sums
from promo_engine.ports.models import OfferPolicy
from tests.unit.promo_engine.policies.shop import CONTEXT, NAMES, OFFERS, STRANGER, forecast, offer

CUSTOMER = forecast()
CANDIDATES = Candidates.by_id(OFFERS)
"""One set and one forecast for all choices, as the engine gives them: policies keep what they compute from either."""


def represented_neural_linear() -> NeuralLinearPolicy:
    """With a representation and a few rewards, as after a refit; an integration test fits one with torch."""
    hidden, width, random = 8, 4, np.random.default_rng(1)
    first = random.normal(0.0, 0.2, (len(FEATURES) + 1, hidden)).astype(np.float32)
    second = random.uniform(0.0, 0.5, (hidden + 1, width)).astype(np.float32)
    unlearnt = NeuralLinearPolicy(
        NeuralLinearPolicy.settings_type(),
        sums=Sums.empty(len(FEATURES) + width),
        representation=Representation(first, second),
    )
    rows = feature_rows(forecast=forecast(), context=CONTEXT, of=OfferSet(OFFERS))
    assert unlearnt.represent(rows)[:, len(FEATURES) :].any(axis=0).all(), "every unit of the representation is used"
    return unlearnt.learn([TrainingExample(tuple(row.tolist()), 0.1) for row in rows] * 4)


VARIANTS: dict[str, Callable[[], OfferPolicy]] = {
    "thompson that forgets": lambda: ThompsonSamplingPolicy.unlearnt(ThompsonSettings(retention=0.9)),
    "neural linear, represented": represented_neural_linear,
    "fixed with a list": lambda: FixedPolicy(settings=FixedSettings(offer_ids=("gone", "coffee-3-for-2"))),
    "vowpal": VowpalPolicy,
}
"""Policies with settings or knowledge of their own, and the one that only benchmarks use."""
NAMES_OF_POLICIES = (*KINDS, *VARIANTS)
WITHOUT_WORTH = (FixedPolicy, UniformPolicy)
"""They do not compare offers by their worth."""
every_policy = pytest.mark.parametrize("name", NAMES_OF_POLICIES)


@lru_cache
def made(name: str) -> OfferPolicy:
    """Policies do not change, so one of each is enough."""
    return VARIANTS[name]() if name in VARIANTS else first_policy(ThompsonSamplingPolicy.unlearnt(), name)


def unpack(snapshot: bytes, *, name: str) -> OfferPolicy:
    return VowpalPolicy.from_bytes(snapshot) if name == "vowpal" else unpack_policy(snapshot)


def choice_of(
    policy: OfferPolicy,
    *,
    offers: Sequence[Offer] = CANDIDATES,
    seed: int = 1,
    pacing_penalties: Sequence[float] | None = None,
) -> OfferChoice:
    """What a policy chooses for the customer of these tests."""
    return policy.choose(
        forecast=CUSTOMER, context=CONTEXT, offers=offers, seed=seed, pacing_penalties=pacing_penalties
    )


@every_policy
def test_draws_happen_as_often_as_the_reported_distribution_says(name: str) -> None:
    """Over many seeds, the draws of each arm against the sum of its reported probabilities, within five deviations."""
    policy, seeds = made(name), 3000 if name in ("thompson", "uniform") else 1000
    drawn: Counter[str] = Counter()
    expected: defaultdict[str, float] = defaultdict(float)
    variance: defaultdict[str, float] = defaultdict(float)
    for seed in range(seeds):
        choice = choice_of(policy, seed=seed)
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
    customer = forecast() if known else STRANGER
    choice = made(name).choose(forecast=customer, context=CONTEXT, offers=OFFERS[:count], seed=seed)
    assert set(choice.propensities) == {offer.offer_id for offer in OFFERS[:count]} | {NO_OFFER}
    assert math.isclose(math.fsum(choice.propensities.values()), 1.0, abs_tol=1e-12)
    assert all(0.0 < share <= 1.0 for share in choice.propensities.values())
    assert choice.propensity == choice.propensities[choice.offer_id or NO_OFFER]
    assert set(choice.expected_rewards) == {offer.offer_id for offer in OFFERS[:count]}
    assert bool(choice.features) == (choice.offer_id is not None)


@every_policy
def test_without_offers_no_offer_is_certain(name: str) -> None:
    choice = choice_of(made(name), offers=[])
    assert choice.offer_id is None
    assert choice.propensity == 1.0
    assert choice.propensities == {NO_OFFER: 1.0}
    assert choice.features == ()


@every_policy
def test_a_seed_gives_the_same_choice_in_any_order_of_the_offers(name: str) -> None:
    policy = made(name)
    forwards = choice_of(policy, offers=OFFERS, seed=99)
    backwards = choice_of(policy, offers=OFFERS[::-1], seed=99)
    assert forwards == backwards


@every_policy
def test_an_offer_given_twice_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="soft-drinks-15 comes twice"):
        choice_of(made(name), offers=[OFFERS[0], OFFERS[0]])


@every_policy
def test_learning_counts_rewards_and_versions_and_leaves_the_old_policy_alone(name: str) -> None:
    policy = made(name)
    before = policy.to_bytes()
    learnt = policy.learn([TrainingExample(features_of(policy, "soft-drinks-15"), 1.0)] * 3)
    assert (learnt.version, learnt.reward_count) == (policy.version + 1, policy.reward_count + 3)
    assert policy.to_bytes() == before
    assert learnt.learn([]).version == policy.version + 2


@every_policy
def test_rewards_raise_what_is_expected_of_the_rewarded_offer(name: str) -> None:
    policy = made(name)
    row = features_of(policy, "coffee-3-for-2")
    learnt = policy.learn([TrainingExample(row, 1.0)] * 20)
    before = choice_of(policy).expected_rewards
    after = choice_of(learnt).expected_rewards
    assert after["coffee-3-for-2"] > before["coffee-3-for-2"]
    assert after["coffee-3-for-2"] == max(after.values())


@every_policy
def test_a_snapshot_decides_like_the_policy_it_was_made_of(name: str) -> None:
    policy = made(name)
    policy = policy.learn([TrainingExample(features_of(policy, "cheese-points"), 1.0)])
    twin = unpack(policy.to_bytes(), name=name)
    assert (twin.version, twin.reward_count, twin.to_bytes()) == (
        policy.version,
        policy.reward_count,
        policy.to_bytes(),
    )
    for seed in range(5):
        assert choice_of(twin, seed=seed) == choice_of(policy, seed=seed)


@every_policy
def test_every_offer_can_be_explained(name: str) -> None:
    policy = made(name)
    for customer in (forecast(), STRANGER):
        for offered in OFFERS:
            sentence = policy.explain(forecast=customer, offer=offered, category_names=NAMES)
            assert sentence.endswith(".") and sentence[0].isupper() and "\n" not in sentence


@every_policy
def test_an_offer_on_a_category_that_the_model_does_not_know_is_refused(name: str) -> None:
    strange = replace(OFFERS[0], scope=Scope(category_ids=frozenset({len(NAMES)})))
    with pytest.raises(ValueError, match=f"no category {len(NAMES)}"):
        choice_of(made(name), offers=[strange])


@every_policy
def test_no_arm_falls_below_the_floor_however_bad_it_is(name: str) -> None:
    policy = made(name)
    rows = feature_rows(forecast=forecast(), context=CONTEXT, of=OfferSet(OFFERS))
    learnt = policy.learn([TrainingExample(tuple(row.tolist()), 0.0) for row in rows] * 40)
    shares = choice_of(learnt).propensities
    floor = LinearSettings().least_exploration if isinstance(policy, LinearPolicy) else 0.01
    assert min(shares.values()) >= floor / len(shares)


@every_policy
def test_a_pacing_penalty_never_makes_an_offer_more_likely(name: str) -> None:
    policy = made(name).learn([TrainingExample(features_of(made(name), "coffee-3-for-2"), 1.0)] * 20)
    index = [offer.offer_id for offer in OFFERS].index("coffee-3-for-2")
    shares = []
    for penalty in (0.0, 0.1, 5.0):
        pacing_penalties = [0.0] * len(OFFERS)
        pacing_penalties[index] = penalty
        choice = choice_of(policy, offers=OFFERS, pacing_penalties=pacing_penalties)
        reversed_choice = choice_of(policy, offers=OFFERS[::-1], pacing_penalties=pacing_penalties[::-1])
        assert choice == reversed_choice
        shares.append(choice.propensities["coffee-3-for-2"])
    assert shares[0] >= shares[1] >= shares[2]
    if not isinstance(policy, WITHOUT_WORTH):
        assert shares[0] > shares[2]


@pytest.mark.parametrize("kind", [kind for kind, policy in KINDS.items() if issubclass(policy, LinearPolicy)])
def test_no_customer_gets_fewer_offers_than_the_setting_least_offered(kind: str) -> None:
    rows = feature_rows(forecast=forecast(), context=CONTEXT, of=OfferSet(OFFERS))
    learnt = first_policy(ThompsonSamplingPolicy.unlearnt(), kind)
    learnt = learnt.learn([TrainingExample(tuple(row.tolist()), 0.0) for row in rows] * 40)
    before = choice_of(learnt).propensities
    after = choice_of(with_settings(learnt, {"least_offered": 0.6})).propensities
    assert before[NO_OFFER] > 0.5
    assert after[NO_OFFER] == pytest.approx(0.4)
    assert all(after[offer.offer_id] >= before[offer.offer_id] > 0.0 for offer in OFFERS)
    assert choice_of(with_settings(learnt, {"least_offered": 0.1})).propensities.keys() == after.keys()


@every_policy
@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (TrainingExample((), 1.0), "0 numbers where this policy has"),
        (TrainingExample((0.0,) * len(FEATURES), float("nan")), "finite"),
        (TrainingExample((float("inf"),) * len(FEATURES), 1.0), "finite"),
        (TrainingExample((0.0,) * len(FEATURES), 1.0, weight=-1.0), "weights"),
    ],
)
def test_rewards_that_cannot_be_learnt_from_are_refused(name: str, choice: TrainingExample, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(name).learn([choice])


@every_policy
def test_an_forecast_that_is_no_number_is_refused(name: str) -> None:
    broken = forecast((float("nan"), 0.02, 0.2, 0.1, 0.01))
    with pytest.raises(ValueError, match="finite"):
        made(name).choose(forecast=broken, context=CONTEXT, offers=OFFERS, seed=1)


@every_policy
def test_an_offer_added_later_is_chosen_from_too(name: str) -> None:
    policy = made(name).learn([TrainingExample(features_of(made(name), "cheese-points"), 1.0)] * 5)
    added = [*OFFERS, offer("new-flowers", 4)]
    choice = choice_of(policy, offers=added, seed=3)
    assert choice.propensities["new-flowers"] > 0.0
    assert math.isclose(math.fsum(choice.propensities.values()), 1.0, abs_tol=1e-12)


@every_policy
def test_a_thousand_offers_are_enough_for_anyone(name: str) -> None:
    many = [offer(f"offer-{number:04}", number % len(NAMES)) for number in range(1000)]
    choice = choice_of(made(name), offers=many, seed=3)
    assert math.isclose(math.fsum(choice.propensities.values()), 1.0, abs_tol=1e-9)
    assert choice.propensity == choice.propensities[choice.offer_id or NO_OFFER] > 0.0


@pytest.mark.parametrize(
    "name", sorted(set(NAMES_OF_POLICIES) - {"vowpal"})
)  # it learns step by step, so that order matters
def test_rewards_that_come_late_and_out_of_order_count_alike(name: str) -> None:
    rows = feature_rows(forecast=forecast(), context=CONTEXT, of=OfferSet(OFFERS))
    rewards = [TrainingExample(tuple(rows[position].tolist()), float(position == 1)) for position in range(3)]
    early, late = made(name).learn(rewards), made(name).learn([rewards[position] for position in (2, 0, 1)])
    expected = choice_of(early, seed=3).expected_rewards
    assert choice_of(late, seed=3).expected_rewards == pytest.approx(expected, abs=1e-5)


@every_policy
def test_a_damaged_snapshot_is_refused(name: str) -> None:
    snapshot = made(name).to_bytes()
    for damaged in (b"", b"PK\x03\x04", snapshot[: len(snapshot) // 2]):
        with pytest.raises(ValueError):
            unpack(damaged, name=name)


def features_of(policy: OfferPolicy, offer_id: str) -> tuple[float, ...]:
    """The features of an offer as a choice reports them, whatever seed it takes."""
    for seed in range(5000):
        choice = choice_of(policy, seed=seed)
        if choice.offer_id == offer_id:
            return choice.features
    raise AssertionError(f"{offer_id} was not drawn in 5000 choices")
