"""What all policies with a linear expected reward share: choosing, learning, forgetting and their snapshots.

A subclass turns expected rewards into a distribution (`_preferred`). That distribution is mixed with a floor of
exploration over all arms. One draw is made from the mixture; its probability is the reported propensity. The
distribution depends on the version and the inputs only, so that it can be computed again from the snapshot.

If there are more offers than the setting `candidates`, only the most promising are considered: those with the highest
value under the mean or under one of a few posterior samples. The samples are optimism about offers with few rewards.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from promo_engine.domain.customers.forecast import CustomerForecast
from promo_engine.domain.decisions.context import ConversationContext
from promo_engine.domain.decisions.offer_choice import OfferChoice
from promo_engine.domain.learning.training_example import TrainingExample
from promo_engine.domain.offers.candidates import Candidates, OfferSet
from promo_engine.domain.offers.offers import Offer
from promo_engine.policies import archive
from promo_engine.policies.draw import NOTHING_TO_OFFER, draw
from promo_engine.policies.drift import KEPT, surprises_since_change
from promo_engine.policies.explanation import explain_offer
from promo_engine.policies.features import FEATURES, Floats, Places, Singles, feature_rows, names_of, places_of
from promo_engine.policies.posterior import Posterior, Prior, Sums
from promo_engine.policies.shortlist import Shortlist
from promo_engine.ports.models import OfferPolicy

_SETTLED = 100.0
"""The drift alarm starts after so many rewards. Before, surprises come from a policy that knows nothing yet."""
_LEAST_ALARM_WEIGHT = 0.5
"""Rewards of a smaller weight are kept from the drift alarm."""
_OPTIMISM = 3
"""Posterior samples beside the mean that rank the offers when there are too many."""


@dataclass(frozen=True)
class LinearSettings:
    """Rewards are acceptances, 0 to 1."""

    exploration: float = 0.02
    """Probability that is spread evenly over all arms, no_offer included, before the first reward."""
    least_exploration: float = 0.002
    """The same after very many rewards."""
    exploration_rewards: float = 20.0
    """After so many rewards, exploration has fallen by the square root of two."""
    no_offer_value: float = 0.05
    """Expected acceptance below which an offer is not worth the interruption. In snapshots: `silence_value`."""
    noise_variance: float = 0.15
    """First guess of the variance of a reward around its expectation; that of an acceptance rate of 18 %."""
    prior_variance: float = 0.02
    """First guess of the variance of each weight before any reward. It is wide, so that the first rewards count."""
    evidence: bool = True
    """Whether rewards correct the two guesses."""
    retention: float = 1.0
    """Below 1, each reward leaves only this share of what was known before it, for rewards that drift."""
    alarm_delta: float = 0.002
    """Probability of a false drift alarm. An alarm forgets what ADWIN drops; 0 switches it off."""
    least_offered: float = 0.0
    """Every customer with an eligible offer gets one with at least this probability, whatever their group."""
    candidates: int = 60
    """If there are more offers, only so many of the most promising are considered."""

    def __post_init__(self) -> None:
        if not (
            self.candidates > 0 and 0 < self.least_exploration <= self.exploration <= 1 and 0 < self.retention <= 1
        ):
            raise ValueError(
                "candidates, exploration, least_exploration and retention must be above 0, the latter three at most 1, "
                "and least_exploration at most exploration"
            )
        if not (self.noise_variance > 0 and self.prior_variance > 0 and self.exploration_rewards > 0):
            raise ValueError("noise_variance, prior_variance and exploration_rewards must be above 0")
        if not (0 <= self.alarm_delta < 1 and 0 <= self.least_offered < 1):
            raise ValueError("alarm_delta and least_offered must be at least 0 and below 1")


class LinearPolicy:
    """Implements `promo_engine.ports.models.OfferPolicy` but for `_preferred`. Immutable."""

    kind: ClassVar[str]
    settings_type: ClassVar[type[LinearSettings]] = LinearSettings

    def __init__(
        self,
        settings: LinearSettings,
        *,
        sums: Sums,
        surprises: Floats | None = None,
        alarms: int = 0,
        version: int = 1,
        reward_count: int = 0,
    ) -> None:
        self.settings, self.sums = settings, sums
        self.surprises = np.zeros(0) if surprises is None else surprises
        self.alarms = alarms
        """Number of drift alarms so far."""
        self._version, self._reward_count = version, reward_count
        self.posterior = Posterior(sums, Prior(settings.noise_variance, settings.prior_variance, settings.evidence))
        self._means = self.posterior.mean.astype(np.float32)  # (B, D)

    @classmethod
    def unlearnt(cls, settings: LinearSettings | None = None, *, columns: int = len(FEATURES), blocks: int = 1) -> Self:
        """A policy without rewards: every weight has mean 0 and the prior variance."""
        return cls(settings or cls.settings_type(), sums=Sums.empty(columns, blocks=blocks))

    @classmethod
    def begin(cls, trained: OfferPolicy) -> Self:
        """With the sums of what training learned from past promotions, if the trained policy has any."""
        if type(trained) is cls:
            return trained
        return cls(cls.settings_type(), sums=trained.sums) if isinstance(trained, LinearPolicy) else cls.unlearnt()

    def changed(self, settings: Mapping[str, Any]) -> Self:
        """The same knowledge under other settings. Raises TypeError for an unknown setting, ValueError for a value."""
        return self.with_settings(replace(self.settings, **settings))

    @property
    def version(self) -> int:
        """Grows by one with every `learn`."""
        return self._version

    @property
    def reward_count(self) -> int:
        """Rewards learned since training."""
        return self._reward_count

    @property
    def mean(self) -> Floats:
        """(D,) the expected weights of the first block."""
        mean: Floats = self.posterior.mean[0]
        return mean

    @property
    def exploration(self) -> float:
        """The share of the distribution that is spread evenly. It falls with the rewards."""
        seen = min(self.sums.weight, self._reward_count)  # less after an alarm; past promotions do not count
        falling = self.settings.exploration / math.sqrt(1.0 + seen / self.settings.exploration_rewards)
        return max(self.settings.least_exploration, falling)

    def choose(
        self,
        *,
        forecast: CustomerForecast,
        context: ConversationContext,
        offers: Sequence[Offer],
        seed: int,
        pacing_penalties: Sequence[float] | None = None,
    ) -> OfferChoice:
        """Draw an offer or no_offer. The same seed, offers and policy give the same choice."""
        if not offers:
            return NOTHING_TO_OFFER
        candidates = Candidates.by_id(offers)
        places = places_of(candidates)
        penalty = None if pacing_penalties is None else np.asarray(pacing_penalties, dtype=np.float32)  # (A,)
        if penalty is not None and candidates is not offers:  # the candidates are in the order of their ids
            penalty = penalty[np.argsort([offer.offer_id for offer in offers], kind="stable")]
        if len(places) > self.settings.candidates:
            kept = self._promising(forecast, context, candidates.of, places, penalty)
            places, penalty = places[kept], None if penalty is None else penalty[kept]
        rows = feature_rows(forecast=forecast, context=context, of=candidates.of, places=places)  # (A, D)
        return draw(
            names_of(candidates.of, places),
            distribution=self.distribution(rows, penalty=penalty, no_offer_value=self.settings.no_offer_value),
            expected=self.expected(rows),
            rows=rows,
            seed=seed,
        )

    def distribution(
        self,
        rows: Singles,
        *,
        penalty: Singles | None = None,
        blocks: Places | None = None,
        no_offer_value: float | None = None,
    ) -> Floats:
        """Shares of the arms of these rows (A, D), and last of no_offer unless `no_offer_value` is None.

        `penalty` (A,): what pacing takes off each arm, in units of reward. `blocks` (A,): each arm's block of weights.
        """
        arms = len(rows) + (no_offer_value is not None)
        represented = self.represent(rows)
        preferred = self._preferred(represented, penalty=penalty, blocks=blocks, no_offer_value=no_offer_value)
        shares = preferred * (1.0 - self.exploration) + self.exploration / arms
        excess = 0.0 if no_offer_value is None else shares[-1] - (1.0 - self.settings.least_offered)
        if excess > 0.0:
            shares[-1] -= excess
            shares[:-1] += excess * self._preferred(represented, penalty=penalty, blocks=blocks, no_offer_value=None)
        return shares

    def _preferred(
        self, rows: Singles, *, penalty: Singles | None, blocks: Places | None, no_offer_value: float | None
    ) -> Floats:
        """Like `distribution`, for represented rows and before exploration."""
        raise NotImplementedError

    def represent(self, rows: Singles) -> Singles:
        """What the weights multiply: the rows (N, len(FEATURES)) unless a subclass learns a representation."""
        return rows

    def expected(self, rows: Singles, *, blocks: Places | None = None) -> Singles:
        """(A,) expected rewards."""
        return self._worth(self.represent(rows), penalty=None, blocks=blocks)

    def _worth(self, rows: Singles, *, penalty: Singles | None, blocks: Places | None) -> Singles:
        worth: Singles = rows @ self._means[0] if blocks is None else np.einsum("ad,ad->a", rows, self._means[blocks])
        return worth if penalty is None else worth - penalty

    def _promising(
        self,
        forecast: CustomerForecast,
        context: ConversationContext,
        of: OfferSet,
        places: Places,
        penalty: Singles | None,
    ) -> Places:
        """Ascending indices into `places` of the most promising offers; the setting `candidates` says how many."""
        count = self.settings.candidates
        return self._shortlist.best(count, forecast=forecast, context=context, of=of, places=places, penalty=penalty)

    @cached_property
    def _shortlist(self) -> Shortlist:
        return Shortlist(self._optimists)

    @cached_property
    def _optimists(self) -> Singles:
        """(K, D) the mean and a few posterior samples, which rank the offers when there are too many."""
        return np.concatenate([self._means, self.posterior.draw(_OPTIMISM)[:, 0]])

    def explain(self, *, forecast: CustomerForecast, offer: Offer, category_names: Sequence[str]) -> str:
        """One sentence for the shopper."""
        return explain_offer(forecast=forecast, offer=offer, category_names=category_names)

    def learn(self, rewards: Sequence[TrainingExample]) -> Self:
        """The exact posterior after these rewards. Raises ValueError on a row of another length and on NaN."""
        rows, values, weights = checked(rewards, self.row_length)
        return self.learn_rows(rows, values, weights=weights)

    @property
    def columns(self) -> int:
        """Numbers in a row that the weights multiply."""
        return int(self.sums.moment.shape[1])

    @property
    def row_length(self) -> int:
        """Numbers in a row of features, before it is represented."""
        return self.columns

    def learn_rows(
        self, rows: Floats, values: Floats, *, weights: Floats | None = None, blocks: Places | None = None
    ) -> Self:
        """`learn` from arrays: (N, D), (N,), (N,), (N,)."""
        known, surprises, alarms = self.sums.times(self.settings.retention ** len(rows)), self.surprises, self.alarms
        rows = self.represent(rows).astype(np.float64)  # type: ignore[arg-type]  # rows may be of either precision
        if self.settings.alarm_delta > 0.0 and len(rows) and known.weight >= _SETTLED:
            expected = rows @ self.mean if blocks is None else np.einsum("ad,ad->a", rows, self.posterior.mean[blocks])
            # Rewards that count little must not set off the alarm.
            new = (values - expected)[slice(None) if weights is None else weights >= _LEAST_ALARM_WEIGHT]
            since = surprises_since_change(surprises, new, delta=self.settings.alarm_delta)
            surprises = np.concatenate([surprises, new])[-min(KEPT, since or KEPT) :]
            if since is not None:
                alarms += 1
                known = known.times(min(1.0, since / max(known.weight, 1.0)))
        return self._next(
            known.plus(rows, values, weights=weights, blocks=blocks), surprises, alarms, self._reward_count + len(rows)
        )

    def _next(self, sums: Sums, surprises: Floats, alarms: int, reward_count: int) -> Self:
        return type(self)(
            self.settings,
            sums=sums,
            surprises=surprises,
            alarms=alarms,
            version=self._version + 1,
            reward_count=reward_count,
            **self._carried(),
        )

    def with_settings(self, settings: LinearSettings) -> Self:
        """The same knowledge under other settings."""
        return type(self)(
            settings,
            sums=self.sums,
            surprises=self.surprises,
            alarms=self.alarms,
            version=self._version,
            reward_count=self._reward_count,
            **self._carried(),
        )

    def _carried(self) -> dict[str, Any]:
        """Arguments that a subclass adds to `__init__` and keeps when it learns."""
        return {}

    def to_bytes(self) -> bytes:
        """An npz archive without pickles; `from_bytes` reads it."""
        return archive.pack(self.kind, settings=self.settings, state=self._state(), arrays=self._arrays())

    def _state(self) -> dict[str, Any]:
        return {
            "version": self._version,
            "reward_count": self._reward_count,
            "alarms": self.alarms,
            "squares": self.sums.squares,
            "weight": self.sums.weight,
        }

    def _arrays(self) -> dict[str, Floats | Singles]:
        return {"gram": self.sums.gram, "moment": self.sums.moment, "surprises": self.surprises}

    @classmethod
    def from_bytes(cls, snapshot: bytes) -> Self:
        """Raises ValueError if the snapshot was made with other features or settings, or is damaged."""
        with archive.opened(snapshot, kind=cls.kind) as packed:
            state, arrays = packed.state, packed.arrays
            return cls(
                cls.settings_type(**packed.settings),
                sums=Sums(arrays["gram"], arrays["moment"], state["squares"], state["weight"]),
                surprises=arrays["surprises"],
                alarms=state["alarms"],
                version=state["version"],
                reward_count=state["reward_count"],
                **cls._more(packed),
            )

    @classmethod
    def _more(cls, packed: archive.Packed) -> dict[str, Any]:
        """Arguments that a subclass adds to `__init__`, from its snapshot."""
        return {}


def checked(rewards: Sequence[TrainingExample], size: int) -> tuple[Floats, Floats, Floats]:
    """Rows, rewards and weights as arrays. Raises ValueError on a row of another length, NaN and a negative weight."""
    for choice in rewards:
        if len(choice.features) != size:
            raise ValueError(f"features: {len(choice.features)} numbers where this policy has {size}")
        if not (math.isfinite(choice.reward) and all(map(math.isfinite, choice.features))):
            raise ValueError("rewards and features must be finite numbers")
        if not (math.isfinite(choice.weight) and choice.weight >= 0.0):
            raise ValueError("weights must be finite numbers, not below 0")
    rows = np.array([choice.features for choice in rewards], dtype=np.float64).reshape(len(rewards), size)
    return (
        rows,
        np.array([example.reward for example in rewards], float),
        np.array([example.weight for example in rewards], float),
    )
