"""What the application carries: each service under a key of its own, and an endpoint asks for the one it needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, tzinfo

from aiohttp import web

from promo_engine.api.monitoring.prometheus_metrics import Metrics
from promo_engine.ports.studio_ports import ShopIdentity
from promo_engine.ports.user_model_versions import UserModelService
from promo_engine.services.catalogue.bought_together_service import BoughtTogetherService
from promo_engine.services.catalogue.display_names import DisplayNames
from promo_engine.services.catalogue.price_list import PriceList
from promo_engine.services.checkout.checkout_service import CheckoutService
from promo_engine.services.checkout.hosted_code_sender import HostedCodeSender
from promo_engine.services.checkout.hosted_code_service import HostedCodeService
from promo_engine.services.connections.identities import Identities
from promo_engine.services.connections.privacy_service import PrivacyService
from promo_engine.services.connections.pull_service import PullService
from promo_engine.services.connections.source_service import SourceService
from promo_engine.services.connections.webhook_inbox import WebhookInbox
from promo_engine.services.connections.webhook_worker import WebhookWorker
from promo_engine.services.connections.write_api import WriteApi
from promo_engine.services.customers.customer_finder import CustomerFinder
from promo_engine.services.customers.customer_service import CustomerService
from promo_engine.services.customers.ingest_events import Ingest
from promo_engine.services.decisions.decision_queue import DecisionQueue
from promo_engine.services.decisions.explain_decision import Explainer
from promo_engine.services.decisions.record_outcome import OutcomeRecorder
from promo_engine.services.idempotent_executor import IdempotentExecutor
from promo_engine.services.learning.learner import Learner
from promo_engine.services.learning.policy_service import PolicyService
from promo_engine.services.monitoring.monitoring_service import MonitoringService
from promo_engine.services.monitoring.readiness import Readiness
from promo_engine.services.monitoring.report_service import Reporter
from promo_engine.services.orders.change_request_sender import ChangeRequestSender
from promo_engine.services.orders.change_request_service import ChangeRequestService
from promo_engine.services.orders.order_number_service import OrderNumberService
from promo_engine.services.orders.order_service import OrderService
from promo_engine.services.plans.plan_service import PlanService
from promo_engine.services.plans.studio_service import StudioService
from promo_engine.services.promotions.promotion_service import PromotionService
from promo_engine.services.promotions.running_offers import RunningOffers

BOUGHT_TOGETHER = web.AppKey("bought_together", BoughtTogetherService)
CHANGE_REQUESTS = web.AppKey("change_requests", ChangeRequestService)
CHANGE_REQUEST_SENDER = web.AppKey("change_request_sender", ChangeRequestSender)
CHECKOUT = web.AppKey("checkout", CheckoutService)
CLOCK: web.AppKey[Callable[[], datetime]] = web.AppKey("clock")
CUSTOMERS = web.AppKey("customers", CustomerService)
CUSTOMER_FINDER = web.AppKey("customer_finder", CustomerFinder)
DECISIONS = web.AppKey("decisions", DecisionQueue)
EXPLANATIONS = web.AppKey("explanations", Explainer)
HOSTED_CODES = web.AppKey("hosted_codes", HostedCodeService)
HOSTED_CODE_SENDER = web.AppKey("hosted_code_sender", HostedCodeSender)
IDEMPOTENCY = web.AppKey("idempotency", IdempotentExecutor)
IDENTITIES = web.AppKey("identities", Identities)
INGEST = web.AppKey("ingest", Ingest)
LEARNER = web.AppKey("learner", Learner)
METRICS = web.AppKey("metrics", Metrics)
MONITORING = web.AppKey("monitoring", MonitoringService)
NAMES = web.AppKey("names", DisplayNames)
ORDER_NUMBERS = web.AppKey("order_numbers", OrderNumberService)
ORDERS = web.AppKey("orders", OrderService)
OUTCOMES = web.AppKey("outcomes", OutcomeRecorder)
PLANS = web.AppKey("plans", PlanService)
POLICIES = web.AppKey("policies", PolicyService)
PRICE_LIST = web.AppKey("price_list", PriceList)
PRIVACY = web.AppKey("privacy", PrivacyService)
PROMOTIONS = web.AppKey("promotions", PromotionService)
PULLS = web.AppKey("pulls", PullService)
READINESS = web.AppKey("readiness", Readiness)
REPORTS = web.AppKey("reports", Reporter)
RUNNING_OFFERS = web.AppKey("running_offers", RunningOffers)
SHOP: web.AppKey[Callable[[], Awaitable[ShopIdentity]]] = web.AppKey("shop")
SOURCES = web.AppKey("sources", SourceService)
SHOP_ZONE: web.AppKey[tzinfo] = web.AppKey("shop_zone")
STUDIO = web.AppKey("studio", StudioService)
USER_MODELS: web.AppKey[UserModelService] = web.AppKey("user_models")
WEBHOOK_INBOX = web.AppKey("webhook_inbox", WebhookInbox)
WEBHOOK_WORKER = web.AppKey("webhook_worker", WebhookWorker)
WRITE_API = web.AppKey("write_api", WriteApi)
