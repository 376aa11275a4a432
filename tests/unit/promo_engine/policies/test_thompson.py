from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from promo_engine.domain.decisions.offer_choice import NO_OFFER
from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.domain.offers.candidates import OfferSet
from promo_engine.policies import ThompsonSamplingPolicy, ThompsonSettings
from promo_engine.policies.features import FEATURES, feature_rows
from tests.unit.promo_engine.policies.shop import CONTEXT, OFFERS, forecast


def simulated_rewards(count: int = 40) -> list[TrainingExample]:
    generator = np.random.default_rng(4)
    return [
        TrainingExample(tuple(generator.normal(size=len(FEATURES)).tolist()), float(generator.integers(0, 2)))
        for _ in range(count)
    ]


def test_the_posterior_is_the_closed_form() -> None:
    settings, rewards = ThompsonSettings(evidence=False), simulated_rewards()
    rows, values = (
        np.array([example.features for example in rewards]),
        np.array([example.reward for example in rewards]),
    )
    precision = np.eye(len(FEATURES)) / settings.prior_variance + rows.T @ rows / settings.noise_variance
    mean = np.linalg.solve(precision, rows.T @ values / settings.noise_variance)
    learnt = ThompsonSamplingPolicy.unlearnt(settings).learn(rewards)
    np.testing.assert_allclose(learnt.posterior.precision[0], precision, atol=1e-9)
    np.testing.assert_allclose(learnt.mean, mean, atol=1e-9)


def test_rewards_may_come_in_any_order_and_in_any_portions() -> None:
    rewards = simulated_rewards()
    at_once = ThompsonSamplingPolicy.unlearnt().learn(rewards)
    in_parts = ThompsonSamplingPolicy.unlearnt().learn(rewards[25:][::-1]).learn(rewards[:25])
    np.testing.assert_allclose(in_parts.mean, at_once.mean, atol=1e-9)
    np.testing.assert_allclose(in_parts.posterior.precision, at_once.posterior.precision, atol=1e-9)


def test_forgetting_returns_to_the_prior() -> None:
    settings = ThompsonSettings(retention=0.5, evidence=False)
    policy = ThompsonSamplingPolicy.unlearnt(settings).learn(simulated_rewards())
    nothing = TrainingExample((0.0,) * len(FEATURES), 0.0)
    for _ in range(60):
        policy = policy.learn([nothing])
    np.testing.assert_allclose(policy.mean, 0.0, atol=1e-9)
    np.testing.assert_allclose(np.diag(policy.posterior.precision[0]), 1 / settings.prior_variance)


def test_the_distribution_is_the_chance_to_be_best_under_the_posterior() -> None:
    """Two arms of five columns: the chance that one beats the other is a normal integral."""
    settings = ThompsonSettings(
        posterior_samples=200_000, posterior_scale=1.0, exploration=1e-6, least_exploration=1e-6
    )
    generator = np.random.default_rng(4)
    policy = ThompsonSamplingPolicy.unlearnt(settings, columns=5).learn_rows(
        generator.normal(size=(5, 5)), generator.random(5)
    )
    arms = generator.normal(size=(2, 5)).astype(np.float32)
    gap = arms[0] - arms[1]
    deviation = float(np.sqrt(gap @ np.linalg.solve(policy.posterior.precision[0], gap)))
    exact = NormalDist(float(gap @ policy.mean), deviation).cdf(0.0)
    assert 0.1 < exact < 0.9  # else every distribution would agree
    assert policy.distribution(arms)[1] == pytest.approx(exact, abs=0.006)


def test_no_offer_wins_where_every_offer_has_been_declined_often_enough() -> None:
    rows = feature_rows(forecast=forecast(), context=CONTEXT, of=OfferSet(OFFERS))
    declined = [TrainingExample(tuple(row.tolist()), 0.0) for row in rows] * 1000
    choice = (
        ThompsonSamplingPolicy.unlearnt()
        .learn(declined)
        .choose(forecast=forecast(), context=CONTEXT, offers=OFFERS, seed=3)
    )
    assert choice.propensities[NO_OFFER] > 0.9


def test_one_success_of_an_offer_speaks_more_for_it_than_for_the_others() -> None:
    policy = ThompsonSamplingPolicy.unlearnt()
    rows = feature_rows(forecast=forecast(), context=CONTEXT, of=OfferSet(OFFERS))
    gains = rows @ policy.learn([TrainingExample(tuple(rows[2].tolist()), 1.0)]).mean
    assert np.argmax(gains) == 2


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (TrainingExample((), 1.0), "0 numbers where this policy has"),
        (TrainingExample((0.0,) * len(FEATURES), float("nan")), "finite"),
        (TrainingExample((float("inf"),) * len(FEATURES), 1.0), "finite"),
    ],
)
def test_rows_that_cannot_be_learnt_from_are_refused(choice: TrainingExample, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ThompsonSamplingPolicy.unlearnt().learn([choice])


def test_a_snapshot_of_other_features_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = ThompsonSamplingPolicy.unlearnt().to_bytes()
    monkeypatch.setattr("promo_engine.policies.archive.FEATURES", FEATURES[::-1])
    with pytest.raises(ValueError, match="made with other features"):
        ThompsonSamplingPolicy.from_bytes(snapshot)


def test_a_snapshot_of_other_settings_or_a_damaged_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = ThompsonSamplingPolicy.unlearnt().to_bytes()
    for damaged in (b"", b"PK\x03\x04", snapshot[: len(snapshot) // 2]):
        with pytest.raises(ValueError):
            ThompsonSamplingPolicy.from_bytes(damaged)
    monkeypatch.setattr("promo_engine.policies.archive.asdict", lambda _settings: {"temperature": 1.0})
    of_other_settings = ThompsonSamplingPolicy.unlearnt().to_bytes()
    with pytest.raises(ValueError, match="temperature"):
        ThompsonSamplingPolicy.from_bytes(of_other_settings)


@pytest.mark.parametrize(
    "wrong", [{"exploration": 0.0}, {"posterior_samples": 0}, {"retention": 1.5}, {"noise_variance": 0.0}]
)
def test_settings_that_allow_a_propensity_of_zero_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        replace(ThompsonSettings(), **wrong)


def test_a_change_sets_off_the_alarm_and_old_rewards_count_less() -> None:
    """What everybody took is taken by nobody any more, and the other offer by all: on average as much as before."""
    rows = feature_rows(forecast=forecast(), context=CONTEXT, of=OfferSet(OFFERS))

    def learnt(alarm_delta: float) -> ThompsonSamplingPolicy:
        chance = np.random.default_rng(3)
        policy = ThompsonSamplingPolicy.unlearnt(ThompsonSettings(alarm_delta=alarm_delta))
        for favourite in (0, 0, 0, 0, 0, 0, 2, 2, 2):
            places = chance.choice([0, 2], size=50)
            taken = (places == favourite) * 0.9
            policy = policy.learn_rows(rows[places].astype(np.float64), taken)
        return policy

    without_alarm, with_alarm = learnt(0.0), learnt(0.002)
    assert (without_alarm.alarms, with_alarm.alarms) == (0, 1)
    assert with_alarm.sums.weight < without_alarm.sums.weight - 100
    before, after = without_alarm.expected(rows), with_alarm.expected(rows)
    assert after[2] - after[0] > before[2] - before[0] + 0.15
    assert ThompsonSamplingPolicy.from_bytes(with_alarm.to_bytes()).alarms == 1


def test_rewards_that_count_nothing_change_nothing_and_alarm_nobody() -> None:
    rows = feature_rows(forecast=forecast(), context=CONTEXT, of=OfferSet(OFFERS)).astype(np.float64)
    honest, taken = rows / 3.0, np.full(len(rows), 0.2)
    alone = ThompsonSamplingPolicy.unlearnt().learn_rows(honest, taken, weights=np.full(len(rows), 0.7))
    bots = np.repeat(rows[:1], 600, axis=0)
    flooded = ThompsonSamplingPolicy.unlearnt().learn_rows(
        np.concatenate([bots[:300], honest, bots[300:]]),
        np.concatenate([np.ones(300), taken, np.zeros(300)]),
        weights=np.concatenate([np.zeros(300), np.full(len(rows), 0.7), np.zeros(300)]),
    )
    assert flooded.alarms == 0
    arms = rows.astype(np.float32)
    np.testing.assert_array_equal(
        flooded.distribution(arms, no_offer_value=0.05), alone.distribution(arms, no_offer_value=0.05)
    )
