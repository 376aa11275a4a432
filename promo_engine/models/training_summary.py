"""What `promobot train` says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_LEADS = "_leads_ndcg_by"


@dataclass(frozen=True)
class TrainingSummary:
    """What was trained and how good it is."""

    trained: bool
    """False: nothing had changed since the last training."""
    model_version: str
    """Of the newest model, whether it serves or not."""
    customers: int
    seconds: float
    metrics: dict[str, Any]
    decision: str = ""
    """What became of it."""

    def __str__(self) -> str:
        what = "trained" if self.trained else "unchanged, kept"
        lines = [f"user model {self.model_version}: {what}, {self.customers} customer states, {self.seconds:.0f} s"]
        lines += [*self._quality(), *self._policy()]
        if "privacy" in self.metrics:
            spent = self.metrics["privacy"]
            lines.append(
                f"differential privacy of a customer: epsilon {spent['epsilon']:.2f}, delta {spent['delta']:g}"
            )
        lines += [line for line in (self.decision, self.metrics.get("level", "")) if line]
        return "\n".join(lines)

    def _quality(self) -> list[str]:
        figures = self.metrics.get("user_model")
        if not figures:
            return []
        days, depth = self.metrics["horizon_days"], self.metrics["list_depth"]
        lines = [f"{f'next {days:g} days, unseen weeks':28}{f'Recall@{depth}':>10}{f'NDCG@{depth}':>10}"]
        for name, row in figures.items():
            lines.append(f"{name.replace('_', ' '):28}{row['recall_at_10']:10.3f}{row['ndcg_at_10']:10.3f}")
        for name in ("personal_frequency", "decayed_frequency"):
            row = figures[name]
            kind = next(key.removesuffix(_LEADS) for key in row if key.endswith(_LEADS))
            lines.append(
                f"the {named(kind)} leads {name.replace('_', ' ')} by {row[kind + _LEADS]:+.4f} NDCG@{depth}, "
                f"standard error {row['standard_error']:.4f}"
            )
        return lines

    def _policy(self) -> list[str]:
        policy = self.metrics.get("policy")
        if policy is None:
            return []
        if policy["origin"] == "campaigns":
            auc = policy["held_out_auc"]
            ranking = "no redemptions to measure it on" if auc is None else f"ROC-AUC {auc:.3f}, chance is 0.5"
            return [f"first policy, redemptions of unseen campaigns: {ranking}"]
        if policy["origin"] == "affinity":
            return ["first policy: offers on what a customer buys, assumed until answers come"]
        return ["first policy: knows nothing, and mostly makes no offer until answers come"]


def named(kind: str) -> str:
    """What one calls a kind of user model."""
    return {"lstm": "LSTM", "counts": "counts model", "catalogue": "catalogue's popularity"}[kind]
