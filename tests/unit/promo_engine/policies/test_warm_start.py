from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.domain.offers.candidates import OfferSet
from promo_engine.policies import PolicyMissing, load_initial_policy
from promo_engine.policies.features import FEATURES, FORECAST_FEATURES, feature_rows
from promo_engine.policies.initial_policy_file import POLICY, save_initial_policy
from promo_engine.policies.warm_start import CampaignRows, campaign_rows, ranking_auc, warm_policy
from tests.unit.promo_engine.policies.shop import CONTEXT, OFFERS, forecast

SETS = [frozenset({category}) for category in range(5)]


def simulated_campaign(*, seed: int, customers: int = 150) -> CampaignRows:
    """Customers redeem a coupon with half the probability of buying its category."""
    generator = np.random.default_rng(seed)
    targeted = []
    for _ in range(customers):
        probability = generator.uniform(0.01, 0.8, size=5)
        taken = frozenset(categories for categories in SETS if generator.random() < 0.5 * probability[min(categories)])
        targeted.append((forecast(tuple(probability.tolist())), taken))
    return campaign_rows(SETS, targeted=targeted)


def test_past_redemptions_teach_that_people_take_offers_on_what_they_buy() -> None:
    policy = warm_policy([simulated_campaign(seed=1), simulated_campaign(seed=2)])
    assert policy.mean[FEATURES.index("affinity")] > 0.0
    assert ranking_auc(policy, [simulated_campaign(seed=3)]) > 0.65
    assert (policy.version, policy.reward_count) == (1, 0)


def test_nothing_is_claimed_about_benefits_and_conversations() -> None:
    policy = warm_policy([simulated_campaign(seed=1)])
    untouched = [index for index, name in enumerate(FEATURES) if name not in FORECAST_FEATURES]
    assert np.abs(policy.mean[untouched]).max() < 1e-12  # an eigenvector is 0 up to rounding


def test_real_rewards_outweigh_the_past() -> None:
    """A thousand declines of what the past praised leave little of it."""
    policy = warm_policy([simulated_campaign(seed=1)])
    row = feature_rows(forecast=forecast(), context=CONTEXT, of=OfferSet(OFFERS))[0]
    before = float(row @ policy.mean)
    after = float(row @ policy.learn([TrainingExample(tuple(row.tolist()), 0.0)] * 1000).mean)
    assert before > 0.1
    assert after < 0.02


def test_without_past_promotions_the_policy_knows_nothing() -> None:
    policy = warm_policy([])
    assert not policy.mean.any()
    assert np.isnan(ranking_auc(policy, []))


def test_auc_of_known_rankings() -> None:
    policy = warm_policy([simulated_campaign(seed=1)])
    rows = np.zeros((4, len(FEATURES)), np.float32)
    rows[:, FEATURES.index("affinity")] = [0.1, 0.2, 0.3, 0.3]

    def auc(*redeemed: bool) -> float:
        return ranking_auc(policy, [CampaignRows(rows, np.array(redeemed))])

    assert auc(False, False, True, True) == 1.0
    assert auc(True, True, False, False) == 0.0
    assert auc(False, False, True, False) == pytest.approx(2.5 / 3)


def test_a_missing_policy_is_one_line_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(PolicyMissing, match="run `promobot train`"):
        load_initial_policy(tmp_path)
    save_initial_policy(warm_policy([]), tmp_path)
    assert load_initial_policy(tmp_path).version == 1
    for broken in (b"broken", (tmp_path / POLICY).read_bytes()[:-100]):
        (tmp_path / POLICY).write_bytes(broken)
        with pytest.raises(PolicyMissing, match="cannot be used"):
            load_initial_policy(tmp_path)


def test_a_policy_file_of_other_features_is_one_line_with_the_command(tmp_path: Path) -> None:
    """As one is that was trained before a kind of benefit was added."""
    save_initial_policy(warm_policy([]), tmp_path)
    with np.load(tmp_path / POLICY) as archive:
        arrays = {name: archive[name] for name in archive.files}
    head = json.loads(arrays["head"].tobytes())
    head["features"] = head["features"][:-2]
    arrays["head"] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    np.savez(tmp_path / POLICY, **arrays)
    with pytest.raises(PolicyMissing) as refused:
        load_initial_policy(tmp_path)
    assert str(refused.value) == (
        f"{tmp_path / POLICY} cannot be used (it was made with other features); run `promobot train`"
    )
