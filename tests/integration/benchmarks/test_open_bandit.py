"""Our estimators give what the Open Bandit Pipeline gives on its own rows."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.policy.open_bandit_rows import OpenBanditRows, distribution_of, reward_model
from promo_engine.evaluation import direct_method, doubly_robust, dr_os, ips, snips, switch_dr


@pytest.mark.parametrize(("behaviour", "judged"), [("random", "bts"), ("bts", "random")])
@pytest.mark.parametrize("campaign", ["all", "men", "women"])
def test_agreement_with_obp_on_its_rows(behaviour: str, judged: str, campaign: str) -> None:
    from obp import ope  # noqa: PLC0415  seconds to import

    rows = OpenBanditRows.read(behaviour, campaign)
    assert len(rows) == 10_000
    distribution = distribution_of(judged, campaign, draws=2_000)
    model = reward_model(rows)
    log = rows.judge(distribution, model=model)
    given = {
        "reward": rows.reward,
        "action": rows.action,
        "position": rows.position,
        "pscore": rows.propensity,
        "action_dist": np.broadcast_to(distribution, (len(rows), *distribution.shape)),
        "estimated_rewards_by_reg_model": model,
    }
    pairs = [
        (ips(log), ope.InverseProbabilityWeighting()),
        (snips(log), ope.SelfNormalizedInverseProbabilityWeighting()),
        (direct_method(log), ope.DirectMethod()),
        (doubly_robust(log), ope.DoublyRobust()),
        *((switch_dr(log, largest_weight=tau), ope.SwitchDoublyRobust(tau=tau)) for tau in (1.0, 10.0)),
        *((dr_os(log, shrinkage=size), ope.DoublyRobustWithShrinkage(lambda_=size)) for size in (1.0, 100.0)),
    ]
    for estimate, theirs in pairs:
        assert estimate.value == pytest.approx(theirs.estimate_policy_value(**given), abs=1e-9), theirs
