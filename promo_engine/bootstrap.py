"""Builds the services over one database and one set of models: the one place where they learn of each other.

`app.py` serves them over HTTP, commands and tests call them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from promo_engine.domain.events import (
    CustomersForgotten,
    CustomersMerged,
    OfferExposed,
    OffersLeftUnanswered,
    OutcomeRecorded,
    PurchasesIngested,
)
from promo_engine.ports.connections.shop_adapter import ShopConnections
from promo_engine.ports.models import Models
from promo_engine.ports.shop.shop_access import NoShopAccess, ShopAccess
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.catalogue.bought_together_service import NO_FILE, BoughtTogetherFile, BoughtTogetherService
from promo_engine.services.catalogue.display_names import DisplayNames
from promo_engine.services.catalogue.price_list import PriceList
from promo_engine.services.catalogue.product_cache import ProductCache
from promo_engine.services.checkout.checkout_service import CheckoutService
from promo_engine.services.checkout.code_service import CodeService
from promo_engine.services.checkout.hosted_code_sender import HostedCodeSender
from promo_engine.services.checkout.hosted_code_service import HostedCodeService
from promo_engine.services.checkout.hosted_redemptions import HostedRedemptions
from promo_engine.services.connections.identities import Identities
from promo_engine.services.connections.privacy_service import PrivacyService
from promo_engine.services.connections.pull_service import PullService
from promo_engine.services.connections.shop_writer import ShopWriter
from promo_engine.services.connections.source_service import SourceService
from promo_engine.services.connections.state_rebuilder import StateRebuilder
from promo_engine.services.connections.webhook_inbox import WebhookInbox
from promo_engine.services.connections.webhook_worker import WebhookWorker
from promo_engine.services.connections.write_api import WriteApi
from promo_engine.services.customers.customer_finder import CustomerFinder
from promo_engine.services.customers.customer_service import CustomerService
from promo_engine.services.customers.forecast_cache import ForecastCache
from promo_engine.services.customers.ingest_events import Ingest
from promo_engine.services.customers.segment_tracker import SegmentTracker
from promo_engine.services.decisions.decision_queue import DecisionQueue
from promo_engine.services.decisions.explain_decision import Explainer
from promo_engine.services.decisions.make_decision import Decider
from promo_engine.services.decisions.reconstruct_decision import DecisionReconstructor
from promo_engine.services.decisions.record_outcome import OutcomeRecorder
from promo_engine.services.decisions.replay_decision import Replay
from promo_engine.services.event_dispatcher import EventDispatcher
from promo_engine.services.idempotent_executor import IdempotentExecutor
from promo_engine.services.learning.learner import Learner
from promo_engine.services.learning.policy_service import PolicyService
from promo_engine.services.learning.policy_store import PolicyStore
from promo_engine.services.learning.release_gate import Gate
from promo_engine.services.monitoring.fairness_service import FairnessService
from promo_engine.services.monitoring.monitoring_service import MonitoringService
from promo_engine.services.monitoring.readiness import Readiness
from promo_engine.services.monitoring.report_service import Reporter
from promo_engine.services.orders.change_request_sender import ChangeRequestSender
from promo_engine.services.orders.change_request_service import ChangeRequestService
from promo_engine.services.orders.order_service import OrderService
from promo_engine.services.orders.pulled_tracking import PulledTracking
from promo_engine.services.orders.tracking_by_source import DemoTracking, TrackingBySource
from promo_engine.services.plans.plan_monitor import PlanMonitor
from promo_engine.services.plans.plan_service import PlanService
from promo_engine.services.promotions.offer_cache import OfferCache
from promo_engine.services.promotions.pacer import Pacer
from promo_engine.services.promotions.promotion_service import PromotionService
from promo_engine.services.promotions.running_offers import RunningOffers
from promo_engine.services.shop_rules import Rules


@dataclass(frozen=True)
class Services:
    """Every service. Who needs one takes that one: endpoints get theirs under a key of their own."""

    bought_together: BoughtTogetherService
    change_request_sender: ChangeRequestSender
    change_requests: ChangeRequestService
    checkout: CheckoutService
    codes: CodeService
    customer_finder: CustomerFinder
    customers: CustomerService
    decisions: DecisionQueue
    explanations: Explainer
    fairness: FairnessService
    hosted_code_sender: HostedCodeSender
    hosted_codes: HostedCodeService
    idempotency: IdempotentExecutor
    identities: Identities
    ingest: Ingest
    learner: Learner
    monitoring: MonitoringService
    orders: OrderService
    outcomes: OutcomeRecorder
    pacer: Pacer
    plans: PlanService
    policies: PolicyService
    policy_store: PolicyStore
    price_list: PriceList
    privacy: PrivacyService
    promotions: PromotionService
    pulls: PullService
    readiness: Readiness
    replay: Replay
    reports: Reporter
    running_offers: RunningOffers
    sources: SourceService
    webhook_inbox: WebhookInbox
    webhook_worker: WebhookWorker
    write_api: WriteApi


def build_services(
    storage: Storage,
    *,
    models: Models,
    rules: Rules,
    clock: Callable[[], datetime],
    names: DisplayNames | None = None,
    bought_together_file: BoughtTogetherFile = NO_FILE,
    connections: ShopConnections | None = None,
    access: ShopAccess | None = None,
) -> Services:
    """Build the services, and let each have the events that it reacts to."""
    model = models.customer_model
    segments, forecasts = SegmentTracker(), ForecastCache(model)
    offers = OfferCache(friendly_name=(names or DisplayNames()).category)
    policies = PolicyStore(model_version=model.version, unpack=models.unpack_policy)
    pacer = Pacer(storage, offers=offers, clock=clock)
    products = ProductCache(price_max_age=rules.price_max_age, clock=clock)
    decider = Decider(
        storage,
        products=products,
        currency=rules.currency,
        forecasts=forecasts,
        policies=policies,
        offers=offers,
        pacer=pacer,
        segments=segments,
        customer_caps=rules.customer_caps,
        holdout_basis_points=rules.holdout_basis_points,
        shop_time_zone=rules.shop_time_zone,
    )
    learner = Learner(
        storage,
        policies=policies,
        reward_window=rules.reward_window,
        trust=rules.trust,
        objective=rules.objective,
        clock=clock,
    )
    reconstructor = DecisionReconstructor(storage, model=model)
    replay = Replay(storage, reconstructor=reconstructor, unpack=models.unpack_policy)
    price_list = PriceList(storage, products=products, currency=rules.currency, clock=clock)
    promotions = PromotionService(storage, clock=clock)
    plans = PlanService(storage, promotions=promotions, clock=clock)
    shops = connections or ShopConnections()
    privacy = PrivacyService(storage, clock=clock)
    writer = ShopWriter(
        states=StateRebuilder(model), privacy=privacy, redemptions=HostedRedemptions(clock=clock), clock=clock
    )
    worker = WebhookWorker(storage, shops=shops, writer=writer, clock=clock)
    access = access or NoShopAccess()
    code_sender = HostedCodeSender(storage, access=access, clock=clock)
    tracking = TrackingBySource(shops=PulledTracking(storage, access=access, clock=clock), demo=DemoTracking())
    services = Services(
        bought_together=BoughtTogetherService(storage, price_list=price_list, file=bought_together_file),
        change_request_sender=ChangeRequestSender(storage, access=access, clock=clock),
        change_requests=ChangeRequestService(
            storage, tracking=tracking, access=access, policy=rules.changes, clock=clock
        ),
        checkout=CheckoutService(
            storage,
            forecasts=forecasts,
            segments=segments,
            products=products,
            stacking_rule=rules.stacking_rule,
            shop_currency=rules.currency,
            clock=clock,
        ),
        codes=CodeService(storage, clock=clock),
        customer_finder=CustomerFinder(storage, found_by=rules.found_by),
        customers=CustomerService(storage, holdout_basis_points=rules.holdout_basis_points),
        decisions=DecisionQueue(decider),
        explanations=Explainer(storage, reconstructor=reconstructor, replay=replay, attribution=models.attribution),
        fairness=FairnessService(storage),
        hosted_code_sender=code_sender,
        hosted_codes=HostedCodeService(storage, sender=code_sender, clock=clock),
        idempotency=IdempotentExecutor(storage, clock=clock),
        identities=Identities(storage, clock=clock),
        ingest=Ingest(storage, model=model),
        learner=learner,
        monitoring=MonitoringService(
            storage,
            plans=PlanMonitor(storage, plans, clock),
            segments=segments,
            make_shop_monitor=models.make_shop_monitor,
            zone=rules.shop_time_zone,
            currency=rules.currency,
            all_sales=rules.sees_all_sales,
            clock=clock,
        ),
        orders=OrderService(storage, tracking=tracking, clock=clock),
        outcomes=OutcomeRecorder(storage, offers=offers),
        pacer=pacer,
        plans=plans,
        policies=PolicyService(
            storage,
            store=policies,
            objective=rules.objective,
            gate=Gate(storage, reconstructor=reconstructor, unpack=models.unpack_policy, rules=rules.gate),
            clock=clock,
        ),
        policy_store=policies,
        price_list=price_list,
        privacy=privacy,
        promotions=promotions,
        pulls=PullService(storage, shops=shops, writer=writer, clock=clock),
        readiness=Readiness(storage, decider=decider, forecasts=forecasts, learner=learner.status, clock=clock),
        replay=replay,
        reports=Reporter(
            storage,
            model_version=model.version,
            holdout_basis_points=rules.holdout_basis_points,
            learner=learner.status,
            clock=clock,
        ),
        running_offers=RunningOffers(storage, offers=offers, clock=clock),
        sources=SourceService(storage, clock=clock),
        webhook_inbox=WebhookInbox(storage, shops=shops, clock=clock, wake=worker.wake),
        webhook_worker=worker,
        write_api=WriteApi(storage, writer=writer),
    )
    storage.on_commit(_dispatcher(services).publish)
    return services


def _dispatcher(services: Services) -> EventDispatcher:
    """Say who listens to what."""
    events = EventDispatcher()
    events.subscribe(OutcomeRecorded, services.learner.on_outcome_recorded)
    events.subscribe(OutcomeRecorded, services.monitoring.on_outcome_recorded)
    events.subscribe(OfferExposed, services.monitoring.on_offer_exposed)
    events.subscribe(OffersLeftUnanswered, services.monitoring.on_offers_left_unanswered)
    events.subscribe(CustomersMerged, services.identities.on_customers_merged)
    events.subscribe(CustomersForgotten, services.identities.on_customers_forgotten)
    events.subscribe(PurchasesIngested, services.monitoring.on_purchases_ingested)
    return events
