"""Every admin route stands in the one permission table."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from gateway.admin.access.permissions import Permission
from gateway.admin.route_table import ADMIN_ENDPOINTS, FOR_EVERYBODY
from gateway.app import create_app
from gateway.settings import Settings

SIGN_IN = {("POST", "/admin/api/login"), ("GET", "/admin/api/me")}
PAGES = {"/admin", "/admin/{rest}", "/admin/assets", "/admin/api/{rest}"}
"""The console's static pages, and what answers 404 for all other addresses of the API."""


@pytest.fixture
def app(web_dir: Path) -> web.Application:
    secret = SecretStr("secret-of-the-tests-0123456789abcdefg")
    return create_app(Settings(web_dir=web_dir, channel_secret=secret, token_secret=secret, admin_token=secret))


def unknown_admin_routes(app: web.Application) -> set[tuple[str, str]]:
    """Routes under /admin that the permission table does not have."""
    known = {(endpoint.method, endpoint.path) for endpoint in ADMIN_ENDPOINTS}
    found = set()
    for route in app.router.routes():
        resource = route.resource
        assert resource is not None
        path = resource.canonical
        if path.startswith("/admin") and path not in PAGES and (route.method, path) not in known:
            found.add((route.method, path))
    return found


def test_no_admin_route_is_outside_the_permission_table(app: web.Application) -> None:
    assert unknown_admin_routes(app) == set()


def test_a_route_beside_the_table_is_found(app: web.Application) -> None:
    async def show_secrets(_request: web.Request) -> web.Response:
        return web.json_response({})

    app.router.add_get("/admin/api/secrets/{name}", show_secrets)
    found = unknown_admin_routes(app)
    assert ("GET", "/admin/api/secrets/{name}") in found


def test_only_signing_in_needs_no_permission() -> None:
    open_routes = {
        (endpoint.method, endpoint.path) for endpoint in ADMIN_ENDPOINTS if endpoint.permission is FOR_EVERYBODY
    }
    assert open_routes == SIGN_IN


def test_a_route_stands_in_the_table_once() -> None:
    routes = [(endpoint.method, endpoint.path) for endpoint in ADMIN_ENDPOINTS]
    assert len(routes) == len(set(routes))


def test_reading_needs_at_least_the_permission_to_read() -> None:
    changing = [endpoint for endpoint in ADMIN_ENDPOINTS if endpoint.method != "GET"]
    own = {"/admin/api/login", "/admin/api/logout", "/admin/api/me/password", "/admin/api/views"}
    for endpoint in changing:
        assert endpoint.path in own or endpoint.permission not in {None, Permission.READ}, endpoint.path
