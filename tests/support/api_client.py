"""The client of an engine under test."""

from aiohttp import web
from aiohttp.test_utils import TestClient

ApiClient = TestClient[web.Request, web.Application]
