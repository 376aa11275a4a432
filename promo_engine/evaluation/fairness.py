"""How groups of customers are treated, with fairlearn's metrics (Bird et al., Microsoft MSR-TR-2020-32)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from promo_engine.evaluation.log import LogError


@dataclass(frozen=True)
class GroupTreatment:
    """What one group got, by decision."""

    group: str
    decisions: int
    exposure: float
    """Mean probability of being made an offer."""
    value_cents: float
    """Mean of what the offers cost the shop, no offer being 0: what the group is given."""
    acceptance: float
    """Mean of acceptances, no offer being 0."""


@dataclass(frozen=True)
class Fairness:
    """How all groups of one kind were treated."""

    groups: tuple[GroupTreatment, ...]
    """The least exposed first."""
    exposure_difference: float
    """Between the most and the least exposed group; demographic parity is 0."""
    exposure_ratio: float
    """The least exposed over the most exposed; 0.8 is a common demand (the four-fifths rule)."""
    value_difference_cents: float


def fairness(
    groups: Sequence[str],
    *,
    exposure: Sequence[float],
    value_cents: Sequence[float],
    accepted: Sequence[bool],
    at_least: int = 1,
) -> Fairness:
    """Compare the groups with so many decisions or more. Raises LogError if there are no two."""
    from fairlearn.metrics import MetricFrame, count, mean_prediction  # noqa: PLC0415  takes seconds to import

    names, sizes = np.unique(np.array(groups, dtype=object).astype(str), return_counts=True)
    large = set(names[sizes >= at_least].tolist())
    if len(large) < 2:
        raise LogError(f"there are no two groups with {at_least} decisions or more")
    kept = np.array([group in large for group in groups])

    def frame(values: Sequence[float] | Sequence[bool]) -> Any:
        chosen = np.asarray(values, dtype=np.float64)[kept]
        of = np.asarray(groups, dtype=object)[kept]
        metrics = {"mean": mean_prediction, "count": count}
        return MetricFrame(metrics=metrics, y_true=chosen, y_pred=chosen, sensitive_features=of)

    exposed, valued, taken = frame(exposure), frame(value_cents), frame(accepted)
    treated = [
        GroupTreatment(
            group=str(group),
            decisions=int(exposed.by_group["count"][group]),
            exposure=float(exposed.by_group["mean"][group]),
            value_cents=float(valued.by_group["mean"][group]),
            acceptance=float(taken.by_group["mean"][group]),
        )
        for group in exposed.by_group.index
    ]
    return Fairness(
        groups=tuple(sorted(treated, key=lambda group: (group.exposure, group.group))),
        exposure_difference=float(exposed.difference()["mean"]),
        exposure_ratio=float(exposed.ratio()["mean"]),
        value_difference_cents=float(valued.difference()["mean"]),
    )
