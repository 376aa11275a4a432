"""Refits of the neural linear policy, with torch. What every policy has to keep is held in its unit tests."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from promo_engine.domain.decisions.offer_choice import NO_OFFER
from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.domain.offers.candidates import Candidates
from promo_engine.policies import NeuralLinearPolicy, ThompsonSamplingPolicy
from promo_engine.policies.algorithms.neural_fit import FitSettings, refit
from promo_engine.policies.features import FEATURES, Floats, feature_rows
from promo_engine.policies.posterior import Sums
from tests.unit.promo_engine.policies.shop import CONTEXT, OFFERS, forecast

SMALL = FitSettings(hidden=8, width=4, epochs=2)
CANDIDATES = Candidates.by_id(OFFERS)
ROWS = feature_rows(forecast=forecast(), context=CONTEXT, of=CANDIDATES.of)


def few_rewards() -> list[TrainingExample]:
    return [TrainingExample(tuple(row.tolist()), 0.1) for row in ROWS] * 4


def exclusive_or() -> tuple[Floats, Floats]:
    """Rows whose reward is 1 when exactly one of two features is set: no linear policy can expect it."""
    random = np.random.default_rng(2)
    rows = np.zeros((400, len(FEATURES)))
    rows[:, 0] = 1.0
    rows[:, 1:3] = random.integers(0, 2, (400, 2))
    return rows, (rows[:, 1] != rows[:, 2]).astype(np.float64)


def test_a_refit_is_the_next_version_and_the_exact_posterior_of_the_log_over_what_was_fitted() -> None:
    log = few_rewards()
    fitted = refit(NeuralLinearPolicy.unlearnt(), log, SMALL)
    learned = fitted.representation
    assert learned is not None
    assert (learned.first.shape, learned.second.shape) == ((len(FEATURES) + 1, 8), (8 + 1, 4))
    by_hand = NeuralLinearPolicy(fitted.settings, sums=Sums.empty(len(FEATURES) + 4), representation=learned).learn(log)
    assert (fitted.version, fitted.reward_count) == (2, len(log)) == (by_hand.version, by_hand.reward_count)
    assert fitted.to_bytes() == by_hand.to_bytes()


def test_a_refitted_policy_chooses_learns_and_comes_back_from_its_snapshot() -> None:
    fitted = refit(NeuralLinearPolicy.unlearnt(), few_rewards(), SMALL)
    learnt = fitted.learn([TrainingExample(tuple(ROWS[2].tolist()), 1.0)] * 20)
    twin = NeuralLinearPolicy.from_bytes(learnt.to_bytes())
    for seed in range(5):
        choice = learnt.choose(forecast=forecast(), context=CONTEXT, offers=CANDIDATES, seed=seed)
        assert choice.propensities.keys() == {*CANDIDATES.of.offer_ids, NO_OFFER}
        assert max(choice.expected_rewards, key=choice.expected_rewards.__getitem__) == CANDIDATES.of.offer_ids[2]
        assert choice == twin.choose(forecast=forecast(), context=CONTEXT, offers=CANDIDATES, seed=seed)


def test_a_refit_gives_the_same_numbers_again_and_leaves_torchs_own_randomness_alone() -> None:
    before = torch.random.get_rng_state()
    first, second = (refit(NeuralLinearPolicy.unlearnt(), few_rewards(), SMALL) for _ in range(2))
    assert first.to_bytes() == second.to_bytes()
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_refit_learns_what_no_linear_policy_can() -> None:
    rows, rewards = exclusive_or()
    log = [TrainingExample(tuple(row), reward) for row, reward in zip(rows.tolist(), rewards.tolist(), strict=True)]
    fitted = refit(NeuralLinearPolicy.unlearnt(), log, FitSettings(hidden=32, width=8))
    linear = ThompsonSamplingPolicy.unlearnt().learn(log)
    errors = [np.abs(policy.expected(rows.astype(np.float32)) - rewards).max() for policy in (fitted, linear)]
    assert errors[0] < 0.2
    assert errors[1] > 0.4


def test_what_cannot_be_refitted_is_refused() -> None:
    with pytest.raises(ValueError, match="the policy 'thompson' has no representation to fit"):
        refit(ThompsonSamplingPolicy.unlearnt(), few_rewards(), SMALL)
    with pytest.raises(ValueError, match="there are no rewards to fit"):
        refit(NeuralLinearPolicy.unlearnt(), [], SMALL)
    with pytest.raises(ValueError, match="finite"):
        refit(NeuralLinearPolicy.unlearnt(), [TrainingExample((float("nan"),) * len(FEATURES), 1.0)], SMALL)
