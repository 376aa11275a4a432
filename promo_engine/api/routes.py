"""Every endpoint, and the application that serves them."""

from __future__ import annotations

from aiohttp import web

from promo_engine.api import (
    customers,
    decisions,
    events,
    live,
    managed_offers,
    offers,
    orders,
    outcomes,
    pairings,
    policies,
    products,
    promotions,
    redemptions,
    reports,
    service,
    studio,
    user_models,
)
from promo_engine.api.errors import error_middleware
from promo_engine.api.metrics import Metrics
from promo_engine.api.openapi import openapi_document

ENDPOINTS = (
    *service.ENDPOINTS,
    *decisions.ENDPOINTS,
    *outcomes.ENDPOINTS,
    *events.ENDPOINTS,
    *live.ENDPOINTS,
    *offers.ENDPOINTS,
    *promotions.ENDPOINTS,
    *managed_offers.ENDPOINTS,
    *redemptions.ENDPOINTS,
    *customers.ENDPOINTS,
    *orders.ENDPOINTS,
    *products.ENDPOINTS,
    *pairings.ENDPOINTS,
    *policies.ENDPOINTS,
    *reports.ENDPOINTS,
    *studio.ENDPOINTS,
    *user_models.ENDPOINTS,
)
VERSION = "0.1.0"

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
    document = openapi_document(ENDPOINTS, version=VERSION)

    async def openapi(_request: web.Request) -> web.Response:
        return web.json_response(document)

    app.router.add_get("/openapi.json", openapi)
    return app
