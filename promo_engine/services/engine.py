"""The engine: every service, as the API and the process need them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from promo_engine.domain.errors import Unavailable
from promo_engine.domain.limits import NO_CAPS, CustomerCaps
from promo_engine.domain.money import Currency
from promo_engine.domain.objective import Objective
from promo_engine.domain.offers import Offer
from promo_engine.domain.ports import CustomerModel, OfferPolicy
from promo_engine.domain.promotions import LifecycleState
from promo_engine.domain.stacking import StackingRule
from promo_engine.domain.trust import TrustRules
from promo_engine.domain.unit_of_work import Storage
from promo_engine.services.codes import CodeDesk
from promo_engine.services.customers import CustomerDesk
from promo_engine.services.decide import Decider
from promo_engine.services.decision_queue import DecisionQueue
from promo_engine.services.explanations import Attribution, Explainer
from promo_engine.services.fairness import FairnessDesk
from promo_engine.services.gate import Gate, GateRules
from promo_engine.services.ingest import Ingest
from promo_engine.services.learner import Learner
from promo_engine.services.offers import Assortment, OfferShelf
from promo_engine.services.once import Once
from promo_engine.services.orders import OrderDesk
from promo_engine.services.outcomes import OutcomeRecorder
from promo_engine.services.outlooks import OutlookShelf
from promo_engine.services.pacing import Pacer
from promo_engine.services.plans import PlanDesk
from promo_engine.services.policies import ActivePolicy, PolicyShelf
from promo_engine.services.policy_desk import PolicyDesk
from promo_engine.services.promotions import PromotionDesk
from promo_engine.services.recollection import Recollection
from promo_engine.services.replay import Replay
from promo_engine.services.reports import Reporter
from promo_engine.services.shelf import ProductShelf
from promo_engine.services.till import Till


@dataclass(frozen=True)
class Models:
    """What training made, behind the domain's ports."""

    customer_model: CustomerModel
    initial_policy: OfferPolicy
    unpack_policy: Callable[[bytes], OfferPolicy]
    """Raises ValueError for a snapshot that this version of the engine cannot use."""
    attribution: Attribution | None = None
    """Says what moves a policy; without it decisions cannot be explained."""


@dataclass(frozen=True)
class Rules:
    """The choices of the shop that runs the engine."""

    holdout_basis_points: int
    reward_window: timedelta
    shop_time_zone: tzinfo
    customer_caps: CustomerCaps = NO_CAPS
    stacking_rule: StackingRule = StackingRule.BEST_FOR_CUSTOMER
    gate: GateRules = field(default_factory=GateRules)
    currency: Currency = field(default_factory=lambda: Currency("USD"))
    """Of the imported prices."""
    trust: TrustRules = field(default_factory=TrustRules)
    objective: Objective = field(default_factory=Objective)


class Engine:
    """The services over one database and one set of models.

    `friendly_name` and `product_name` turn the shop's names of product categories and types into what one says to a
    shopper.
    """

    def __init__(
        self,
        storage: Storage,
        *,
        models: Models,
        rules: Rules,
        clock: Callable[[], datetime],
        friendly_name: Callable[[str], str] = str.lower,
        product_name: Callable[[str], str] = str.lower,
    ) -> None:
        self._storage = storage
        self._models = models
        self._offers = OfferShelf(friendly_name=friendly_name)
        self._policies = PolicyShelf(model_version=models.customer_model.version, unpack=models.unpack_policy)
        self.clock = clock
        self.friendly_name = friendly_name
        self.product_name = product_name
        self._objective = rules.objective
        self.learner = Learner(
            storage,
            policies=self._policies,
            reward_window=rules.reward_window,
            trust=rules.trust,
            objective=rules.objective,
            clock=clock,
        )
        self.pacer = Pacer(storage, offers=self._offers, clock=clock)
        outlooks = OutlookShelf(models.customer_model)
        decider = Decider(
            storage,
            outlooks=outlooks,
            policies=self._policies,
            offers=self._offers,
            pacer=self.pacer,
            customer_caps=rules.customer_caps,
            holdout_basis_points=rules.holdout_basis_points,
            shop_time_zone=rules.shop_time_zone,
        )
        self.decisions = DecisionQueue(decider)
        self.outcomes = OutcomeRecorder(storage, offers=self._offers, on_reward=self.learner.wake)
        self.codes = CodeDesk(storage, clock=clock)
        self.once = Once(storage, clock=clock)
        self.till = Till(storage, outlooks=outlooks, stacking_rule=rules.stacking_rule, clock=clock)
        self.ingest = Ingest(storage, model=models.customer_model)
        self.orders = OrderDesk(storage)
        self.shelf = ProductShelf(storage, currency=rules.currency, clock=clock)
        self.promotions = PromotionDesk(storage, clock=clock)
        self.plans = PlanDesk(storage, promotions=self.promotions, clock=clock)
        self.customers = CustomerDesk(storage, holdout_basis_points=rules.holdout_basis_points)
        recollection = Recollection(storage, model=models.customer_model)
        self.replay = Replay(storage, recollection=recollection, unpack=models.unpack_policy)
        self.explanations = Explainer(
            storage, recollection=recollection, replay=self.replay, attribution=models.attribution
        )
        self.fairness = FairnessDesk(storage)
        self.policies = PolicyDesk(
            storage,
            model_version=models.customer_model.version,
            unpack=models.unpack_policy,
            objective=rules.objective,
            gate=Gate(storage, recollection=recollection, unpack=models.unpack_policy, rules=rules.gate),
            clock=clock,
        )
        self.reports = Reporter(
            storage,
            model_version=models.customer_model.version,
            holdout_basis_points=rules.holdout_basis_points,
            learner=self.learner.status,
            clock=clock,
        )

    @property
    def model_version(self) -> str:
        """Version of the loaded user model."""
        return self._models.customer_model.version

    def unpack_policy(self, snapshot: bytes) -> OfferPolicy:
        """Read a policy. Raises ValueError for one that this version of the engine cannot use."""
        return self._models.unpack_policy(snapshot)

    async def stock_policy(self) -> None:
        """Store the trained policy as the next version, unless this user model has one that can be used."""
        async with self._storage.write() as unit:
            await self._policies.stock(unit, initial=self._models.initial_policy, now=self.clock())

    async def running_offers(self) -> tuple[list[Offer], Assortment]:
        """Return the offers that are live or scheduled, and the assortment they are from."""
        async with self._storage.read() as unit:
            assortment = await self._offers.read(unit)
        shown = (LifecycleState.LIVE, LifecycleState.SCHEDULED)
        now = self.clock()
        return [one.offer for one in assortment.managed if assortment.state_of(one, now) in shown], assortment

    async def policy_in_force(self) -> tuple[ActivePolicy, int]:
        """Return the policy that the next decision will use, and how many rewards it does not hold yet."""
        async with self._storage.read() as unit:
            active = await self._policies.newest(unit)
            return active, await self._policies.count_waiting(unit, until=self.clock() - self._objective.wait)

    async def check_ready(self) -> None:
        """Raise Unavailable with the reason while the engine cannot decide or learn."""
        await self._storage.check()
        status = self.learner.status
        if not status.running:
            raise Unavailable("not_ready", "The learner is not running.")
        if status.failure is not None:
            raise Unavailable("not_ready", f"The learner is failing: {status.failure}")
