"""Every endpoint, and the application that serves them."""

from __future__ import annotations

from aiohttp import web

from common import __version__
from promo_engine.api.catalogue import bought_together_endpoints as bought_together
from promo_engine.api.catalogue import product_endpoints as products
from promo_engine.api.checkout import redemption_endpoints as redemptions
from promo_engine.api.connections import catalogue_write_endpoints as catalogue_writes
from promo_engine.api.connections import order_write_endpoints as order_writes
from promo_engine.api.connections import privacy_endpoints as privacy
from promo_engine.api.connections import webhook_endpoints as webhooks
from promo_engine.api.customers import change_request_endpoints as change_requests
from promo_engine.api.customers import change_review_endpoints as change_reviews
from promo_engine.api.customers import customer_endpoints as customers
from promo_engine.api.customers import customer_lookup_endpoints as customer_lookups
from promo_engine.api.customers import event_endpoints as events
from promo_engine.api.customers import order_endpoints as orders
from promo_engine.api.decisions import code_news_endpoints as code_news
from promo_engine.api.decisions import decision_endpoints as decisions
from promo_engine.api.decisions import outcome_endpoints as outcomes
from promo_engine.api.http.error_responses import error_middleware
from promo_engine.api.http.openapi import openapi_document
from promo_engine.api.learning import policy_endpoints as policies
from promo_engine.api.learning import user_model_endpoints as user_models
from promo_engine.api.monitoring import live_endpoints as live
from promo_engine.api.monitoring import report_endpoints as reports
from promo_engine.api.monitoring import status_endpoints as service
from promo_engine.api.monitoring.prometheus_metrics import Metrics
from promo_engine.api.plans import studio_endpoints as studio
from promo_engine.api.promotions import offer_endpoints as managed_offers
from promo_engine.api.promotions import promotion_endpoints as promotions
from promo_engine.api.promotions import shown_offer_endpoints as offers

ENDPOINTS = (
    *service.ENDPOINTS,
    *decisions.ENDPOINTS,
    *outcomes.ENDPOINTS,
    *code_news.ENDPOINTS,
    *events.ENDPOINTS,
    *live.ENDPOINTS,
    *offers.ENDPOINTS,
    *promotions.ENDPOINTS,
    *managed_offers.ENDPOINTS,
    *redemptions.ENDPOINTS,
    *customers.ENDPOINTS,
    *customer_lookups.ENDPOINTS,
    *orders.ENDPOINTS,
    *order_writes.ENDPOINTS,
    *change_requests.ENDPOINTS,
    *change_reviews.ENDPOINTS,
    *products.ENDPOINTS,
    *catalogue_writes.ENDPOINTS,
    *webhooks.ENDPOINTS,
    *privacy.ENDPOINTS,
    *bought_together.ENDPOINTS,
    *policies.ENDPOINTS,
    *reports.ENDPOINTS,
    *studio.ENDPOINTS,
    *user_models.ENDPOINTS,
)

# The largest body is a full POST /v1/events. A line has at most a 64-character product id (6 bytes each when escaped as
# \uXXXX), two numbers of at most 10 digits and 60 bytes of JSON around them: 464 bytes. The rest of an event is
# below 2 KiB. Full: 100 events of 200 lines of 464 B and 2 KiB make 9.5 MB.
MAX_REQUEST_BYTES = events.MAX_EVENTS * (events.MAX_LINES * 464 + 2048)


def new_application(metrics: Metrics) -> web.Application:
    """Make the application; who calls gives it its engine before it serves."""
    app = web.Application(client_max_size=MAX_REQUEST_BYTES, middlewares=[metrics.middleware, error_middleware])
    for endpoint in ENDPOINTS:
        app.router.add_route(endpoint.method, endpoint.path, endpoint.answer)
    app.router.add_get("/metrics", service.metrics)
    document = openapi_document(ENDPOINTS, version=__version__)

    async def openapi(_request: web.Request) -> web.Response:
        return web.json_response(document)

    app.router.add_get("/openapi.json", openapi)
    return app
