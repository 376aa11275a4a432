"""How groups of customers were treated by the decisions that were made."""

from __future__ import annotations

from promo_engine.domain.errors import Conflict
from promo_engine.evaluation import LogError
from promo_engine.evaluation.fairness import Fairness, fairness
from promo_engine.ports.unit_of_work import Storage


class FairnessService:
    """Reads decisions and compares groups. The policy itself never sees a group."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def compare(self, attribute: str, *, last: int, at_least: int) -> Fairness:
        """Compare the groups of a demographic attribute over the last decisions of customers who told it.

        Leaves out decisions without a policy: holdout, and customers for whom there was no offer. Raises Conflict
        `cannot_be_compared`.
        """
        async with self._storage.read() as unit:
            treatments = await unit.decisions.treatments(limit=last)
        told = [one for one in treatments if one.demographics.get(attribute)]
        try:
            return fairness(
                [one.demographics[attribute] for one in told],
                exposure=[one.exposure for one in told],
                value_cents=[one.value_cents for one in told],
                accepted=[one.accepted for one in told],
                at_least=at_least,
            )
        except LogError as error:
            known = sorted({name for one in treatments for name in one.demographics})
            raise Conflict(
                "cannot_be_compared",
                f"{attribute}: {error}; of {len(treatments)} decisions {len(told)} are of customers who told it. "
                f"Known are: {', '.join(known) or 'no attributes'}.",
            ) from error
