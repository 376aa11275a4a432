"""The engine: every service, as the API and the process need them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from promo_engine.domain.errors import Unavailable
from promo_engine.domain.learning.objective import Objective
from promo_engine.domain.learning.reward_trust import TrustRules
from promo_engine.domain.money import Currency
from promo_engine.domain.offers.limits import NO_CAPS, CustomerCaps
from promo_engine.domain.offers.offers import Offer
from promo_engine.domain.offers.promotions import LifecycleState
from promo_engine.domain.pricing.stacking import StackingRule
from promo_engine.ports.models import CustomerModel, OfferPolicy
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.catalogue.bought_together_service import NO_FILE, BoughtTogetherFile, BoughtTogetherService
from promo_engine.services.catalogue.price_list import PriceList
from promo_engine.services.checkout.checkout_service import CheckoutService
from promo_engine.services.checkout.code_service import CodeService
from promo_engine.services.customers.customer_service import CustomerService
from promo_engine.services.customers.forecast_cache import ForecastCache
from promo_engine.services.customers.ingest_events import Ingest
from promo_engine.services.customers.order_service import OrderService
from promo_engine.services.customers.segment_tracker import SegmentTracker
from promo_engine.services.decisions.decision_queue import DecisionQueue
from promo_engine.services.decisions.explain_decision import Attribution, Explainer
from promo_engine.services.decisions.make_decision import Decider
from promo_engine.services.decisions.reconstruct_decision import DecisionReconstructor
from promo_engine.services.decisions.record_outcome import OutcomeRecorder
from promo_engine.services.decisions.replay_decision import Replay
from promo_engine.services.idempotent_executor import IdempotentExecutor
from promo_engine.services.learning.learner import Learner
from promo_engine.services.learning.policy_service import PolicyService
from promo_engine.services.learning.policy_store import ActivePolicy, PolicyStore
from promo_engine.services.learning.release_gate import Gate, GateRules
from promo_engine.services.monitoring.fairness_service import FairnessService
from promo_engine.services.monitoring.monitoring_service import MakeWatch, MonitoringService
from promo_engine.services.monitoring.report_service import Reporter
from promo_engine.services.plans.plan_monitor import PlanMonitor
from promo_engine.services.plans.plan_service import PlanService
from promo_engine.services.promotions.offer_cache import OfferCache, OfferCatalogue
from promo_engine.services.promotions.pacer import Pacer
from promo_engine.services.promotions.promotion_service import PromotionService


@dataclass(frozen=True)
class Models:
    """What training made, behind the domain's ports."""

    customer_model: CustomerModel
    initial_policy: OfferPolicy
    unpack_policy: Callable[[bytes], OfferPolicy]
    """Raises ValueError for a snapshot that this version of the engine cannot use."""
    attribution: Attribution | None = None
    """Says what moves a policy; without it decisions cannot be explained."""
    make_watch: MakeWatch | None = None
    """Makes what watches sales, answers and moods; without it nothing is watched."""


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
    hears_all_sales: bool = True
    """Whether this process is the only one of the engine."""


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
        pairing_file: BoughtTogetherFile = NO_FILE,
    ) -> None:
        self._storage = storage
        self._models = models
        self._offers = OfferCache(friendly_name=friendly_name)
        self._policies = PolicyStore(model_version=models.customer_model.version, unpack=models.unpack_policy)
        self.clock = clock
        self.friendly_name = friendly_name
        self.product_name = product_name
        self._objective = rules.objective
        self.promotions = PromotionService(storage, clock=clock)
        self.plans = PlanService(storage, promotions=self.promotions, clock=clock)
        segments = SegmentTracker()
        self.live = MonitoringService(
            storage,
            plans=PlanMonitor(storage, self.plans, clock),
            segments=segments,
            make_watch=models.make_watch,
            zone=rules.shop_time_zone,
            all_sales=rules.hears_all_sales,
            clock=clock,
        )
        self.learner = Learner(
            storage,
            policies=self._policies,
            reward_window=rules.reward_window,
            trust=rules.trust,
            objective=rules.objective,
            clock=clock,
            on_silence=self.live.hear_silence,
        )
        self.pacer = Pacer(storage, offers=self._offers, clock=clock)
        outlooks = ForecastCache(models.customer_model)
        decider = Decider(
            storage,
            outlooks=outlooks,
            policies=self._policies,
            offers=self._offers,
            pacer=self.pacer,
            segments=segments,
            customer_caps=rules.customer_caps,
            holdout_basis_points=rules.holdout_basis_points,
            shop_time_zone=rules.shop_time_zone,
        )
        self.decisions = DecisionQueue(decider)
        self.outcomes = OutcomeRecorder(
            storage,
            offers=self._offers,
            on_reward=self.learner.wake,
            on_exposure=self.live.hear_exposure,
            on_answer=self.live.hear_answer,
        )
        self.codes = CodeService(storage, clock=clock)
        self.once = IdempotentExecutor(storage, clock=clock)
        self.till = CheckoutService(
            storage, outlooks=outlooks, segments=segments, stacking_rule=rules.stacking_rule, clock=clock
        )
        self.ingest = Ingest(storage, model=models.customer_model, on_purchases=self.live.hear_purchases)
        self.orders = OrderService(storage)
        self.shelf = PriceList(storage, currency=rules.currency, clock=clock)
        self.pairings = BoughtTogetherService(storage, shelf=self.shelf, file=pairing_file)
        self.customers = CustomerService(storage, holdout_basis_points=rules.holdout_basis_points)
        recollection = DecisionReconstructor(storage, model=models.customer_model)
        self.replay = Replay(storage, recollection=recollection, unpack=models.unpack_policy)
        self.explanations = Explainer(
            storage, recollection=recollection, replay=self.replay, attribution=models.attribution
        )
        self.fairness = FairnessService(storage)
        self.policies = PolicyService(
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

    async def running_offers(self) -> tuple[list[Offer], OfferCatalogue]:
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
