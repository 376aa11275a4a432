"""The rows of the Open Bandit Dataset that come with `obp`: 10,000 impressions of each campaign under each policy.

Saito, Aihara, Matsutani and Narita: Open Bandit Dataset and Pipeline, NeurIPS 2021. Three items stand beside each
other; a row is one of them, with its position and the true probability of the item at that position.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from obp.dataset import OpenBanditDataset
from obp.policy import BernoulliTS

from promo_engine.evaluation import RewardLog

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
POSITIONS = 3
ITEMS = {"all": 80, "men": 34, "women": 46}
FOLDS = 5
_PRIOR_ROWS = 200.0
"""The reward model draws the click rate of an item towards that of all items by so many rows."""


class _Columns(OpenBanditDataset):  # type: ignore[misc]  # obp publishes no types
    """Without the contexts, whose preparation needs an older pandas and which nobody here reads."""

    def pre_process(self) -> None:
        """Make no contexts."""


@dataclass(frozen=True, eq=False)
class OpenBanditRows:
    """Columns of one log in the order of time; (n,) each."""

    items: int
    action: Places
    position: Places
    reward: Floats
    propensity: Floats

    @classmethod
    def read(cls, behaviour: str, campaign: str) -> OpenBanditRows:
        """`behaviour`: random or bts; `campaign`: all, men or women."""
        logging.getLogger("obp").setLevel(logging.WARNING)
        read = _Columns(behavior_policy=behaviour, campaign=campaign)
        return cls(
            ITEMS[campaign],
            np.asarray(read.action, dtype=np.int64),
            np.asarray(read.position, dtype=np.int64),
            np.asarray(read.reward, dtype=np.float64),
            np.asarray(read.pscore, dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self.action)

    def judge(self, distribution: Floats, *, model: Floats) -> RewardLog:
        """The log as a policy with this (items, positions) distribution is judged by it.

        `model` is (n, items, positions), what is expected of each item in each row.
        """
        rows = np.arange(len(self))
        return RewardLog(
            rewards=self.reward,
            propensities=self.propensity,
            target=distribution[self.action, self.position],
            expected=model[rows, self.action, self.position],
            expected_of_target=(model[rows, :, self.position] * distribution[:, self.position].T).sum(axis=1),
        )


@lru_cache
def distribution_of(policy: str, campaign: str, *, draws: int = 100_000) -> Floats:
    """(items, positions) how often a policy, `random` or `bts` as it ran in production, shows an item at a position.

    That of Bernoulli TS has no closed form; obp counts `draws` draws from the prior that was in force.
    """
    items = ITEMS[campaign]
    if policy == "random":
        return np.full((items, POSITIONS), 1.0 / items)
    sampler = BernoulliTS(
        n_actions=items, len_list=POSITIONS, is_zozotown_prior=True, campaign=campaign, random_state=12345
    )
    shares: Floats = sampler.compute_batch_action_dist(n_sim=draws, n_rounds=1)[0]
    return shares


def reward_model(rows: OpenBanditRows, *, seed: int = 0) -> Floats:
    """(n, items, positions) the click rate of an item in the other folds, drawn towards that of all items."""
    fold_of_row = np.random.default_rng(seed).integers(FOLDS, size=len(rows))
    rates = np.empty((FOLDS, rows.items))
    for fold in range(FOLDS):
        others = fold_of_row != fold
        shown = np.bincount(rows.action[others], minlength=rows.items)
        clicked = np.bincount(rows.action[others], weights=rows.reward[others], minlength=rows.items)
        rates[fold] = (clicked + _PRIOR_ROWS * rows.reward[others].mean()) / (shown + _PRIOR_ROWS)
    return np.repeat(rates[fold_of_row][:, :, None], POSITIONS, axis=2)
