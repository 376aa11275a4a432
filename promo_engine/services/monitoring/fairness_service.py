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
        known_of = [treatment for treatment in treatments if treatment.demographics.get(attribute)]
        try:
            return fairness(
                [treatment.demographics[attribute] for treatment in known_of],
                exposure=[treatment.exposure for treatment in known_of],
                value_cents=[treatment.value_cents for treatment in known_of],
                accepted=[treatment.accepted for treatment in known_of],
                at_least=at_least,
            )
        except LogError as error:
            known = sorted({name for treatment in treatments for name in treatment.demographics})
            raise Conflict(
                "cannot_be_compared",
                f"{attribute}: {error}; of {len(treatments)} decisions {len(known_of)} are of customers who told it. "
                f"Known are: {', '.join(known) or 'no attributes'}.",
            ) from error
